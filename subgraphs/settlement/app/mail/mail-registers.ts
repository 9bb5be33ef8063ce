import type { BusinessDay, Instant } from '../../../../kernel/core/time.ts';
import type { NewMail } from '../../../../kernel/mail/mail.ts';
import type { BankEntry } from '../../../../schema/directory.ts';
import type { Participants } from '../make-registers.ts';
import type { RegisterView } from '../register-ports.ts';
import type { MailingStore } from './mail-ports.ts';
import { writeMail, type MailWriting } from './write-mail.ts';

export interface MailingDeps extends MailWriting {
  readonly mailing: MailingStore;
  readonly participants: Participants;
  /** Business time. */
  readonly now: () => Instant;
}

/**
 * Writes the mails about the registers of every day that has none: one for each register with payments to each of its banks, and one to each bank about all
 * of its empty ones. All of a day or none. Returns the days that got theirs here.
 */
export async function mailRegisters(deps: MailingDeps): Promise<readonly BusinessDay[]> {
  const mailed: BusinessDay[] = [];
  for (const day of await deps.mailing.withoutMails()) {
    const done = await deps.mailing.mailDay(
      day,
      async (mailing) => mailing.insert(mailsOf(deps, day, await mailing.registers())),
      deps.now(),
    );
    if (done) mailed.push(day);
  }
  return mailed;
}

function mailsOf(deps: MailingDeps, day: BusinessDay, registers: readonly RegisterView[]): readonly NewMail[] {
  const full = registers.filter(({ paymentCount }) => paymentCount > 0);
  const empty = registers.filter(({ paymentCount }) => paymentCount === 0);
  const banksWithEmpty = [...new Set(empty.flatMap(sidesOf))];
  return [
    ...full.flatMap((register) => sidesOf(register).map((guid) => registerMail(deps, register, bankOf(deps, guid)))),
    ...banksWithEmpty.map((guid) =>
      emptyMail(
        deps,
        day,
        bankOf(deps, guid),
        empty.filter((register) => sidesOf(register).includes(guid)),
      ),
    ),
  ];
}

function registerMail(deps: MailingDeps, register: RegisterView, bank: BankEntry): NewMail {
  const { number, state, debtor, creditor, businessDay } = register;
  return writeMail(deps, {
    kind: 'REGISTER',
    event: `register:${number}:${bank.guid}`,
    bank,
    subject: `Реєстр ${number} за ${dateOf(businessDay)}: ${debtor.name} → ${creditor.name}`,
    facts: { number, state },
  });
}

function emptyMail(deps: MailingDeps, day: BusinessDay, bank: BankEntry, registers: readonly RegisterView[]): NewMail {
  return writeMail(deps, {
    kind: 'EMPTY_REGISTERS',
    event: `empty-registers:${day}:${bank.guid}`,
    bank,
    subject: `Порожні реєстри за ${dateOf(day)}: ${registers.length}`,
    facts: {
      day,
      registers: registers.map(({ number, debtor, creditor }) => ({ number, debtor: sideOf(debtor), creditor: sideOf(creditor) })),
    },
  });
}

const sideOf = ({ name, bic }: { readonly name: string; readonly bic: string }) => ({ name, bic });

/** The bank that has both roles hears once. */
function sidesOf({ debtorBankGuid, creditorBankGuid }: RegisterView): readonly string[] {
  return debtorBankGuid === creditorBankGuid ? [debtorBankGuid] : [debtorBankGuid, creditorBankGuid];
}

/** A register is made of banks that the directory knows, so it is only a process that has not heard of them yet. */
export function bankOf({ participants }: { readonly participants: Participants }, guid: string): BankEntry {
  const bank = participants.bankByGuid(guid);
  if (!bank) throw new Error(`the directory does not know the bank ${guid} yet`);
  return bank;
}

/** `29.11.2026`. */
export function dateOf(day: BusinessDay): string {
  return day.split('-').toReversed().join('.');
}
