import type { Currency, Money } from '../../../kernel/core/money.ts';
import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import type { BusinessDay, Instant } from '../../../kernel/core/time.ts';

/**
 * The chart of accounts. Every bank has two accounts towards every bank (itself included, for payments inside one bank):
 * OBLIGATION is what it has to pay to the counterparty, CLAIM what the counterparty has to pay to it.
 */
export const ACCOUNT_KINDS = ['OBLIGATION', 'CLAIM'] as const;
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
}

/** The day a payment is booked on; `lateFrom` is the day it belonged to, when that day was closed already. */
export interface BookingDay {
  readonly businessDay: BusinessDay;
  readonly lateFrom: BusinessDay | null;
}

/** One payment in the ledger. Never changed and never removed; a return is a payment of its own, in the other direction. */
export interface LedgerTransaction extends BookingDay {
  readonly id: string;
  readonly paymentGuid: string;
  readonly pmType: SucceededPayment['pmType'];
  readonly debtorBankGuid: string;
  readonly creditorBankGuid: string;
  readonly amount: Money;
  readonly succeededAt: Instant;
  readonly entries: readonly LedgerEntry[];
}

export type LedgerFailure = { readonly code: 'LEDGER_AMOUNT_NOT_POSITIVE' | 'LEDGER_ENTRY_ZERO' | 'LEDGER_UNBALANCED' };

/**
 * Books a successful payment: the initiator bank's obligation is debited, the receiver bank's claim credited with the same amount.
 * A return is posted by the original receiver bank, so its own initiator and receiver already are the opposite direction.
 */
export function bookPayment(payment: SucceededPayment, id: string, day: BookingDay): Result<LedgerTransaction, LedgerFailure> {
  const { initiatorBankGuid: debtorBankGuid, receiverBankGuid: creditorBankGuid, amount } = payment;
  if (amount.minor <= 0n) return fail({ code: 'LEDGER_AMOUNT_NOT_POSITIVE' });
  const entries: readonly LedgerEntry[] = [
    {
      account: { kind: 'OBLIGATION', bankGuid: debtorBankGuid, counterpartyGuid: creditorBankGuid },
      signedMinor: amount.minor,
      currency: amount.currency,
    },
    {
      account: { kind: 'CLAIM', bankGuid: creditorBankGuid, counterpartyGuid: debtorBankGuid },
      signedMinor: -amount.minor,
      currency: amount.currency,
    },
  ];
  const balanced = checkBalanced(entries);
  if (!balanced.ok) return balanced;
  const { paymentGuid, pmType, succeededAt } = payment;
  return ok({ id, paymentGuid, pmType, debtorBankGuid, creditorBankGuid, amount, succeededAt, ...day, entries });
}

/** I1: per currency, debits equal credits. */
export function checkBalanced(entries: readonly LedgerEntry[]): Result<readonly LedgerEntry[], LedgerFailure> {
  if (entries.some((entry) => entry.signedMinor === 0n)) return fail({ code: 'LEDGER_ENTRY_ZERO' });
  const sums = new Map<Currency, bigint>();
  for (const entry of entries) sums.set(entry.currency, (sums.get(entry.currency) ?? 0n) + entry.signedMinor);
  return entries.length > 0 && [...sums.values()].every((sum) => sum === 0n) ? ok(entries) : fail({ code: 'LEDGER_UNBALANCED' });
}
