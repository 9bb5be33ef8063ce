import { addBusinessDays, type BusinessDay } from '../../../../kernel/core/time.ts';
import type { RegisterState } from '../register.ts';

/** What a report covers: `DAILY` the month so far, `MONTHLY` the month before. */
export type ReportKind = 'DAILY' | 'MONTHLY';

/** Days, the first and the last of them included. */
export interface ReportPeriod {
  readonly kind: ReportKind;
  readonly from: BusinessDay;
  readonly to: BusinessDay;
}

/**
 * What is reported when a day has its registers. Daily: from the first of the month through that day. On the first of a month, whose day before was the last
 * of its month, that is the whole of it. Monthly, on the second of a month: the calendar month before.
 */
export function reportPeriodsAfter(day: BusinessDay): readonly ReportPeriod[] {
  const daily: ReportPeriod = { kind: 'DAILY', from: firstOfMonth(day), to: day };
  if (!day.endsWith('-01')) return [daily];
  const lastOfMonth = addBusinessDays(day, -1);
  return [daily, { kind: 'MONTHLY', from: firstOfMonth(lastOfMonth), to: lastOfMonth }];
}

function firstOfMonth(day: BusinessDay): BusinessDay {
  return `${day.slice(0, 8)}01` as BusinessDay; // The first ten characters of a day are year, month and date.
}

/** A report's own id: `D` or `M`, the day that it is made on, and the codes of the bank that it is for and of the other one. */
export function reportId(o: {
  readonly kind: ReportKind;
  readonly madeOn: BusinessDay;
  readonly recipientBic: string;
  readonly counterpartyBic: string;
}): string {
  const [year = '', month = '', date = ''] = o.madeOn.split('-');
  return `${o.kind === 'DAILY' ? 'D' : 'M'}${date}${month}${year.slice(2)}-${o.recipientBic}-${o.counterpartyBic}`;
}

/** A register as far as a report counts it. Minor units. */
export interface ReportedRegister {
  readonly number: string;
  readonly day: BusinessDay;
  readonly debtorBankGuid: string;
  readonly state: RegisterState;
  readonly totalMinor: bigint;
  readonly feeMinor: bigint;
  readonly paymentCount: number;
}

/** What one bank owes the other over a period. Obligations are what is to be paid: amounts less fees. `obligations = paid + outstanding`. */
export interface DirectionFigures {
  readonly registers: number;
  readonly payments: number;
  readonly obligationsMinor: bigint;
  readonly paidMinor: bigint;
  readonly outstandingMinor: bigint;
  /** Of all payments. */
  readonly feesMinor: bigint;
  /** Of the payments of paid registers. */
  readonly feesOfPaidMinor: bigint;
}

/** The figures of the registers that this bank pays. */
export function figuresOf(registers: readonly ReportedRegister[], debtorBankGuid: string): DirectionFigures {
  const own = registers.filter((register) => register.debtorBankGuid === debtorBankGuid);
  const paid = own.filter(({ state }) => state === 'PAID');
  const toPay = ({ totalMinor, feeMinor }: ReportedRegister): bigint => totalMinor - feeMinor;
  const obligationsMinor = sum(own, toPay);
  const paidMinor = sum(paid, toPay);
  return {
    registers: own.length,
    payments: own.reduce((count, { paymentCount }) => count + paymentCount, 0),
    obligationsMinor,
    paidMinor,
    outstandingMinor: obligationsMinor - paidMinor,
    feesMinor: sum(own, ({ feeMinor }) => feeMinor),
    feesOfPaidMinor: sum(paid, ({ feeMinor }) => feeMinor),
  };
}

function sum(registers: readonly ReportedRegister[], of: (register: ReportedRegister) => bigint): bigint {
  return registers.reduce((total, register) => total + of(register), 0n);
}
