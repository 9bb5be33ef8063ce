import { isUuid } from '../../../kernel/core/ids.ts';
import { wireNumberFromMinor } from '../../../kernel/core/money.ts';
import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import type { ErrorCode } from '../../../protocol/errors.ts';
import { paymentGuid } from '../../../protocol/payment-guid.ts';
import { readPaymentMessage, type PaymentMessage } from '../../../protocol/payment-message.ts';
import { readBodyToken } from '../../../protocol/token.ts';
import { INGRESS_PARAMETERS } from '../../../schema/edge-envelope.ts';
import { refusal, toResponse } from '../answer.ts';
import { authenticate, verifySigner, type Sender } from '../authenticate.ts';
import { throughRequest, type EdgeContext } from '../edge-context.ts';
import type { NewMessage } from '../inbox/inbox-store.ts';
import type { Incoming } from '../incoming.ts';
import type { PathParameters } from './endpoint.ts';

/** `POST /api/v1/counterparty/{bank}/payment-message`: 200 or 202 `{guid}`, or a refusal. */
export async function postPaymentMessage(incoming: Incoming, { bank }: PathParameters, edge: EdgeContext): Promise<Response> {
  const sender = await authenticate(incoming, edge, { bankGuid: bank ?? '', body: 'signed' });
  if (!sender.ok) return toResponse(refusal(sender.failure.code));
  const limited = edge.proven(sender.value);
  if (limited) return toResponse(limited);
  const { token } = sender.value;
  const message = await readMessage(incoming, sender.value, edge);
  if (!message.ok) {
    const answer = refusal(message.failure.code);
    return edge.answerFrom(sender.value, token.jti, (inbox, place) => inbox.answered(place, token, answer));
  }
  const newMessage = await toNewMessage(incoming, sender.value, message.value);
  return edge.answerFrom(sender.value, newMessage.guid, (inbox, place) => inbox.message(place, newMessage));
}

/** `GET /api/v1/counterparty/{bank}/payment-message/{guid}`: own messages only; Pending from the edge while the core may not know it. */
export async function getPaymentMessage(incoming: Incoming, { bank, guid = '' }: PathParameters, edge: EdgeContext): Promise<Response> {
  const sender = await authenticate(incoming, edge, { bankGuid: bank ?? '', body: 'none' });
  if (!sender.ok) return toResponse(refusal(sender.failure.code));
  const limited = edge.proven(sender.value);
  if (limited) return toResponse(limited);
  const { token } = sender.value;
  if (!isUuid(guid)) return edge.answerFrom(sender.value, token.jti, (inbox, place) => inbox.answered(place, token, refusal('NOT_FOUND')));
  const core = throughRequest(incoming, 'payment-message-status', {
    sender: sender.value,
    query: { [INGRESS_PARAMETERS.paymentGuid]: guid },
  });
  return edge.answerFrom(sender.value, token.jti, (inbox, place) => inbox.messageStatus(place, guid, { token, core }));
}

/** The payload token must be signed by the sender as well, and be a payment message in form: only such a message can be promised. */
async function readMessage(
  incoming: Incoming,
  sender: Sender,
  edge: EdgeContext,
): Promise<Result<PaymentMessage, { readonly code: ErrorCode }>> {
  const token = readBodyToken(incoming.body);
  if (!token.ok) return token;
  const signer = await verifySigner(token.value, incoming.receivedAt, edge.directory, { bankGuid: sender.participant.id });
  if (!signer.ok) return fail(signer.failure);
  const message = readPaymentMessage(token.value, { endpoint: 'e-commerce', now: incoming.receivedAt });
  return message.ok ? ok(message.value) : fail(message.failure);
}

async function toNewMessage(incoming: Incoming, sender: Sender, message: PaymentMessage): Promise<NewMessage> {
  const guid = await paymentGuid(sender.participant.id, message.jti);
  const { facts } = throughRequest(incoming, 'payment-message', { sender, query: {} });
  return {
    guid,
    token: sender.token,
    facts: { ...facts, eventId: guid, paymentGuid: guid },
    pending: { orderId: message.orderId, amount: wireNumberFromMinor(message.money.minor), currency: message.money.currency },
    contentType: incoming.contentType ?? 'application/json',
    raw: incoming.body,
  };
}
