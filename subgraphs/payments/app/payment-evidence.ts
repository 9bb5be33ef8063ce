import { isUuid } from '../../../kernel/core/ids.ts';
import { decimalFromMinor } from '../../../kernel/core/money.ts';
import {
  EVIDENCE_FORMAT,
  type EvidenceParts,
  type EvidenceStatement,
  evidenceText,
  partHashes,
} from '../../../protocol/payment-evidence.ts';
import type { Caller } from '../../../schema/caller.ts';
import type { AttemptView, DeliveryView, MessageView, PaymentReads, PaymentView, Viewer } from './payment-reads.ts';
import type { StepTools } from './ports.ts';
import { isParty, mayReadDelivery, mayReadMessage } from './visibility.ts';

/** An event of a payment as the log has it. */
export interface HistoryEvent {
  readonly version: number;
  readonly type: string;
  readonly at: Date;
  readonly hash: Uint8Array;
}

export interface EvidenceDeps {
  readonly reads: PaymentReads;
  /** The events of a payment that the caller may read, oldest first, as far back as the log is kept. */
  readonly history: (caller: Caller, paymentGuid: string) => Promise<readonly HistoryEvent[]>;
  readonly tools: Pick<StepTools, 'participants' | 'signer' | 'clock' | 'issuer'>;
}

export interface GivenEvidence {
  readonly text: string;
  readonly madeAt: Date;
}

/** Gathers what the caller may read of a payment, and signs it. Null when it has no such payment. */
export async function gatherEvidence(
  deps: EvidenceDeps,
  o: { readonly caller: Caller; readonly viewer: Viewer; readonly paymentGuid: string },
): Promise<GivenEvidence | null> {
  const { caller, viewer, paymentGuid: guid } = o;
  const seen = isUuid(guid) ? await deps.reads.payment({ guid, viewer }) : null;
  if (!seen) return null;
  // The payment is read again after its events: what they tell has happened to it.
  const events = await deps.history(caller, guid);
  const [payment, message, deliveries] = await Promise.all([
    deps.reads.payment({ guid, viewer }),
    mayReadMessage(caller, seen) ? deps.reads.messagesOfPayments([guid]) : [],
    deliveriesOf(deps, caller, guid),
  ]);
  if (!payment) throw new Error(`payment ${guid} has left the record`);
  const parts: EvidenceParts = {
    payment: paymentPart(payment, caller),
    message: message[0] ? messagePart(deps, payment, message[0]) : null,
    events: events.map(({ version, type, at, hash }) => ({ version, type, at: at.toISOString(), hash: Buffer.from(hash).toString('hex') })),
    deliveries,
  };
  const madeAt = deps.tools.clock.now();
  const statement = await deps.tools.signer.sign(JSON.stringify(await statementOf(deps, { parts, caller, madeAt })));
  return { text: evidenceText({ format: EVIDENCE_FORMAT, ...parts, statement, ledger: null, register_proof: null }), madeAt };
}

async function statementOf(
  { tools }: EvidenceDeps,
  { parts, caller, madeAt }: { readonly parts: EvidenceParts; readonly caller: Caller; readonly madeAt: Date },
): Promise<EvidenceStatement> {
  return {
    iss: tools.issuer,
    iat: Math.floor(madeAt.getTime() / 1000),
    kind: EVIDENCE_FORMAT,
    payment_message_guid: parts.payment.payment_message_guid,
    given_to: givenTo(caller),
    parts: await partHashes(parts),
  };
}

function givenTo(caller: Caller): EvidenceStatement['given_to'] {
  switch (caller.kind) {
    case 'operations':
      return { kind: 'operations', id: caller.subject };
    case 'bank':
      return { kind: 'bank', id: caller.bankGuid };
    case 'merchant':
      return { kind: 'merchant', id: caller.merchantUid };
    case 'customer':
    case 'anonymous':
      throw new Error(`a payment was given to a caller of the kind ${caller.kind}`);
    default:
      return caller satisfies never;
  }
}

function paymentPart(payment: PaymentView, caller: Caller): EvidenceParts['payment'] {
  const accounts = isParty(caller) ? payment : { debtorAccount: null, creditorAccount: null };
  return {
    payment_message_guid: payment.guid,
    status: payment.status,
    reason_code: payment.reasonCode,
    pm_type: payment.pmType,
    amount: decimalFromMinor(payment.amount.minor),
    currency: payment.amount.currency,
    payment_message_external_id: payment.externalId,
    purpose: payment.purpose,
    order_id: payment.orderId,
    merchant_uid: payment.merchantUid,
    original_payment_message_guid: payment.originalGuid,
    initiator_bank_guid: payment.initiatorBankGuid,
    receiver_bank_guid: payment.receiverBankGuid,
    debtor_account: accounts.debtorAccount,
    creditor_account: accounts.creditorAccount,
    created_at: payment.createdAt.toISOString(),
    updated_at: payment.updatedAt.toISOString(),
    version: payment.eventVersion,
  };
}

function messagePart({ tools }: EvidenceDeps, payment: PaymentView, message: MessageView): EvidenceParts['message'] {
  const { text, sha256, kid, receivedAt, mode } = message;
  return { text, sha256, kid, received_at: receivedAt.toISOString(), mode, sender_key: senderKey(tools, payment.initiatorBankGuid, kid) };
}

function senderKey(
  { participants }: EvidenceDeps['tools'],
  bankGuid: string,
  kid: string,
): NonNullable<EvidenceParts['message']>['sender_key'] {
  const key = participants.bankByGuid(bankGuid)?.keys.find((candidate) => candidate.kid === kid);
  if (!key) return null;
  const { n, e } = key.jwk;
  const { purpose, validFrom, validUntil, revokedFrom } = key;
  return { kid, kty: 'RSA', n, e, purpose, valid_from: validFrom, valid_until: validUntil, revoked_from: revokedFrom };
}

async function deliveriesOf({ reads }: EvidenceDeps, caller: Caller, guid: string): Promise<EvidenceParts['deliveries']> {
  const deliveries = (await reads.deliveriesOfPayments([guid])).filter((delivery) => mayReadDelivery(caller, delivery));
  const ids = deliveries.map(({ id }) => id);
  const [payloads, attempts] = await Promise.all([reads.payloadsOfDeliveries(ids), reads.attemptsOfDeliveries(ids)]);
  return deliveries.map((delivery) =>
    deliveryPart(delivery, {
      token: payloads.find(({ deliveryId }) => deliveryId === delivery.id)?.token ?? null,
      attempts: attempts.filter(({ deliveryId }) => deliveryId === delivery.id),
    }),
  );
}

function deliveryPart(
  delivery: DeliveryView,
  { token, attempts }: { readonly token: string | null; readonly attempts: readonly AttemptView[] },
): EvidenceParts['deliveries'][number] {
  const { id, callbackType, sequence, receiver, state, outcome, outcomeReason } = delivery;
  return {
    callback_guid: id,
    callback_type: callbackType,
    sequence,
    receiver,
    state,
    outcome,
    outcome_reason: outcomeReason,
    token,
    attempts: attempts.map(attemptPart),
  };
}

function attemptPart(attempt: AttemptView): EvidenceParts['deliveries'][number]['attempts'][number] {
  return {
    attempt: attempt.attempt,
    started_at: attempt.startedAt.toISOString(),
    duration_ms: attempt.durationMs,
    address: attempt.address,
    http_status: attempt.status,
    answer: attempt.answer,
    error: attempt.error,
    answer_sha256: attempt.answerSha256,
    answer_text: attempt.answerText,
    stray: attempt.stray,
  };
}
