import { isUuid } from '../../../kernel/core/ids.ts';
import { wireNumberFromMinor } from '../../../kernel/core/money.ts';
import { ok, type Result } from '../../../kernel/core/result.ts';
import type { ErrorCode } from '../../../protocol/errors.ts';
import type { BodyKind } from '../../../protocol/header-token.ts';
import { wirePublicKey } from '../../../protocol/jwk-set.ts';
import { p2pBanksAnswer, type ToldBank } from '../../../protocol/p2p/payee-check.ts';
import { creditorLinkedKey, readCreditorLinked } from '../../../protocol/p2p/receiver-search.ts';
import { selectEncryptionKey } from '../../../protocol/participant-key.ts';
import { paymentGuid } from '../../../protocol/payment-guid.ts';
import { readPaymentMessage } from '../../../protocol/payment-message.ts';
import { type ReadToken, readBodyToken } from '../../../protocol/token.ts';
import { INGRESS_PARAMETERS, type IngressOperation } from '../../../schema/edge-envelope.ts';
import { jsonAnswer, p2pRefusal, toResponse, type Answer } from '../answer.ts';
import { authenticate, verifySigner, type Sender } from '../authenticate.ts';
import { throughRequest, type EdgeContext } from '../edge-context.ts';
import type { NewMessage } from '../inbox/inbox-store.ts';
import type { Incoming } from '../incoming.ts';
import { forwardAnonymously } from './anonymous.ts';
import type { PathParameters } from './endpoint.ts';

// Guide 8. The caller is found by the kid of its header token; whatever it sends is a JWT of its own, as plain text or as `{"jwt"}`.

/** `POST /api/v1/p2p/orders`. */
export function postP2pOrder(incoming: Incoming, _path: PathParameters, edge: EdgeContext): Promise<Response> {
  return forwardSigned(incoming, 'p2p-order-create', edge);
}

/** `GET /api/v1/p2p/orders/{guid}`. */
export function getP2pOrder(incoming: Incoming, { guid = '' }: PathParameters, edge: EdgeContext): Promise<Response> {
  return forwardRead(incoming, 'p2p-order', { id: guid, parameter: 'orderId', invalid: 'INVALID_ORDER_GUID' }, edge);
}

/** `POST /api/v1/p2p/pay-requests`. */
export function postPayRequest(incoming: Incoming, _path: PathParameters, edge: EdgeContext): Promise<Response> {
  return forwardSigned(incoming, 'pay-request-create', edge);
}

/** `GET /api/v1/p2p/pay-requests/{guid}`. */
export function getPayRequest(incoming: Incoming, { guid = '' }: PathParameters, edge: EdgeContext): Promise<Response> {
  return forwardRead(incoming, 'pay-request', { id: guid, parameter: 'payRequestGuid', invalid: 'INVALID_PAY_REQUEST_GUID' }, edge);
}

/** `POST /api/v1/p2p/payment-messages`: durable, as the messages of e-commerce. 200 or 202 with a JWT that names the payment. */
export async function postP2pPaymentMessage(incoming: Incoming, _path: PathParameters, edge: EdgeContext): Promise<Response> {
  const sender = await proven(incoming, 'signed', edge);
  if ('response' in sender) return sender.response;
  const token = await signedBody(incoming, sender, edge);
  if (!token.ok) return refuse(sender, token.failure.code, edge);
  const message = readPaymentMessage(token.value, { endpoint: 'p2p', now: incoming.receivedAt });
  if (!message.ok) return refuse(sender, message.failure.code, edge);
  const { jti, orderId, money } = message.value;
  const guid = await paymentGuid(sender.participant.id, jti);
  const pending = { orderId, amount: wireNumberFromMinor(money.minor), currency: money.currency };
  return take(incoming, 'p2p-payment-message', { guid, pending }, sender, edge);
}

/** `GET /api/v1/p2p/payment-messages/{guid}`: own messages only; Pending from the edge while the core may not know it. */
export async function getP2pPaymentMessage(incoming: Incoming, { guid = '' }: PathParameters, edge: EdgeContext): Promise<Response> {
  const sender = await proven(incoming, 'none', edge);
  if ('response' in sender) return sender.response;
  if (!isUuid(guid)) return refuse(sender, 'INVALID_PAYMENT_MESSAGE_GUID', edge);
  const { token } = sender;
  const core = throughRequest(incoming, 'p2p-payment-message-status', { sender, query: { [INGRESS_PARAMETERS.paymentGuid]: guid } });
  return edge.answerFrom(sender, token.jti, (inbox, place) => inbox.messageStatus(place, guid, { token, core }));
}

