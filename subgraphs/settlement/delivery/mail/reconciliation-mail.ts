import { decimalFromMinor } from '../../../../kernel/core/money.ts';
import { CSV_START, csvLine } from '../../../../kernel/core/csv.ts';
import type { MailAttachment } from '../../../../kernel/mail/mail.ts';
import type { MailSection } from '../../../../kernel/mail/mail-document.ts';
import { REGISTER_STATUSES } from '../../../../protocol/gross-settlement.ts';
import type { DirectionFacts, ReconciliationFacts } from '../../app/mail/mail-facts.ts';
import type { MailBody } from './mail-body.ts';

/** The reconciliation report (guide: reconciliation) of one bank about another. */
export function reconciliationMail(kind: 'DAILY_RECONCILIATION' | 'MONTHLY_RECONCILIATION', facts: ReconciliationFacts): MailBody {
  const period = `${facts.from} – ${facts.to}`;
  return {
    document: {
      title: {
        uk:
          kind === 'DAILY_RECONCILIATION'
            ? `Звірка з ${facts.counterparty.name} за місяць до цього дня`
            : `Звірка з ${facts.counterparty.name} за місяць`,
        en: `${kind === 'DAILY_RECONCILIATION' ? 'Daily' : 'Monthly'} reconciliation report: ${facts.counterparty.name}`,
      },
      sentences: [{ uk: `Успішні платежі за період ${period}.`, en: `Successful payments from ${facts.from} to ${facts.to}.` }],
      sections: [{ kind: 'facts', title: 'Report', facts: headerFacts(facts) }, figuresOf(facts)],
      link: null,
    },
    attachments: [figuresFile(facts), registersFile(facts)],
  };
}

/** The guide's header, in its words. */
function headerFacts({ reportId, from, to, recipient, counterparty, currency }: ReconciliationFacts) {
  return [
    ['Report ID', reportId],
    ['Recipient agent name', recipient.name],
    ['Recipient agent BIC', recipient.bic],
    ['Counterparty agent name', counterparty.name],
    ['Counterparty agent BIC', counterparty.bic],
    ['Counterparty agent code', counterparty.code],
    ['Start date', `${from} 00:00:00`],
    ['End date', `${to} 23:59:59`],
    ['Currency', currency],
  ] as const;
}

/** Rows of the guide's figures, both directions side by side. */
const FIGURES: readonly (readonly [name: string, of: (direction: DirectionFacts) => string])[] = [
  ['Registers', ({ registers }) => String(registers)],
  ['Payments', ({ payments }) => String(payments)],
  ['Total obligations (amounts without fees)', ({ obligations }) => money(obligations)],
  ['Settlement payments made', ({ paid }) => money(paid)],
  ['Outstanding commitments', ({ outstanding }) => money(outstanding)],
  ['Fees accrued', ({ fees }) => money(fees)],
  ['Fees accrued on paid registers', ({ feesOfPaid }) => money(feesOfPaid)],
];

const money = (minor: string): string => decimalFromMinor(BigInt(minor));

function directionsOf({ recipient, counterparty }: ReconciliationFacts): readonly [string, string] {
  return [`${recipient.name} → ${counterparty.name}`, `${counterparty.name} → ${recipient.name}`];
}

function figuresOf(facts: ReconciliationFacts): MailSection {
  return {
    kind: 'table',
    title: 'For the period, in both directions',
    columns: ['', ...directionsOf(facts)],
    numbers: [1, 2],
    rows: FIGURES.map(([name, of]) => [name, of(facts.owes), of(facts.isOwed)]),
    note: null,
  };
}

const CSV = 'text/csv; charset=utf-8';

function figuresFile(facts: ReconciliationFacts): MailAttachment {
  const lines = [
    csvLine([{ plain: 'Field' }, ...directionsOf(facts)]),
    ...FIGURES.map(([name, of]) => csvLine([name, { plain: of(facts.owes) }, { plain: of(facts.isOwed) }])),
    ...headerFacts(facts).map((fact) => csvLine(fact)),
  ];
  return { fileName: `${facts.reportId}.csv`, contentType: CSV, gzip: false, content: linesOf(lines) };
}

/** At most two registers for each day of the period. */
function registersFile({ reportId, recipient, counterparty, currency, registers }: ReconciliationFacts): MailAttachment {
  const columns = ['Register ID', 'Date', 'Debtor agent name', 'Status', 'Payments', 'Amount', 'Fee amount', 'Amount to pay', 'Currency'];
  const lines = registers.map((register) => {
    const toPay = decimalFromMinor(BigInt(register.total) - BigInt(register.fee));
    return csvLine([
      register.number,
      { plain: register.day },
      register.payer === 'RECIPIENT' ? recipient.name : counterparty.name,
      { plain: REGISTER_STATUSES[register.state] },
      { plain: String(register.payments) },
      { plain: money(register.total) },
      { plain: money(register.fee) },
      { plain: toPay },
      { plain: currency },
    ]);
  });
  return { fileName: `${reportId}-registers.csv`, contentType: CSV, gzip: false, content: linesOf([csvLine(columns), ...lines]) };
}

async function* linesOf(lines: readonly string[]): AsyncGenerator<string> {
  yield CSV_START + lines.join('');
}
