import { CURRENCIES } from '../../../../kernel/core/money.ts';
import { addBusinessDays, addMilliseconds, startOfBusinessDay, type BusinessDay, type Instant } from '../../../../kernel/core/time.ts';
import type { NewMail } from '../../../../kernel/mail/mail.ts';
import type { BankEntry } from '../../../../schema/directory.ts';
import {
  figuresOf,
  reportId,
  reportPeriodsAfter,
  type DirectionFigures,
  type ReportedRegister,
  type ReportPeriod,
} from '../../domain/mail/reconciliation-report.ts';
import type { DirectionFacts, ReconciliationFacts } from './mail-facts.ts';
import type { DayReporting } from './mail-ports.ts';
import { bankOf, dateOf, type MailingDeps } from './mail-registers.ts';
import { writeMail } from './write-mail.ts';

/** Reports are made six hours after the midnight that ended their last day, so that banks have had time to settle it. */
export const REPORT_AFTER_MIDNIGHT_MS = 6 * 3_600_000;

/** When the reports about the time through this day are due, by the business clock. */
export function reportsDueAt(day: BusinessDay): Instant {
  return addMilliseconds(startOfBusinessDay(addBusinessDays(day, 1)), REPORT_AFTER_MIDNIGHT_MS);
}

/** Writes the reconciliation reports that are due, all of a day or none. Returns the days that got theirs here. */
export async function mailReports(deps: MailingDeps): Promise<readonly BusinessDay[]> {
  const reported: BusinessDay[] = [];
  for (const day of await deps.mailing.withoutReports()) {
    if (deps.now() < reportsDueAt(day)) continue;
    const work = async (reporting: DayReporting): Promise<void> => {
      for (const period of reportPeriodsAfter(day)) await reporting.insert(await reportsOf(deps, reporting, { day, period }));
    };
    if (await deps.mailing.reportDay(day, work, deps.now())) reported.push(day);
  }
  return reported;
}

async function reportsOf(
  deps: MailingDeps,
  reporting: DayReporting,
  { day, period }: { readonly day: BusinessDay; readonly period: ReportPeriod },
): Promise<readonly NewMail[]> {
  const mails: NewMail[] = [];
  for (const pair of await reporting.pairs(period)) {
    const registers = await reporting.registers(pair, period);
    const [one, other] = [bankOf(deps, pair.debtorBankGuid), bankOf(deps, pair.creditorBankGuid)];
    const madeOn = addBusinessDays(day, 1);
    mails.push(
      ...[
        { recipient: one, counterparty: other },
        { recipient: other, counterparty: one },
      ].map((sides) => reportMail(deps, { madeOn, period, registers, ...sides })),
    );
  }
  return mails;
}

interface Report {
  readonly madeOn: BusinessDay;
  readonly period: ReportPeriod;
  readonly recipient: BankEntry;
  readonly counterparty: BankEntry;
  readonly registers: readonly ReportedRegister[];
}

function reportMail(deps: MailingDeps, report: Report): NewMail {
  const { period, recipient, counterparty, madeOn } = report;
  const id = reportId({ kind: period.kind, madeOn, recipientBic: recipient.bic, counterpartyBic: counterparty.bic });
  const name = period.kind === 'DAILY' ? 'Звірка за місяць до цього дня' : 'Звірка за місяць';
  return writeMail(deps, {
    kind: period.kind === 'DAILY' ? 'DAILY_RECONCILIATION' : 'MONTHLY_RECONCILIATION',
    event: `reconciliation:${id}:${recipient.guid}:${counterparty.guid}`,
    bank: recipient,
    subject: `${name}: ${counterparty.name}, ${dateOf(period.from)} – ${dateOf(period.to)}`,
    facts: reportFacts(id, report),
  });
}

function reportFacts(id: string, { period, recipient, counterparty, registers }: Report): ReconciliationFacts {
  return {
    reportId: id,
    from: period.from,
    to: period.to,
    currency: CURRENCIES[0],
    recipient: { name: recipient.name, bic: recipient.bic },
    counterparty: { name: counterparty.name, bic: counterparty.bic, code: counterparty.taxCode },
    owes: directionFacts(figuresOf(registers, recipient.guid)),
    isOwed: directionFacts(figuresOf(registers, counterparty.guid)),
    registers: registers.map(({ number, day, debtorBankGuid, state, totalMinor, feeMinor, paymentCount }) => ({
      number,
      day,
      payer: debtorBankGuid === recipient.guid ? 'RECIPIENT' : 'COUNTERPARTY',
      state,
      total: String(totalMinor),
      fee: String(feeMinor),
      payments: paymentCount,
    })),
  };
}

function directionFacts(figures: DirectionFigures): DirectionFacts {
  return {
    registers: figures.registers,
    payments: figures.payments,
    obligations: String(figures.obligationsMinor),
    paid: String(figures.paidMinor),
    outstanding: String(figures.outstandingMinor),
    fees: String(figures.feesMinor),
    feesOfPaid: String(figures.feesOfPaidMinor),
  };
}
