import type { Money } from '../../../kernel/core/money.ts';
import type { Result } from '../../../kernel/core/result.ts';
import type { Instant } from '../../../kernel/core/time.ts';
import type { NewCallback } from '../../../kernel/wire/callback.ts';
import type { Audit } from '../../../schema/audit-entry.ts';
import type { OrderSnapshot } from '../../../schema/commands/orders.ts';
import type { PaymentGuid, PmType } from '../domain/payment.ts';
import type { ReturnRequestStatus, Returnable } from '../domain/returns.ts';
import type { OnceFailureCode, PublishedEvent } from './ports.ts';

/** What a return must know of the payment that it gives back. */
export interface Original {
  readonly guid: PaymentGuid;
  readonly pmType: PmType;
  readonly amount: Money;
  readonly orderId: string | null;
  readonly merchantUid: string | null;
  readonly initiatorBankGuid: string;
  readonly receiverBankGuid: string | null;
  readonly debtorAccount: string;
  readonly creditorAccount: string;
  readonly purpose: string;
  /** The merchant's order that it paid. */
  readonly order: OrderSnapshot | null;
}

/** A payment with the requests to give it back. */
export interface ReturnableRecord {
  readonly original: Original;
  readonly returnable: Returnable;
  /** Counts the published events of the payment. */
  readonly eventVersion: number;
}

/** Who asked, and why: what is kept of a request beside its state. */
export interface NewReturnRequest {
  readonly guid: string;
  readonly reason: string;
  readonly requestedBy: { readonly kind: 'merchant' | 'operations'; readonly id: string };
  readonly callbackId: string;
}

/** One change of a payment's requests, with everything that commits with it. */
export interface ReturnChange {
  readonly before: ReturnableRecord;
  readonly after: Returnable;
  readonly published: readonly PublishedEvent[];
  readonly callbacks: readonly NewCallback[];
  readonly made?: NewReturnRequest;
  readonly at: Instant;
}

export interface ReturnRecord {
  /** Locks the payment's row, which protects all its requests, until the transaction ends. Null: there is no such payment. */
  lock(originalGuid: string): Promise<ReturnableRecord | null>;
  /** Which payment a request wants back; null when there is no such request. */
  originalOf(requestGuid: string): Promise<string | null>;
  save(change: ReturnChange): Promise<void>;
}

/** The request that a return answers. */
export interface AnsweredRequest {
  readonly requestGuid: string;
  readonly originalGuid: string;
}

/** Runs one change once per key, in one transaction with its key and its entry in the audit log. */
export type ReturnOnce = <F>(
  request: { readonly participant: string; readonly mutation: string; readonly key: string; readonly input: unknown },
  work: (record: ReturnRecord, audit: Audit) => Promise<Result<{ readonly requestGuid: string }, F>>,
) => Promise<
  Result<{ readonly value: { readonly requestGuid: string }; readonly replayed: boolean }, F | { readonly code: OnceFailureCode }>
>;

/** A request as it is shown. */
export interface ReturnRequestView {
  readonly guid: string;
  readonly originalGuid: string;
  readonly status: ReturnRequestStatus;
  readonly amount: Money;
  readonly reason: string;
  readonly requestedBy: 'merchant' | 'operations';
  readonly returnGuid: string | null;
  readonly rejectCode: string | null;
  /** The callback that asks the bank. */
  readonly callbackId: string;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

export interface ReturnReads {
  /** Without a lock. Null: there is no such payment. */
  returnable(originalGuid: string): Promise<ReturnableRecord | null>;
  request(guid: string): Promise<ReturnRequestView | null>;
  /** Of each payment, the oldest first. */
  requestsOf(originalGuids: readonly string[]): Promise<readonly ReturnRequestView[]>;
}
