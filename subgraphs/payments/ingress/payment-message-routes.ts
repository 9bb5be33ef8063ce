import { wireNumberFromMinor } from '../../../kernel/core/money.ts';
import { isUuid } from '../../../kernel/core/ids.ts';
import type { BankRequest, EdgeRoutes } from '../../../kernel/runtime/edge-request.ts';
import { type HttpResponse, type HttpRoute, jsonResponse } from '../../../kernel/runtime/service-host.ts';
import { errorBody, p2pErrorBody } from '../../../protocol/errors.ts';
import type { PaymentMessageEndpoint } from '../../../protocol/payment-message.ts';
import type { PaymentStatus } from '../../../schema/events/payments.ts';
import type { AcceptMessage } from '../app/accept-message.ts';
import type { MessageRefusal } from '../app/admission.ts';
import type { PaymentReads, PaymentView } from '../app/payment-reads.ts';
import type { Clock, PayloadSigner } from '../app/ports.ts';

export interface PaymentMessageRoutesOptions {
  readonly routes: EdgeRoutes;
  readonly acceptMessage: AcceptMessage;
  readonly reads: PaymentReads;
  readonly answers: P2pAnswerTools;
}

/** What signs the answers of guide 8.3, which are JWTs. */
export interface P2pAnswerTools {
  readonly issuer: string;
  readonly signer: PayloadSigner;
  readonly clock: Clock;
}

/** What the edge asks of payments: take a message, say what became of one. */
export function paymentMessageRoutes(o: PaymentMessageRoutesOptions): HttpRoute[] {
  return [
    o.routes.ofBank('payment-message', async (request) => {
      const accepted = await accept(o, 'e-commerce', request);
      if (!accepted) return NOT_A_MESSAGE;
      return accepted.ok ? jsonResponse(200, accepted.value) : refused(errorBody, accepted.failure);
    }),
    o.routes.ofBank('payment-message-status', async (request) => {
      const payment = await ownPayment(o.reads, request);
      return payment ? jsonResponse(200, statusBody(payment)) : refused(errorBody, { code: 'NOT_FOUND' });
    }),
    o.routes.ofBank('p2p-payment-message', async (request) => {
      const accepted = await accept(o, 'p2p', request);
      if (!accepted) return NOT_A_MESSAGE;
      if (!accepted.ok) return refused(p2pErrorBody, accepted.failure);
      // Nobody reads the answer to a promised message, and the bank that waits for its own reads it in the guide's form.
      const jwt = request.envelope.mode === 'answer' ? await signed(o.answers, request.bankGuid, accepted.value) : undefined;
      return jsonResponse(200, { ...accepted.value, jwt });
    }),
    o.routes.ofBank('p2p-payment-message-status', async (request) => {
      const payment = await ownPayment(o.reads, request);
      if (payment?.pmType !== 'p2p') return refused(p2pErrorBody, { code: 'PAYMENT_MESSAGE_NOT_FOUND' });
      const body = await signed(o.answers, request.bankGuid, statusBody(payment));
      return { status: 200, headers: { 'content-type': 'application/jwt' }, body };
    }),
  ];
}

const NOT_A_MESSAGE = jsonResponse(401, { error: 'not a message of the edge', code: 'ENVELOPE_MISMATCH' });

async function accept(
  o: PaymentMessageRoutesOptions,
  endpoint: PaymentMessageEndpoint,
  { envelope, bankGuid, body }: BankRequest,
): Promise<Awaited<ReturnType<AcceptMessage>> | null> {
  if (envelope.mode === 'through' || envelope.paymentGuid === null) return null;
  return await o.acceptMessage({
    endpoint,
    body,
    bodySha256: envelope.bodySha256,
    senderGuid: bankGuid,
    receivedAt: new Date(envelope.receivedAt),
    mode: envelope.mode,
    guid: envelope.paymentGuid,
  });
}

function signed({ issuer, signer, clock }: P2pAnswerTools, audience: string, members: object): Promise<string> {
  const iat = Math.floor(clock.now().getTime() / 1000);
  return signer.sign(JSON.stringify({ iss: issuer, aud: audience, iat, ...members }));
}

/** Refusals that name an existing payment do so under the guide's name. */
function refused(shape: typeof errorBody | typeof p2pErrorBody, { code, existingGuid }: MessageRefusal): HttpResponse {
  const { status, body } = shape(code, existingGuid === undefined ? {} : { payment_message_guid: existingGuid });
  return jsonResponse(status, body);
}

/** A payment of another bank is answered like one that does not exist. */
async function ownPayment(reads: PaymentReads, { bankGuid, parameter }: BankRequest): Promise<PaymentView | null> {
  const guid = parameter('paymentGuid');
  const payment = isUuid(guid) ? await reads.payment({ guid, viewer: { kind: 'bank', id: bankGuid } }) : null;
  return payment?.initiatorBankGuid === bankGuid ? payment : null;
}

const WIRE_STATUS: Record<PaymentStatus, string> = { PENDING: 'Pending', SUCCESS: 'Success', REJECT: 'Reject' };

function statusBody(payment: PaymentView) {
  return {
    guid: payment.guid,
    status: WIRE_STATUS[payment.status],
    reason: payment.reason ?? '',
    order_id: payment.orderId ?? '',
    amount: wireNumberFromMinor(payment.amount.minor),
    currency: payment.amount.currency,
    created_at: payment.createdAt.toISOString(),
    updated_at: payment.updatedAt.toISOString(),
  };
}
