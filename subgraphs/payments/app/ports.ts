import type { Result } from '../../../kernel/core/result.ts';
import type { Audit } from '../../../schema/audit-entry.ts';
import type { ClaimRequest, ClaimResponse, OrderSnapshot } from '../../../schema/commands/orders.ts';
import type { BankEntry } from '../../../schema/directory.ts';
import type { PaymentEventPayload, PaymentEventType as PublishedType } from '../../../schema/events/payments.ts';
import type { DeliveryId } from '../domain/delivery.ts';
import type { PaymentEvent } from '../domain/events.ts';
import type { Payment, PaymentGuid, PmType } from '../domain/payment.ts';

/** A payment as it was read or last saved. A save succeeds only while the record still has this version. */
export interface Versioned {
  readonly payment: Payment;
  /** Counts saves; 0 where nothing is recorded yet. */
  readonly version: number;
  /** Counts published events, without holes. */
  readonly eventVersion: number;
}

/** The signed message as it came, kept as evidence, and what was checked around it. */
export interface MessageRecord {
  readonly pmType: PmType;
  readonly body: Uint8Array;
  /** SHA-256 of `body`, base64url. */
  readonly bodySha256: string;
  readonly senderKid: string;
  /** When the edge had read the message. Stays the same over all sends of one received message. */
  readonly receivedAt: Date;
  /** The merchant's order that the payment holds, or gives money back for; null for a refused message, and where there is none. */
  readonly order: OrderSnapshot | null;
}

/** How the edge handed a message over, as the envelope says it. */
export type MessageMode = 'answer' | 'promised' | 'refused';

/** What the first commit of a payment keeps of its message. */
export interface NewMessage extends MessageRecord {
  readonly mode: MessageMode;
}

/** An event for the log `payments`. */
export interface PublishedEvent<T extends PublishedType = PublishedType> {
  readonly type: T;
  readonly payload: PaymentEventPayload<T>;
  /** Participants who may read it; operations read everything. */
  readonly audience: readonly string[];
}

/** One try as it happened, under the lease that allowed it. */
export interface TryRecord {
  readonly deliveryId: DeliveryId;
  readonly leaseToken: string;
  readonly attempt: number;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly answer: 'accepted' | 'refused' | 'unclear';
  readonly status: number | null;
  /** Why there was no answer. */
  readonly error: string | null;
  /** SHA-256 of the answer's body, base64url; null when there was none. */
  readonly answerSha256: string | null;
  /** Where it was sent; null where the receiver had no address. */
  readonly address: string | null;
  /** How the answer's body begins; null when it was empty. */
  readonly answerText: string | null;
}

/**
 * What the first commit of a payment must find as it was when the message was admitted, and keeps from changing until it is there; if it is not so
 * any more, nothing is written.
 */
export type Hold =
  | {
      readonly kind: 'p2p-order';
      readonly orderGuid: string;
      readonly payRequestGuid: string;
      /** Business time: the order must not have expired. */
      readonly now: Date;
    }
  /** The request is open, for this amount, and has this return from the commit on. */
  | { readonly kind: 'return'; readonly originalGuid: PaymentGuid; readonly requestGuid: string; readonly amountMinor: bigint };

/** One step of a payment: everything that is written in one statement and one commit. */
export interface PaymentStep {
  readonly guid: PaymentGuid;
  readonly before: Versioned;
  readonly after: Payment;
  readonly events: readonly PaymentEvent[];
  readonly published: readonly PublishedEvent[];
  readonly at: Date;
  /** Holds deliveries that start at once, until `leaseUntil`. */
  readonly lease: { readonly token: string; readonly until: Date };
  /** The signed payload of every delivery that the events create. */
  readonly payloads: ReadonlyMap<DeliveryId, string>;
  /** With the first event of a payment that has facts. */
  readonly message?: NewMessage;
  /** With the first commit of a payment that holds something of this subgraph's own. */
  readonly hold?: Hold;
  /** Saved only while its lease is the delivery's own. */
  readonly tried?: TryRecord;
}

/**
 * saved: durable. `forwardedId` is the delivery that was brought forward and now holds the step's lease, if nobody else had it.
 * conflict: the record has moved on, or the lease is not ours any more; nothing was written.
 */
export type StepOutcome = { readonly kind: 'saved'; readonly forwardedId: DeliveryId | null } | { readonly kind: 'conflict' };

