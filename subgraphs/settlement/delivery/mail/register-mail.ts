import { decimalFromMinor } from '../../../../kernel/core/money.ts';
import { CSV_START, csvLine, type CsvCell } from '../../../../kernel/core/csv.ts';
import type { MailAttachment } from '../../../../kernel/mail/mail.ts';
import type { Bilingual, MailSection } from '../../../../kernel/mail/mail-document.ts';
import { REGISTER_STATUSES } from '../../../../protocol/gross-settlement.ts';
import { REGISTER_FILE_COLUMNS } from '../../../../schema/register-file.ts';
import type { MailFacts } from '../../app/mail/mail-facts.ts';
import type { RegisterReads, RegisterRow, RegisterView } from '../../app/register-ports.ts';
import { percentOfRate } from '../../domain/fee.ts';
import { attachmentOf, ROWS_IN_MAIL_MAX } from '../../domain/mail/attachment-size.ts';
import { registerFileName } from '../../domain/register-plan.ts';
import type { ComposeDeps, MailBody } from './mail-body.ts';
import { instantText } from './instant-text.ts';

/** The register notice (guide: e-mail notification): the header, payments, a link and a file with all payments. */
export async function registerMail(deps: ComposeDeps, facts: MailFacts<'REGISTER'>): Promise<MailBody> {
  const register = (await deps.registers.byNumbers([facts.number])).get(facts.number);
  if (!register) throw new Error(`there is no register ${facts.number}`);
  const first = await deps.registers.rows(register, { offset: 0, limit: ROWS_IN_MAIL_MAX });
  const files = rowFiles(deps.registers, register);
  const url = deps.linkBase === null ? null : `${deps.linkBase}/registers/${register.number}`;
  return {
    document: {
      title: { uk: `Реєстр ${register.number}`, en: `Gross settlement register ${register.number}` },
      sentences: [about(register, facts), ...whereTheRestIs(register, files)],
      sections: [headerOf(register, facts), tableOf(first, register.paymentCount)],
      link: url === null ? null : { url, words: { uk: 'Відкрити реєстр', en: 'open the register' } },
    },
    attachments: files,
  };
}

function about({ debtor, creditor, total, fee }: RegisterView, { state }: MailFacts<'REGISTER'>): Bilingual {
  const toPay = `${decimalFromMinor(total.minor - fee.minor)} ${total.currency}`;
  if (state === 'SENT_INTRABANK') {
    return {
      uk: `${debtor.name} обслуговує обидві сторони цих платежів: після зарахування підтвердьте реєстр.`,
      en: `${debtor.name} serves both sides of these payments: confirm the register when the money is credited.`,
    };
  }
  return {
    uk: `${debtor.name} сплачує ${creditor.name} ${toPay}.`,
    en: `${debtor.name} pays ${toPay} to ${creditor.name}.`,
  };
}

function whereTheRestIs({ paymentCount }: RegisterView, files: readonly MailAttachment[]): readonly Bilingual[] {
  if (files.length > 0) return [];
  return [
    {
      uk: `У реєстрі ${paymentCount} платежів, забагато для листа: прочитайте їх частинами методом gross_settlement_by_id.`,
      en: `The register has ${paymentCount} payments, too many for a mail: read them in parts by gross_settlement_by_id.`,
    },
  ];
}

/** The guide's header, in its words. The status is the one at the time of the notice. */
function headerOf(register: RegisterView, { state }: MailFacts<'REGISTER'>): MailSection {
  const { number, debtor, creditor, chargingAccount, purpose, businessDay, total, fee } = register;
  return {
    kind: 'facts',
    title: 'Register',
    facts: [
      ['Register ID', number],
      ['Status', REGISTER_STATUSES[state]],
      ['Debtor agent name', debtor.name],
      ['Debtor agent BIC', debtor.bic],
      ['Creditor agent name', creditor.name],
      ['Creditor agent BIC', creditor.bic],
      ['Creditor agent code', creditor.taxCode],
      ['Creditor agent account', chargingAccount],
      ['Purpose', purpose],
      ['Start date', businessDay],
      ['End date', businessDay],
      ['Amount Payment Message', decimalFromMinor(total.minor)],
      ['Total fee amount', decimalFromMinor(fee.minor)],
      ['Total amount to pay', decimalFromMinor(total.minor - fee.minor)],
      ['Currency', total.currency],
    ],
  };
}

/** Of the columns, those that a reader compares down the page. */
const NUMBERS = [3, 4, 5, 6];

function tableOf(rows: readonly RegisterRow[], paymentCount: number): MailSection {
  const shown = `${rows.length} of ${paymentCount} payments`;
  return {
    kind: 'table',
    title: 'Payments',
    columns: REGISTER_FILE_COLUMNS,
    numbers: NUMBERS,
    rows: rows.map((row) => cellsOf(row).map((cell) => (typeof cell === 'string' ? cell : cell.plain))),
    note: rows.length < paymentCount ? shown : null,
  };
}

function cellsOf({ paymentGuid, pmType, amount, fee, details, succeededAt }: RegisterRow): readonly CsvCell[] {
  return [
    details?.externalId ?? '',
    { plain: paymentGuid },
    { plain: instantText(succeededAt) },
    { plain: decimalFromMinor(amount.minor) },
    { plain: percentOfRate(fee.rate) },
    { plain: decimalFromMinor(fee.minor) },
    { plain: decimalFromMinor(amount.minor - fee.minor) },
    { plain: amount.currency },
    details?.purpose ?? '',
    { plain: pmType },
    details?.debtorAccount ?? '',
    details?.creditorAccount ?? '',
  ];
}

function rowFiles(reads: Pick<RegisterReads, 'rowsAfter'>, register: RegisterView): readonly MailAttachment[] {
  const size = attachmentOf(register.paymentCount);
  if (size === 'none') return [];
  const fileName = `${registerFileName(register)}.csv`;
  return [{ fileName, contentType: 'text/csv; charset=utf-8', gzip: size === 'gzip', content: csvOf(reads, register) }];
}

const ROWS_AT_ONCE = 1_000;

/** A page of payments at a time. */
async function* csvOf(reads: Pick<RegisterReads, 'rowsAfter'>, register: RegisterView): AsyncGenerator<string> {
  yield CSV_START + csvLine(REGISTER_FILE_COLUMNS);
  let sequence = 0n;
  for (;;) {
    const rows = await reads.rowsAfter(register, { sequence, limit: ROWS_AT_ONCE });
    if (rows.length > 0) yield rows.map((row) => csvLine(cellsOf(row))).join('');
    const last = rows.at(-1);
    if (rows.length < ROWS_AT_ONCE || !last) return;
    sequence = last.sequence;
  }
}
