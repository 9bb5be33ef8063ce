import type { Money } from '../../../kernel/core/money.ts';
import type { PaymentStatus } from '../../../schema/events/payments.ts';
import type { Answer, CallbackType, DeliveryState, Receiver, ReviewOutcome } from '../domain/delivery.ts';
import type { PmType } from '../domain/payment.ts';
import type { MessageMode } from './ports.ts';

/** Who reads: a bank sees the payments of which it is a side, a merchant its own, operations all. A tombstone is seen by nobody. */
export type Viewer = { readonly kind: 'all' } | { readonly kind: 'nobody' } | { readonly kind: 'bank' | 'merchant'; readonly id: string };

/** A payment as its parties may see it. */
export interface PaymentView {
  readonly guid: string;
  readonly status: PaymentStatus;
  readonly reasonCode: string | null;
  /** The sentence for `reasonCode`. */
  readonly reason: string | null;
  readonly pmType: PmType;
  readonly amount: Money;
  readonly externalId: string;
  readonly purpose: string;
  readonly orderId: string | null;
  readonly merchantUid: string | null;
  /** Of a return: the payment that it gives back. */
  readonly originalGuid: string | null;
  readonly initiatorBankGuid: string;
  readonly receiverBankGuid: string | null;
  readonly debtorAccount: string;
  readonly creditorAccount: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Counts the published events of the payment. */
  readonly eventVersion: number;
  /** The head of the event log at the moment of the read: every event up to it is in these fields. */
  readonly seenAt: { readonly epoch: number; readonly head: bigint };
}

/** Callbacks that belong to no payment: they ask banks about an order between people, or for a return. */
export const QUESTION_TYPES = ['link-creditor', 'pay-request', 'return-request'] as const;
export type QuestionType = (typeof QUESTION_TYPES)[number];

export interface DeliveryView {
  readonly id: string;
  /** Null: it belongs to no payment. */
  readonly paymentGuid: string | null;
  /** Of a question: the guid of the p2p order (`link-creditor`), of the pay request, of the return request. */
  readonly questionSubject: string | null;
  readonly callbackType: CallbackType | QuestionType;
  readonly sequence: number;
  readonly receiver: Receiver;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly lastAnswer: string | null;
  /** When the next try is due; under way already while it is leased. Null where nothing is due. */
  readonly dueAt: Date | null;
  readonly outcome: ReviewOutcome | null;
  readonly outcomeReason: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface AttemptView {
  readonly attempt: number;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly status: number | null;
  readonly answer: Answer;
  readonly error: string | null;
  readonly answerSha256: string | null;
  /** Where it was sent; null where the receiver had no address, and where nobody kept it. */
  readonly address: string | null;
  /** How the answer's body begins; null when it was empty, or is forgotten. */
  readonly answerText: string | null;
  /** Came back after its lease had passed to somebody else, and changed nothing. */
  readonly stray: boolean;
}

/** The message of a payment as it came. */
export interface MessageView {
  readonly guid: string;
  /** The body as it was received; null when its retention is over. */
  readonly text: string | null;
  /** SHA-256 of the body, base64url. */
  readonly sha256: string;
  readonly kid: string;
  readonly receivedAt: Date;
  /** Null for what was received before this was kept. */
  readonly mode: MessageMode | null;
}

/** The signed payload of a callback, for whoever may read it. */
export interface PayloadView {
  readonly deliveryId: string;
  readonly token: string;
}

/** A place in a list: lists are ordered by time and, within one moment, by id. */
export interface ListKey {
  readonly at: Date;
  readonly id: string;
}

export interface PageRequest {
  /** Only what follows this place in the order of the list. */
  readonly after: ListKey | null;
  readonly limit: number;
}

export interface PaymentFilter {
  readonly statuses?: readonly PaymentStatus[];
  readonly orderId?: string;
  readonly search?: PaymentSearch;
}

/** What somebody who looks for a payment knows of it. Every part narrows the list, and none widens what the viewer may see. */
export interface PaymentSearch {
  readonly amount?: Money;
  /** The last four characters of the payer's or receiver's account, or of the phone number that was paid to. */
  readonly tail?: string;
  /** Either side. */
  readonly bankGuid?: string;
  readonly merchantUid?: string;
  /** When the hub took it: from this moment … */
  readonly from?: Date;
  /** … to before this one. */
  readonly until?: Date;
}

/** What a receiver still has to answer. */
export interface OpenDeliveries {
  readonly receiver: Receiver;
  /** Those whose first try did not end it, and that will be tried again. */
  readonly retrying: number;
  /** Those that wait for a person. */
  readonly parked: number;
  /** When the oldest of them was planned. */
  readonly oldestAt: Date;
}

/** Reads for people and other programs. Every read is limited to what its viewer may see; the rest is as if it did not exist. */
export interface PaymentReads {
  payment(o: { guid: string; viewer: Viewer }): Promise<PaymentView | null>;
  paymentsByGuid(o: { guids: readonly string[]; viewer: Viewer }): Promise<readonly PaymentView[]>;
  /** Newest first. */
  payments(o: { viewer: Viewer; filter: PaymentFilter; page: PageRequest }): Promise<readonly PaymentView[]>;
  /** All payments of some orders, the one that holds its order before the rejected ones, then the newest; after them the returns. */
  paymentsOfOrders(o: { orderIds: readonly string[]; viewer: Viewer }): Promise<readonly PaymentView[]>;
  deliveriesOfPayments(guids: readonly string[]): Promise<readonly DeliveryView[]>;
  delivery(id: string): Promise<DeliveryView | null>;
  /** Newest first. For operations. */
  deliveries(o: { state: DeliveryState; page: PageRequest }): Promise<readonly DeliveryView[]>;
  messagesOfPayments(guids: readonly string[]): Promise<readonly MessageView[]>;
  /** Of the callbacks of payments. One whose retention is over has none. */
  payloadsOfDeliveries(ids: readonly string[]): Promise<readonly PayloadView[]>;
  /** Of every receiver that has some. For operations. */
  openDeliveries(): Promise<readonly OpenDeliveries[]>;
  attemptsOfDeliveries(ids: readonly string[]): Promise<readonly (AttemptView & { readonly deliveryId: string })[]>;
}
