import { readRequestToken } from '../../../protocol/token.ts';
import { INGRESS_PARAMETERS, type IngressOperation } from '../../../schema/edge-envelope.ts';
import { refusal, toResponse } from '../answer.ts';
import { authenticate, isPresent, verifySigner, type Expected } from '../authenticate.ts';
import { throughRequest, type EdgeContext } from '../edge-context.ts';
import type { Incoming } from '../incoming.ts';
import type { PathParameters } from './endpoint.ts';
import { forwardAnonymously } from './anonymous.ts';

/** `GET /api/v1/merchants/order/nbu/json?id=`: for banks. */
export async function getOrderJson(incoming: Incoming, _path: PathParameters, edge: EdgeContext): Promise<Response> {
  return forwardAuthenticated(incoming, 'order-json', edge, { kinds: ['bank'] });
}

/** `GET /api/v1/merchants/order/status?id=`: for anyone; a merchant who says who it is reads more of its own order. */
export async function getOrderStatus(incoming: Incoming, _path: PathParameters, edge: EdgeContext): Promise<Response> {
  if (isPresent(incoming)) return forwardAuthenticated(incoming, 'order-status', edge, { kinds: ['merchant', 'bank'] });
  return forwardAnonymously(incoming, 'order-status', orderQuery(incoming), edge);
}

/**
 * `POST /api/v1/merchants/order?jwt=[&custom=true]`, or with the JWT in the body, which is preferred. The order's own signature says
 * whose it is; its age is the core's to judge, because an order that the hub knows may be sent again at any time.
 */
export async function postOrder(incoming: Incoming, _path: PathParameters, edge: EdgeContext): Promise<Response> {
  const order = readRequestToken(incoming.body, incoming.url.searchParams.get('jwt'));
  if (!order.ok) return toResponse(refusal(order.failure.code));
  const signer = await verifySigner(order.value, incoming.receivedAt, edge.directory, { kinds: ['merchant'] });
  if (!signer.ok) return toResponse(refusal(signer.failure.code));
  const limited = edge.proven(signer.value);
  if (limited) return toResponse(limited);
  const { participant } = signer.value;
  const foreign = order.value.claims['sub'] !== participant.id ? refusal('INVALID_SUB') : null;
  const custom = incoming.url.searchParams.get('custom');
  const query: Record<string, string> = custom === null ? {} : { [INGRESS_PARAMETERS.custom]: custom };
  if (!isPresent(incoming)) {
    const refused = foreign ?? (await edge.admit(signer.value));
    if (refused) return toResponse(refused);
    return forwardAnonymously(incoming, 'order-create', query, edge, signer.value);
  }
  const sender = await authenticate(incoming, edge, { kinds: ['merchant'], body: 'signed' });
  if (!sender.ok) return toResponse(refusal(sender.failure.code));
  if (sender.value.participant.id !== participant.id) return toResponse(refusal('FOREIGN_PATH'));
  const { token } = sender.value;
  if (foreign) return edge.answerFrom(signer.value, token.jti, (inbox, place) => inbox.answered(place, token, foreign));
  const core = throughRequest(incoming, 'order-create', { sender: { ...signer.value, token }, query });
  return edge.answerFrom(signer.value, token.jti, (inbox, place) => inbox.through(place, { token, core }));
}

/** `GET /pay/{orderId}/qr.svg` and `qr.png`. */
export function getOrderQr(incoming: Incoming, { orderId = '', format = '' }: PathParameters, edge: EdgeContext): Promise<Response> {
  return forwardAnonymously(incoming, 'order-qr', { [INGRESS_PARAMETERS.orderId]: orderId, [INGRESS_PARAMETERS.format]: format }, edge);
}

async function forwardAuthenticated(
  incoming: Incoming,
  operation: IngressOperation,
  edge: EdgeContext,
  expected: Expected,
): Promise<Response> {
  const sender = await authenticate(incoming, edge, { ...expected, body: 'none' });
  if (!sender.ok) return toResponse(refusal(sender.failure.code));
  const limited = edge.proven(sender.value);
  if (limited) return toResponse(limited);
  const core = throughRequest(incoming, operation, { sender: sender.value, query: orderQuery(incoming) });
  const { token } = sender.value;
  return edge.answerFrom(sender.value, token.jti, (inbox, place) => inbox.through(place, { token, core }));
}

function orderQuery(incoming: Incoming): Record<string, string> {
  return { [INGRESS_PARAMETERS.orderId]: incoming.url.searchParams.get('id') ?? '' };
}
