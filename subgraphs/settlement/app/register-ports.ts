import type { Money } from '../../../kernel/core/money.ts';
import type { Result } from '../../../kernel/core/result.ts';
import type { BusinessDay, Instant } from '../../../kernel/core/time.ts';
import type { NewCallback } from '../../../kernel/wire/callback.ts';
import type { DayState } from '../domain/business-day.ts';
import type { Booked, EndingDay } from '../domain/day-close.ts';
import type { Fee } from '../domain/fee.ts';
import type { PaymentDetails, SucceededPayment } from '../domain/ledger.ts';
import type { NewRegister, Pair, PairTotal, RegisterBank } from '../domain/register-plan.ts';
import type { RailOutcome, Register, RegisterEvent, RegisterState } from '../domain/register.ts';
import type { OpenLedger } from './ports.ts';

/** The business days on their way to their close. */
export interface DayStore {
  /** Opens every day that is missing between the last one that is known and this one, which is opened in any case. */
  openThrough(day: BusinessDay): Promise<void>;
  /** Open days before this one, oldest first. */
  endingBefore(day: BusinessDay): Promise<readonly EndingDay[]>;
  /** Keeps the first target of a day for good. */
  setTarget(day: BusinessDay, target: { readonly position: bigint; readonly readAt: Instant }): Promise<void>;
  booked(): Promise<Booked>;
  /** Waits for bookings that hold the day. False when it was closed already. */
  close(day: BusinessDay, o: { readonly missing: bigint; readonly at: Instant }): Promise<boolean>;
  /** Closed days whose registers are not made, oldest first. */
  withoutRegisters(): Promise<readonly BusinessDay[]>;
}

/** A business day as it is now. `missing`: null while it is open. */
export interface DayView {
  readonly day: BusinessDay;
  readonly state: DayState;
  readonly closedAt: Instant | null;
  readonly missing: bigint | null;
  readonly registersMadeAt: Instant | null;
}

/** A closed day while its registers are made: nobody else makes them until this transaction ends. */
export interface RegisterMaking {
  /** The payments of the day, added up by pair and direction. */
  totals(): Promise<readonly PairTotal[]>;
  /** Pairs with an agreement on that day, or with a payment in the 31 days before it; those of the day itself are in its totals. */
  activePairs(): Promise<readonly Pair[]>;
  /** Writes the registers, publishes one RegisterMade each, and marks the day. */
  save(registers: readonly NewRegister[], at: Instant): Promise<void>;
}

/** Runs `work` in one transaction for a closed day without registers; false when the day is not one. */
export type MakeRegisters = (day: BusinessDay, work: (making: RegisterMaking) => Promise<void>) => Promise<boolean>;

export interface RegisterView extends Pair {
  readonly number: string;
  readonly businessDay: BusinessDay;
  readonly state: RegisterState;
  readonly version: number;
  readonly debtor: Pick<RegisterBank, 'name' | 'bic'>;
  readonly creditor: Pick<RegisterBank, 'name' | 'bic' | 'taxCode'>;
  readonly chargingAccount: string;
  readonly purpose: string;
  readonly total: Money;
  readonly fee: Money;
  readonly paymentCount: number;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

/** A payment as a register lists it. `sequence` is its place in the ledger. */
export interface RegisterRow {
  readonly sequence: bigint;
  readonly paymentGuid: string;
  readonly pmType: SucceededPayment['pmType'];
  readonly amount: Money;
  readonly fee: Fee;
  readonly details: PaymentDetails | null;
  readonly succeededAt: Instant;
  readonly lateFrom: BusinessDay | null;
}

/** A settlement payment of a register, as its bank told of it. */
export interface SettlementPaymentView {
  readonly externalId: string;
  readonly state: 'SENT' | 'REJECTED' | 'PAID';
  readonly sentAt: Instant;
  readonly endedAt: Instant | null;
}

/** What operations said became of a register, because its bank could not. */
export interface RegisterOperation {
  readonly subject: string;
  readonly outcome: RailOutcome;
  readonly reason: string;
}

/** Registers of a bank by their creation, newest first. */
export interface RegisterListQuery {
  readonly bankGuid: string;
  /** Debtor: those that the bank pays. All: those on either side of which it is. */
  readonly role: 'All' | 'Debtor';
  readonly from: Instant;
  readonly to: Instant;
  readonly offset: number;
  readonly limit: number;
}

/** Registers by keyset, newest first. Null asks for everything; `bankGuid` is a bank on either side. */
export interface RegisterPageQuery {
  readonly bankGuid: string | null;
  readonly counterpartyGuid: string | null;
  readonly day: BusinessDay | null;
  readonly state: RegisterState | null;
  readonly limit: number;
  readonly after: { readonly createdAt: Instant; readonly number: string } | null;
}

export interface RegisterReads {
  byNumbers(numbers: readonly string[]): Promise<ReadonlyMap<string, RegisterView>>;
  list(query: RegisterListQuery): Promise<readonly RegisterView[]>;
  page(query: RegisterPageQuery): Promise<readonly RegisterView[]>;
  rows(register: RegisterView, page: { readonly offset: number; readonly limit: number }): Promise<readonly RegisterRow[]>;
  rowsAfter(register: RegisterView, page: { readonly sequence: bigint; readonly limit: number }): Promise<readonly RegisterRow[]>;
  /** The register that a payment is in, and the payment's place in the ledger; null until its day has registers. */
  ofPayment(paymentGuid: string): Promise<{ readonly register: RegisterView; readonly sequence: bigint } | null>;
  /** In their order. */
  operations(number: string): Promise<readonly (RegisterOperation & { readonly at: Instant })[]>;
  settlementPayments(number: string): Promise<readonly SettlementPaymentView[]>;
  day(day: BusinessDay): Promise<DayView | null>;
  days(page: { readonly limit: number; readonly before: BusinessDay | null }): Promise<readonly DayView[]>;
}

/** A register of one transaction, locked until it ends. */
export interface LockedRegister {
  readonly view: RegisterView;
  readonly register: Register;
}

export interface RegisterTransaction {
  lock(number: string): Promise<LockedRegister | null>;
  /** Writes what happened and publishes it. SETTLEMENT_PAYMENT_USED, and nothing is written, when the id pays another register of the bank. */
  save(
    locked: LockedRegister,
    event: RegisterEvent,
    o: {
      readonly after: Register;
      readonly version: number;
      readonly creationDate: string | null;
      /** Null when the bank itself said it. */
      readonly operation: RegisterOperation | null;
    },
  ): Promise<Result<void, { readonly code: 'SETTLEMENT_PAYMENT_USED' }>>;
  openLedger(): Promise<OpenLedger>;
}

export type InRegisterTransaction = <T>(work: (registers: RegisterTransaction) => Promise<T>) => Promise<T>;

/**
 * Takes up to `limit` registers whose callbacks are not written, and writes what `compose` makes of each in the same transaction. Returns how many it took;
 * 0 means that none is left. Any number of processes may do it.
 */
export type AnnounceRegisters = (
  limit: number,
  compose: (register: RegisterView) => Promise<readonly NewCallback[]>,
  at: Instant,
) => Promise<number>;
