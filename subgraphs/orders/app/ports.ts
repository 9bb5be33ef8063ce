import type { Money } from '../../../kernel/core/money.ts';
import type { Instant } from '../../../kernel/core/time.ts';
import type { Result } from '../../../kernel/core/result.ts';
import type { Audit } from '../../../schema/audit-entry.ts';
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

/**
 * `moved`: the order is no longer at the version that the change was decided on, so load and decide again. `payment-holds-another`: the
 * payment holds another order, and a payment is of one order.
 */
export type ClaimSave = 'saved' | 'moved' | 'payment-holds-another';

/** Orders outside a transaction of the caller's. Saves share commits with others and are durable when they resolve. */
export interface OrderStore {
  find(id: OrderId): Promise<Order | null>;
  findByReference(merchantUid: MerchantUid, reference: string): Promise<Order | null>;
  /** False when the merchant has used the reference before. */
  insert(change: OrderChange): Promise<boolean>;
  saveClaim(change: OrderChange): Promise<ClaimSave>;
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
 * Runs a change of one order once per (participant, mutation, key), with its record in the same transaction. A repeat gets the id of
 * the same order. A refusal is not remembered: work refuses before it has written anything.
 */
export type Once = <F>(
  request: IdempotentRequest,
  work: (orders: LockedOrders, audit: Audit) => Promise<Result<OrderId, F>>,
) => Promise<Result<{ readonly orderId: OrderId; readonly replayed: boolean }, F | IdempotencyFailure>>;

/** The secret with which a browser may watch one order. Derived from the id and the hub's newest key, not stored. */
export interface ClientSecrets {
  of(orderId: OrderId): string;
}

/** A callback that this process, and nobody else, may send until `leaseUntil`. */
export interface LeasedCallback {
  readonly deliveryId: string;
  readonly orderId: string;
  readonly merchantUid: string;
  readonly url: string;
  readonly body: string;
  /** 1 is the first send. */
  readonly attempt: number;
  readonly lease: string;
  /** The trace of what made the order expire. */
  readonly traceparent: string | null;
}

/** What one attempt came to, and what follows from it. */
export interface CallbackAttempt {
  readonly callback: LeasedCallback;
  readonly startedAt: Instant;
  readonly durationMs: number;
  /** Null when there was no usable answer; `failure` then says why. */
  readonly status: number | null;
  readonly failure: string | null;
  /** SHA-256 of the answer's body, base64url; null when there was none. */
  readonly answerSha256: string | null;
  readonly next: CallbackNext;
}
export type CallbackNext =
  { readonly state: 'PENDING'; readonly dueAt: Instant } | { readonly state: 'DELIVERED' | 'FAILED'; readonly endedAt: Instant };

export interface CallbackStore {
  /**
   * Takes due callbacks in turns between merchants, so that with those in `underWay` (a merchant for each) none has more than
   * `perMerchantMax` from this process.
   */
  takeDue(o: {
    readonly now: Instant;
    readonly leaseUntil: Instant;
    readonly limit: number;
    readonly perMerchantMax: number;
    readonly underWay: readonly string[];
  }): Promise<readonly LeasedCallback[]>;
  /** False when the lease was lost: the attempt is recorded as a stray and changes nothing. */
  saveAttempt(attempt: CallbackAttempt): Promise<boolean>;
}

/** A place in the log `orders` up to which a read includes every event. */
export interface LogMark {
  readonly epoch: number;
  readonly head: bigint;
}

/** An order and the place in the log that was read before it: whoever streams from there misses nothing. */
export interface SeenOrder {
  readonly order: Order;
  readonly seenAt: LogMark;
}

export interface OrderFilter {
  readonly merchantUid?: string | undefined;
  readonly receiverBankGuid?: string | undefined;
  readonly statuses?: readonly Order['status'][] | undefined;
  /** The merchant's own order number, whole. */
  readonly reference?: string | undefined;
  readonly amount?: Money | undefined;
  /** When it was made: from this moment … */
  readonly from?: Date | undefined;
  /** … to before this one. */
  readonly until?: Date | undefined;
}

/** Newest first. `after` is the last order id of the page before. */
export interface OrderPageRequest {
  readonly limit: number;
  readonly after: OrderId | null;
}

/** How the hub told the merchant of the expiry. */
export interface CallbackReport {
  readonly deliveryId: string;
  readonly state: 'PENDING' | 'DELIVERED' | 'FAILED';
  readonly attempts: number;
  readonly lastStatus: number | null;
  readonly nextAttemptAt: Instant | null;
}

/** Reads for people and their programs, off the way of payments. */
export interface OrderReads {
  findMany(ids: readonly OrderId[]): Promise<ReadonlyMap<OrderId, SeenOrder>>;
  findByReference(merchantUid: string, reference: string): Promise<SeenOrder | null>;
  list(filter: OrderFilter, page: OrderPageRequest): Promise<readonly SeenOrder[]>;
  callbackOf(id: OrderId): Promise<CallbackReport | null>;
}