/** What is known of a guid, for the question whether a message came before. */
export interface KnownMessage {
  readonly state: 'TOMBSTONE' | 'PENDING' | 'SUCCESS' | 'REJECT';
  /** Why it was rejected. */
  readonly reasonCode: string | null;
  readonly bodySha256: string | null;
  readonly receivedAt: Date | null;
}

export interface StoredPayment extends Versioned {
  /** Null for a tombstone, and for a payment whose retention is over. */
  readonly message: MessageRecord | null;
  /** The signed payloads of deliveries that still wait for a try. */
  readonly payloads: ReadonlyMap<DeliveryId, string>;
  /** The lease that each delivery is under now. */
  readonly leases: ReadonlyMap<DeliveryId, string>;
}

/** A delivery that is this process's to try until `until`. */
export interface Lease {
  readonly deliveryId: DeliveryId;
  readonly guid: PaymentGuid;
  readonly token: string;
  readonly until: Date;
  /** The trace in which it is made: of whoever created it here, or of the payment's message. */
  readonly traceparent: string | null;
}

/** A message that left no payment: enough to answer questions about it, nothing of a person. */
export interface RefusedMessage {
  readonly bodySha256: string;
  readonly code: string;
  readonly senderId: string;
  readonly at: Date;
}

export interface PaymentStore {
  known(guid: PaymentGuid): Promise<KnownMessage | null>;
  load(guid: PaymentGuid): Promise<StoredPayment | null>;
  /** Resolves after COMMIT. Throws InfrastructureError when it is not known whether the step took effect. */
  save(step: PaymentStep): Promise<StepOutcome>;
  /** The payment that holds an order, pending or successful. */
  holderOf(orderId: string): Promise<PaymentGuid | null>;
  recordRefusal(refused: RefusedMessage): Promise<void>;
  /** A try whose result belongs to nobody any more. */
  recordStray(stray: TryRecord): Promise<void>;
  /** Takes up to `perReceiverMax` due deliveries of every receiver, except of those for which enough waits here. */
  lease(o: {
    now: Date;
    until: Date;
    token: string;
    perReceiverMax: number;
    exceptReceivers: readonly string[];
  }): Promise<readonly Lease[]>;
  /** Extends a lease that is still ours; false when it is not. */
  extend(lease: Lease, o: { token: string; until: Date }): Promise<boolean>;
}

/** The participants as this process knows them. */
export interface Participants {
  /** 0 while nobody is known yet. */
  readonly version: number;
  bankByGuid(guid: string): BankEntry | undefined;
  /** By any of a bank's six-digit codes. */
  bankByCode(code: string): BankEntry | undefined;
}

/** Signs payloads in the hub's name: a compact RS256 token over exactly this JSON text. */
export interface PayloadSigner {
  sign(payloadJson: string): Promise<string>;
}

export interface Clock {
  now(): Date;
}

export interface Ids {
  next(): string;
}

/** What a step needs besides the store. */
export interface StepTools {
  readonly participants: Participants;
  readonly signer: PayloadSigner;
  readonly clock: Clock;
  /** Of the business day that a success belongs to, and of nothing else here. */
  readonly businessClock: Clock;
  readonly ids: Ids;
  /** The hub's name in its own tokens (`iss`). */
  readonly issuer: string;
}

/** Asks orders to hold an order for a payment. Throws when orders cannot be reached. */
export type ClaimOrder = (claim: ClaimRequest) => Promise<ClaimResponse>;

export type OnceFailureCode = 'IDEMPOTENCY_MISMATCH' | 'IDEMPOTENCY_IN_PROGRESS';

/** The record inside one transaction. What it saves is durable when the transaction is. */
export type RecordWithin = Pick<PaymentStore, 'load' | 'save'>;

/** Runs an operation once per key, in one transaction with what it saves and enters in the audit log; a repetition gets the first result. */
export type Once = <F>(
  request: { readonly participant: string; readonly mutation: string; readonly key: string; readonly input: unknown },
  work: (record: RecordWithin, audit: Audit) => Promise<Result<{ readonly deliveryId: string }, F>>,
) => Promise<
  Result<{ readonly value: { readonly deliveryId: string }; readonly replayed: boolean }, F | { readonly code: OnceFailureCode }>
>;
