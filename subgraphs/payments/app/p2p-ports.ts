import type { NewCallback } from '../../../kernel/wire/callback.ts';
import type { Instant } from '../../../kernel/core/time.ts';
import type { SealedPayeeName } from '../../../protocol/p2p/payee-check.ts';
import type { P2pEventPayload, P2pEventType } from '../../../schema/events/payments.ts';
import type { P2pFlow } from '../domain/p2p-flow.ts';
import type { P2pOrder, P2pOrderStatus } from '../domain/p2p-order.ts';
import type { PayRequest } from '../domain/pay-request.ts';
import type { FoundReceiver, ReceiverSearch } from '../domain/receiver-search.ts';
import type { SearchBucket } from '../domain/search-limit.ts';
import type { PaymentGuid } from '../domain/payment.ts';
import type { ListKey } from './payment-reads.ts';

/** A p2p order as it lies in the record, under its row's lock until the transaction ends. */
export interface LockedP2p {
  readonly flow: P2pFlow;
  /** Counts the events of the order, its search and its pay requests. */
  readonly version: number;
  /** The payment that holds the order. */
  readonly holder: PaymentGuid | null;
}

/** An event for the log `payments`, whose subject is the order. */
export interface P2pPublished {
  readonly type: P2pEventType;
  readonly payload: P2pEventPayload<P2pEventType>;
  /** Participants who may read it; operations read everything. */
  readonly audience: readonly string[];
  readonly subject: string;
  readonly version: number;
  readonly at: Instant;
}

/** One change, with everything that commits with it. */
export interface P2pChange {
  readonly before: LockedP2p;
  readonly after: P2pFlow;
  readonly events: readonly P2pPublished[];
  readonly callbacks: readonly NewCallback[];
  /** Wall-clock time. */
  readonly at: Instant;
  /** With a consent: the directory is to be told. */
  readonly consentedAt?: Instant;
}

/** A new order with what belongs to it from the start. */
export interface NewP2p {
  readonly flow: P2pFlow;
  /** With a phone order: the name that the payer gave. */
  readonly payeeCheck: SealedPayeeName | null;
  readonly requestSha256: string;
  readonly events: readonly P2pPublished[];
  readonly callbacks: readonly NewCallback[];
  readonly at: Instant;
}

export interface P2pRecord {
  /** Null: there is no such order. `requestGuid`: the pay request that it is about; without it, that of a phone order. */
  lock(orderGuid: string, requestGuid?: string): Promise<LockedP2p | null>;
  /** False when the bank has an order with this external id: nothing was written. Throws when a search for the number is open. */
  insert(order: NewP2p): Promise<boolean>;
  /** Under the order's lock. False when the bank has a pay request with this jti. */
  insertRequest(
    request: PayRequest,
    o: { readonly jti: string; readonly payeeCheck: SealedPayeeName | null; readonly at: Instant },
  ): Promise<boolean>;
  save(change: P2pChange): Promise<void>;
  /** Locks what a payer's account may still set off; null where nothing was set off yet. */
  lockBucket(bankGuid: string, debtorAccount: string): Promise<SearchBucket | null>;
  saveBucket(bankGuid: string, debtorAccount: string, bucket: SearchBucket): Promise<void>;
  /** Whether a search for a number is open, and how many began since then. */
  searchesOf(phone: string, since: Instant): Promise<{ readonly open: boolean; readonly started: number }>;
}

/** Runs work in one transaction. It may run more than once. */
export type P2pTransaction = <T>(work: (record: P2pRecord) => Promise<T>) => Promise<T>;

/** A pay request whose receiver's bank is to be asked by this process until `until`. */
export interface FetchLease {
  readonly requestGuid: string;
  readonly orderGuid: string;
  readonly lease: string;
  readonly tries: number;
  readonly bankGuid: string;
  readonly receiver: FoundReceiver;
  readonly payeeCheck: SealedPayeeName | null;
}

/** What became due. */
export interface P2pDue {
  takeFetches(o: { readonly now: Instant; readonly until: Instant; readonly limit: number }): Promise<readonly FetchLease[]>;
  /** The next try of a fetch, unless its lease has passed to somebody else. */
  postponeFetch(fetch: FetchLease, dueAt: Instant): Promise<void>;
  /** Orders and searches whose time has run out, in business time. */
  endedOrders(o: { readonly now: Instant; readonly limit: number }): Promise<readonly string[]>;
  untoldConsents(o: { readonly now: Instant; readonly limit: number }): Promise<readonly UntoldConsent[]>;
  consentTold(orderGuid: string): Promise<void>;
  postponeConsent(orderGuid: string, dueAt: Instant): Promise<void>;
}

export interface UntoldConsent {
  readonly orderGuid: string;
  readonly phone: string;
  readonly receiver: FoundReceiver;
  readonly consentedAt: Instant;
}

/** An order as it is read, with the payment that holds it. */
export interface P2pOrderView {
  readonly order: P2pOrder;
  readonly requestSha256: string;
  readonly version: number;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  /** Of a phone order: its one pay request. */
  readonly payRequestGuid: string | null;
  readonly search: ReceiverSearch | null;
  readonly holder: PaymentGuid | null;
  readonly seenAt: { readonly epoch: number; readonly head: bigint };
}

export interface PayRequestView {
  readonly request: PayRequest;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

export interface P2pReads {
  order(guid: string): Promise<P2pOrderView | null>;
  orders(guids: readonly string[]): Promise<readonly P2pOrderView[]>;
  orderByExternalId(bankGuid: string, externalId: string): Promise<P2pOrderView | null>;
  /** Newest first. `bankGuid` null: of all banks. */
  list(o: {
    readonly bankGuid: string | null;
    readonly statuses?: readonly P2pOrderStatus[];
    readonly page: { readonly after: ListKey | null; readonly limit: number };
  }): Promise<readonly P2pOrderView[]>;
  request(guid: string): Promise<PayRequestView | null>;
  requestByJti(bankGuid: string, jti: string): Promise<PayRequestView | null>;
  requestsOfOrders(guids: readonly string[]): Promise<readonly PayRequestView[]>;
  /** The completed pay request of this bank, order and payer's account; else any of them, the newest first. */
  requestFor(o: { readonly orderGuid: string; readonly bankGuid: string; readonly debtorAccount: string }): Promise<PayRequest | null>;
  /** The p2p payment of this bank with this external id that was accepted. */
  paymentByExternalId(bankGuid: string, externalId: string): Promise<PaymentGuid | null>;
}