/** `GET /api/v1/p2p/banks`: the banks that may be asked about a receiver, with the keys that a payer's name is sealed for. The edge knows them itself. */
export async function getP2pBanks(incoming: Incoming, _path: PathParameters, edge: EdgeContext): Promise<Response> {
  const sender = await proven(incoming, 'none', edge);
  if ('response' in sender) return sender.response;
  const { banks } = await edge.directory.current();
  const told = banks.flatMap(({ bic, name, keys, routes }): ToldBank[] => {
    const key = routes.receiverData === null ? undefined : selectEncryptionKey(keys, incoming.receivedAt);
    return key ? [{ bic, name, publicKey: wirePublicKey(key), encryptionProfiles: key.encryptionProfiles }] : [];
  });
  return edge.answerFrom(sender, sender.token.jti, (inbox, place) =>
    inbox.answered(place, sender.token, jsonAnswer(200, p2pBanksAnswer(told))),
  );
}

/** `POST /api/v1/p2p/callbacks`: "Creditor linked", durable. The hub hears a repetition as one, so each request is a message of its own. */
export async function postP2pCallback(incoming: Incoming, _path: PathParameters, edge: EdgeContext): Promise<Response> {
  const sender = await proven(incoming, 'signed', edge);
  if ('response' in sender) return sender.response;
  const token = await signedBody(incoming, sender, edge);
  if (!token.ok) return refuse(sender, token.failure.code, edge);
  const callback = readCreditorLinked(token.value.claims);
  if (!callback.ok) return refuse(sender, callback.failure.code, edge);
  const guid = await paymentGuid(sender.participant.id, creditorLinkedKey(sender.token.jti));
  return take(incoming, 'creditor-linked', { guid, pending: null }, sender, edge);
}

/** `GET /p2p/order.html?id=` (also `order_guid`, as another page of the guide has it): where a link leads. */
export function getP2pPage(incoming: Incoming, _path: PathParameters, edge: EdgeContext): Promise<Response> {
  const { searchParams } = incoming.url;
  const id = searchParams.get('id') ?? searchParams.get('order_guid') ?? '';
  return forwardAnonymously(incoming, 'p2p-page', { [INGRESS_PARAMETERS.orderId]: id }, edge);
}

/** A bank whose token was believed and that is within its limit, or what it is answered. */
async function proven(incoming: Incoming, body: BodyKind, edge: EdgeContext): Promise<Sender | { readonly response: Response }> {
  const sender = await authenticate(incoming, edge, { kinds: ['bank'], body });
  if (!sender.ok) return { response: toResponse(p2pRefusal(sender.failure.code)) };
  const limited = edge.proven(sender.value);
  return limited ? { response: toResponse(limited) } : sender.value;
}

/** The body's own token, which must be signed by the sender as well. */
async function signedBody(
  incoming: Incoming,
  { participant }: Sender,
  edge: EdgeContext,
): Promise<Result<ReadToken, { readonly code: ErrorCode }>> {
  const token = readBodyToken(incoming.body);
  if (!token.ok) return token;
  const signer = await verifySigner(token.value, incoming.receivedAt, edge.directory, { bankGuid: participant.id });
  return signer.ok ? ok(token.value) : signer;
}

function refuse(sender: Sender, code: ErrorCode, edge: EdgeContext): Promise<Response> {
  const answer: Answer = p2pRefusal(code);
  return edge.answerFrom(sender, sender.token.jti, (inbox, place) => inbox.answered(place, sender.token, answer));
}

async function forwardSigned(incoming: Incoming, operation: IngressOperation, edge: EdgeContext): Promise<Response> {
  const sender = await proven(incoming, 'signed', edge);
  if ('response' in sender) return sender.response;
  const token = await signedBody(incoming, sender, edge);
  if (!token.ok) return refuse(sender, token.failure.code, edge);
  const core = throughRequest(incoming, operation, { sender, query: {} });
  return edge.answerFrom(sender, sender.token.jti, (inbox, place) => inbox.through(place, { token: sender.token, core }));
}

async function forwardRead(
  incoming: Incoming,
  operation: IngressOperation,
  asked: { readonly id: string; readonly parameter: 'orderId' | 'payRequestGuid'; readonly invalid: ErrorCode },
  edge: EdgeContext,
): Promise<Response> {
  const sender = await proven(incoming, 'none', edge);
  if ('response' in sender) return sender.response;
  if (!isUuid(asked.id)) return refuse(sender, asked.invalid, edge);
  const core = throughRequest(incoming, operation, { sender, query: { [INGRESS_PARAMETERS[asked.parameter]]: asked.id } });
  return edge.answerFrom(sender, sender.token.jti, (inbox, place) => inbox.through(place, { token: sender.token, core }));
}

function take(
  incoming: Incoming,
  operation: IngressOperation,
  { guid, pending }: Pick<NewMessage, 'guid' | 'pending'>,
  sender: Sender,
  edge: EdgeContext,
): Promise<Response> {
  const { facts } = throughRequest(incoming, operation, { sender, query: {} });
  const message: NewMessage = {
    guid,
    token: sender.token,
    facts: { ...facts, eventId: guid, paymentGuid: guid },
    pending,
    contentType: incoming.contentType ?? 'application/json',
    raw: incoming.body,
  };
  return edge.answerFrom(sender, guid, (inbox, place) => inbox.message(place, message));
}
