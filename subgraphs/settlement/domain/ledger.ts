import type { Currency, Money } from '../../../kernel/core/money.ts';
import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import type { BusinessDay, Instant } from '../../../kernel/core/time.ts';
import { NO_FEE, type Fee } from './fee.ts';

/**
 * The chart of accounts. Every bank has these accounts towards every bank (itself included, for payments inside one bank):
 * OBLIGATION is what it has to pay to the counterparty, CLAIM what the counterparty has to pay to it; FEE_WITHHELD what it keeps of that by agreement,
 * FEE_CHARGED what the counterparty keeps; TRANSIT_OUT a settlement payment of its own that the rails have not answered, TRANSIT_IN one that it is to get.
 */
export const ACCOUNT_KINDS = ['OBLIGATION', 'CLAIM', 'FEE_WITHHELD', 'FEE_CHARGED', 'TRANSIT_OUT', 'TRANSIT_IN'] as const;
export type AccountKind = (typeof ACCOUNT_KINDS)[number];

export interface LedgerAccount {
  readonly kind: AccountKind;
  readonly bankGuid: string;
  readonly counterpartyGuid: string;
}

/** One side of a ledger transaction. `signedMinor` is positive for a debit, negative for a credit, never zero. */
export interface LedgerEntry {
  readonly account: LedgerAccount;
  readonly signedMinor: bigint;
  readonly currency: Currency;
}

/** What settlement must know about a payment past its point of no return. */
export interface SucceededPayment {
  readonly paymentGuid: string;
  readonly pmType: 'trade' | 'p2p' | 'return';
  readonly initiatorBankGuid: string;
  readonly receiverBankGuid: string;
  readonly amount: Money;
  readonly succeededAt: Instant;
  readonly details: PaymentDetails;
}

/** What a register prints of a payment beside its amount. */
export interface PaymentDetails {
  readonly externalId: string;
  readonly debtorAccount: string;
  readonly creditorAccount: string;
  readonly purpose: string;
}

/** The day a payment is booked on; `lateFrom` is the day it belonged to, when that day was closed already. */
export interface BookingDay {
  readonly businessDay: BusinessDay;
  readonly lateFrom: BusinessDay | null;
}

interface Booking extends BookingDay {
  readonly id: string;
  readonly debtorBankGuid: string;
  readonly creditorBankGuid: string;
  readonly amount: Money;
  readonly entries: readonly LedgerEntry[];
}

/** One payment in the ledger. Never changed and never removed; a return is a payment of its own, in the other direction. */
export interface BookedPayment extends Booking {
  readonly kind: 'PAYMENT';
  readonly paymentGuid: string;
  readonly pmType: SucceededPayment['pmType'];
  readonly succeededAt: Instant;
  readonly fee: Fee;
  /** Null for what was booked before registers were made. */
  readonly details: PaymentDetails | null;
}

/** What happened to a register: its settlement payment was sent, turned down by the rails or paid; or, inside one bank, it was settled there. */
export const SETTLEMENT_STEPS = ['SENT', 'REJECTED', 'PAID', 'PAID_INTERNALLY'] as const;
export type SettlementStep = (typeof SETTLEMENT_STEPS)[number];

/** One step of the settlement of a register in the ledger. Its amount is what the register asks to be paid. */
export interface BookedSettlement extends Booking {
  readonly kind: 'SETTLEMENT';
  readonly register: string;
  readonly step: SettlementStep;
  readonly at: Instant;
}

export type LedgerTransaction = BookedPayment | BookedSettlement;

export type LedgerFailure = { readonly code: 'LEDGER_AMOUNT_NOT_POSITIVE' | 'LEDGER_ENTRY_ZERO' | 'LEDGER_UNBALANCED' };

/**
 * Books a successful payment: the initiator bank's obligation is debited, the receiver bank's claim credited with the same amount; and the fee, if there is
 * one, taken back from both. A return is posted by the original receiver bank, so its own initiator and receiver already are the opposite direction.
 */
export function bookPayment(
  payment: SucceededPayment,
  id: string,
  day: BookingDay,
  fee: Fee = NO_FEE,
): Result<BookedPayment, LedgerFailure> {
  const { initiatorBankGuid: debtorBankGuid, receiverBankGuid: creditorBankGuid, amount } = payment;
  if (amount.minor <= 0n) return fail({ code: 'LEDGER_AMOUNT_NOT_POSITIVE' });
  const entries = entriesOf({ debtorBankGuid, creditorBankGuid, currency: amount.currency }, [
    ['OBLIGATION', amount.minor],
    ['CLAIM', -amount.minor],
    ['FEE_WITHHELD', -fee.minor],
    ['FEE_CHARGED', fee.minor],
  ]);
  const balanced = checkBalanced(entries);
  if (!balanced.ok) return balanced;
  const { paymentGuid, pmType, succeededAt, details } = payment;
  const facts = { paymentGuid, pmType, debtorBankGuid, creditorBankGuid, amount, succeededAt, fee, details };
  return ok({ kind: 'PAYMENT', id, ...facts, ...day, entries });
}

