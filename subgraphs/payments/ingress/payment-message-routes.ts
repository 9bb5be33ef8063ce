import { wireNumberFromMinor } from '../../../kernel/core/money.ts';
import { isUuid } from '../../../kernel/core/ids.ts';
import type { DirectoryHolder } from '../../../kernel/runtime/directory.ts';
import type { BankRequest, EdgeRoutes } from '../../../kernel/runtime/edge-request.ts';
import { type HttpResponse, type HttpRoute, jsonResponse } from '../../../kernel/runtime/service-host.ts';
import { errorBody } from '../../../protocol/errors.ts';
import type { PaymentStatus } from '../../../schema/events/payments.ts';
import type { AcceptMessage } from '../app/accept-message.ts';
import type { MessageRefusal } from '../app/admission.ts';
import type { PaymentReads, PaymentView } from '../app/payment-reads.ts';

/** What the edge asks of payments: take a message, say what became of one. */
export function paymentMessageRoutes(o: {
  routes: EdgeRoutes;
  directory: Pick<DirectoryHolder, 'version' | 'refresh'>;
  acceptMessage: AcceptMessage;
  reads: PaymentReads;
}): HttpRoute[] {
  return [
    o.routes.ofBank('payment-message', async (request) => {
      const { envelope, bankGuid, body } = request;
      if (envelope.mode === 'through' || envelope.paymentGuid === null)
        return jsonResponse(401, { error: 'not a message of the edge', code: 'ENVELOPE_MISMATCH' });
      await catchUp(o.directory, envelope.directoryVersion);
      const accepted = await o.acceptMessage({
        endpoint: 'e-commerce',
        body,
        bodySha256: envelope.bodySha256,
        senderGuid: bankGuid,
        receivedAt: new Date(envelope.receivedAt),
        mode: envelope.mode,
        guid: envelope.paymentGuid,
      });
      return accepted.ok ? jsonResponse(200, { guid: accepted.value.guid }) : refused(accepted.failure);
    }),
    o.routes.ofBank('payment-message-status', async (request) => await status(o.reads, request)),
  ];
}

/** A pull that was under way already may have read before the news. */
const LOOKS_MAX = 2;

/**
 * The edge believed a newer directory than ours: one look at participants, because a key that we do not know yet is no wrong key. Throws
 * when participants is away, and the edge sends again. What is the newest that participants has will do, also after a restore.
 */
async function catchUp(directory: Pick<DirectoryHolder, 'version' | 'refresh'>, version: number): Promise<void> {
  for (let look = 1; look <= LOOKS_MAX && directory.version < version; look++) await directory.refresh();
}

/** Refusals that name an existing payment do so under the guide's name. */
function refused({ code, existingGuid }: MessageRefusal): HttpResponse {
  const { status: httpStatus, body } = errorBody(code, existingGuid === undefined ? {} : { payment_message_guid: existingGuid });
  return jsonResponse(httpStatus, body);
}

/** A payment of another bank is answered like one that does not exist. */
async function status(reads: PaymentReads, { bankGuid, parameter }: BankRequest): Promise<HttpResponse> {
  const guid = parameter('paymentGuid');
  const payment = isUuid(guid) ? await reads.payment({ guid, viewer: { kind: 'bank', id: bankGuid } }) : null;
  if (!payment || payment.initiatorBankGuid !== bankGuid) return refused({ code: 'NOT_FOUND' });
  return jsonResponse(200, statusBody(payment));
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
