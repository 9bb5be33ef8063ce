import type { Instant } from '../../../kernel/core/time.ts';
import type { Result } from '../../../kernel/core/result.ts';
import type { BankEntry, MerchantEntry } from '../../../schema/directory.ts';
import type { BankGuid, MerchantUid, Order, OrderEvent, OrderId, OrderState, PaymentGuid } from '../domain/order.ts';

/** The two times of payment-rules 9: business time decides about orders, wall-clock time about leases, retries and freshness. */
export interface Clocks {
  readonly business: { now(): Instant };
  readonly wall: { now(): Instant };
}

/** Time-ordered UUIDs. */
export interface Ids {
  next(): string;
}

/** The participants as they are now. An order copies from it when it is made, and never looks again. */
export interface Participants {
  merchantByUid(uid: string): MerchantEntry | undefined;
  bankByGuid(guid: string): BankEntry | undefined;
}

/** An expiration callback that is to be sent: `body` is the same at every attempt. */
export interface ExpirationCallback {
  readonly deliveryId: string;
  readonly orderId: OrderId;
  readonly merchantUid: MerchantUid;
  readonly url: string;
  readonly body: string;
  readonly dueAt: Instant;
}

/** One decision about one order: saved whole, with its event and its callback, or not at all. */
export interface OrderChange {
  readonly before: OrderState;
  readonly event: OrderEvent;
  readonly after: Order;
  readonly callback: ExpirationCallback | null;
}

/** Orders outside a transaction of the caller's. Saves share commits with others and are durable when they resolve. */
export interface OrderStore {
  find(id: OrderId): Promise<Order | null>;
  findByReference(merchantUid: MerchantUid, reference: string): Promise<Order | null>;
  /** False when the merchant has used the reference before. */
  insert(change: OrderChange): Promise<boolean>;
  /** False when the order is no longer at the version that the change was decided on: load and decide again. */
  saveClaim(change: OrderChange): Promise<boolean>;
}

/** Orders inside one transaction, whose rows stay locked until it ends. Rows are locked in the order of their ids. */
export interface LockedOrders {
  load(ids: readonly OrderId[]): Promise<ReadonlyMap<OrderId, Order>>;
  findByReference(merchantUid: MerchantUid, reference: string): Promise<Order | null>;
  /** CREATED orders whose expiry is due, oldest first; those that somebody else has locked are left out. */
  loadDue(now: Instant, limit: number): Promise<readonly Order[]>;
  /** False when the merchant has used the reference before. Waits for a concurrent insert of the same reference. */
  insert(change: OrderChange): Promise<boolean>;
  /** Several changes of one order must follow each other. Throws when an order is not at the version that its change was decided on. */
  save(changes: readonly OrderChange[]): Promise<void>;
}

/** Runs work in one short transaction. The work may run again after a deadlock, so it has no other effect. */
export type Transaction = <T>(work: (orders: LockedOrders) => Promise<T>) => Promise<T>;

/** A claim whose payment has not reported. */
export interface SilentClaim {
  readonly orderId: OrderId;
  readonly paymentGuid: PaymentGuid;
  readonly initiatorBankGuid: BankGuid;
}

export interface ClaimSweepStore {
  /** Takes claims that are due for a question, and puts the next question off until `nextCheckAt`, so that nobody else asks meanwhile. */
  takeSilentClaims(now: Instant, nextCheckAt: Instant, limit: number): Promise<readonly SilentClaim[]>;
}

/** What payments says about the payment of a claim. For one it does not know it has first made sure that there never will be one. */
export interface ClaimOutcomes {
  ask(claim: SilentClaim): Promise<{ readonly state: 'PENDING' | 'SUCCESS' | 'REJECT'; readonly reason: string | null }>;
}

export interface IdempotentRequest {
  readonly participant: string;
  readonly mutation: string;
  readonly key: string;
  /** The input as canonical JSON values, without the key. */
  readonly input: unknown;
}
export type IdempotencyFailure = { readonly code: 'IDEMPOTENCY_MISMATCH' | 'IDEMPOTENCY_IN_PROGRESS' };

/**
 * Runs a change once per (participant, mutation, key), with its record in the same transaction. A repeat gets the stored answer,
 * a JSON value. Work that answers with a failure is rolled back and may be tried again under the same key.
 */
export type Once = <T, F>(
  request: IdempotentRequest,
  work: (orders: LockedOrders) => Promise<Result<T, F>>,
) => Promise<Result<{ readonly value: T; readonly replayed: boolean }, F | IdempotencyFailure>>;

/** The secret with which a browser may watch one order. Derived, not stored: the same order has the same secret. */
export interface ClientSecrets {
  of(orderId: OrderId): string;
}