/** A register as its settlement is booked. */
export interface RegisterToSettle {
  readonly number: string;
  readonly debtorBankGuid: string;
  readonly creditorBankGuid: string;
  readonly total: Money;
  readonly fee: Money;
}

/**
 * Books a step of a register's settlement. SENT moves what is to be paid from the pair's obligation and claim into transit, REJECTED moves it back, PAID ends
 * the transit; PAID_INTERNALLY ends obligation and claim without any.
 */
export function bookSettlement(
  register: RegisterToSettle,
  o: { readonly id: string; readonly step: SettlementStep; readonly at: Instant; readonly day: BookingDay },
): Result<BookedSettlement, LedgerFailure> {
  const { number, debtorBankGuid, creditorBankGuid, total, fee } = register;
  const amount: Money = { minor: total.minor - fee.minor, currency: total.currency };
  if (amount.minor <= 0n) return fail({ code: 'LEDGER_AMOUNT_NOT_POSITIVE' });
  const entries = entriesOf(
    { debtorBankGuid, creditorBankGuid, currency: total.currency },
    settlementLines(o.step, { total: total.minor, fee: fee.minor, paid: amount.minor }),
  );
  const balanced = checkBalanced(entries);
  if (!balanced.ok) return balanced;
  return ok({
    kind: 'SETTLEMENT',
    id: o.id,
    register: number,
    step: o.step,
    at: o.at,
    debtorBankGuid,
    creditorBankGuid,
    amount,
    ...o.day,
    entries,
  });
}

type Line = readonly [kind: AccountKind, signedMinor: bigint];

function settlementLines(step: SettlementStep, { total, fee, paid }: Readonly<Record<'total' | 'fee' | 'paid', bigint>>): readonly Line[] {
  const ended: readonly Line[] = [
    ['OBLIGATION', -total],
    ['FEE_WITHHELD', fee],
    ['CLAIM', total],
    ['FEE_CHARGED', -fee],
  ];
  const onTheWay: readonly Line[] = [
    ['TRANSIT_OUT', paid],
    ['TRANSIT_IN', -paid],
  ];
  switch (step) {
    case 'SENT':
      return [...ended, ...onTheWay];
    case 'REJECTED':
      return [...ended, ...onTheWay].map(([kind, signedMinor]) => [kind, -signedMinor]);
    case 'PAID':
      return onTheWay.map(([kind, signedMinor]) => [kind, -signedMinor]);
    case 'PAID_INTERNALLY':
      return ended;
    default:
      return step satisfies never;
  }
}

/** Whose account a kind is: those on the left belong to the bank that owes, the others to the bank that is owed. */
const OF_DEBTOR: readonly AccountKind[] = ['OBLIGATION', 'FEE_WITHHELD', 'TRANSIT_OUT'];

function entriesOf(
  {
    debtorBankGuid,
    creditorBankGuid,
    currency,
  }: { readonly debtorBankGuid: string; readonly creditorBankGuid: string; readonly currency: Currency },
  lines: readonly Line[],
): readonly LedgerEntry[] {
  return lines
    .filter(([, signedMinor]) => signedMinor !== 0n)
    .map(([kind, signedMinor]) => {
      const [bankGuid, counterpartyGuid] = OF_DEBTOR.includes(kind)
        ? [debtorBankGuid, creditorBankGuid]
        : [creditorBankGuid, debtorBankGuid];
      return { account: { kind, bankGuid, counterpartyGuid }, signedMinor, currency };
    });
}

/** I1: per currency, debits equal credits. */
export function checkBalanced(entries: readonly LedgerEntry[]): Result<readonly LedgerEntry[], LedgerFailure> {
  if (entries.some((entry) => entry.signedMinor === 0n)) return fail({ code: 'LEDGER_ENTRY_ZERO' });
  const sums = new Map<Currency, bigint>();
  for (const entry of entries) sums.set(entry.currency, (sums.get(entry.currency) ?? 0n) + entry.signedMinor);
  return entries.length > 0 && [...sums.values()].every((sum) => sum === 0n) ? ok(entries) : fail({ code: 'LEDGER_UNBALANCED' });
}
