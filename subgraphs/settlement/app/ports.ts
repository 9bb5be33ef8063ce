import type { Currency } from '../../../kernel/core/money.ts';
import type { BusinessDay, Instant } from '../../../kernel/core/time.ts';
import type { DayState } from '../domain/business-day.ts';
import type { FeeRule } from '../domain/fee.ts';
import type { Chained, ChainedTransaction, ChainHead, Sha256 } from '../domain/ledger-chain.ts';
import type { BookedPayment } from '../domain/ledger.ts';

/** The ledger inside one transaction that holds its head: nobody else books until that transaction ends. */
export interface OpenLedger {
  readonly head: ChainHead;
  /** What booking payments of these guids and days has to know. Days that were unknown are opened. */
  look(paymentGuids: readonly string[], days: readonly BusinessDay[]): Promise<LedgerView>;
  /** What banks have agreed on, past and future: few beside the payments. */
  feeRules(): Promise<readonly FeeRule[]>;
  /** Appends to the ledger, moves its head and publishes one PaymentBooked for each payment. */
  append(transactions: readonly ChainedTransaction[], bookedAt: Instant): Promise<void>;
}

export interface LedgerView {
  /** Those of the payments that are in the ledger. */
  readonly booked: ReadonlySet<string>;
  /** The states of the days and of the oldest open day. The rows are kept FOR SHARE, so that no day closes under a booking. */
  readonly days: ReadonlyMap<BusinessDay, DayState>;
}

/** What booking needs from outside. */
export interface BookingDeps {
  readonly nextId: () => string;
  /** Business time. */
  readonly now: () => Instant;
  readonly sha256: Sha256;
}

/** What one bank owes another for the payments of a day: the sum of its obligation entries and what it keeps as fees, positive minor units. */
export interface Balance {
  readonly businessDay: BusinessDay;
  readonly debtorBankGuid: string;
  readonly creditorBankGuid: string;
  readonly currency: Currency;
  readonly minor: bigint;
  readonly feeMinor: bigint;
  readonly paymentCount: number;
}

/** Null asks for everything. `bankGuid` is a bank on either side of the pair. */
export interface BalanceQuery {
  readonly businessDay: BusinessDay;
  readonly bankGuid: string | null;
}

/** What stands between two banks now, in one direction, less fees. */
export interface OpenBalance {
  readonly debtorBankGuid: string;
  readonly creditorBankGuid: string;
  readonly currency: Currency;
  /** Payments of days without registers. */
  readonly accruedMinor: bigint;
  /** Registers that are to be paid. */
  readonly dueMinor: bigint;
  /** Settlement payments that the rails have not answered. */
  readonly inTransitMinor: bigint;
}

/** Reads the ledger as it is committed. */
export interface LedgerReads {
  transaction(id: string): Promise<ChainedTransaction | null>;
  /** In the order of `paymentGuids`, null for what is not booked. */
  transactionsOfPayments(paymentGuids: readonly string[]): Promise<readonly (Chained<BookedPayment> | null)[]>;
  /** `bankGuid` as in BalanceQuery. */
  openBalances(bankGuid: string | null): Promise<readonly OpenBalance[]>;
  balances(query: BalanceQuery): Promise<readonly Balance[]>;
  /** The chain after a place, in order. */
  chainAfter(sequence: bigint, limit: number): Promise<readonly ChainedTransaction[]>;
  head(): Promise<ChainHead>;
}
