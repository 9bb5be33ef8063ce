import { readBodyToken } from '../../../protocol/token.ts';
import type { BodyKind } from '../../../protocol/header-token.ts';
import type { IngressOperation } from '../../../schema/edge-envelope.ts';
import { refusal, toResponse } from '../answer.ts';
import { authenticate, verifySigner } from '../authenticate.ts';
import { throughRequest, type EdgeContext } from '../edge-context.ts';
import type { Incoming } from '../incoming.ts';
import type { PathParameters } from './endpoint.ts';

/** `PUT /api/v1/p2p/alias`, and the guide's `/update_alias_db`: a JWT of the bank, or plain JSON under a header token that binds it. */
export async function putAlias(incoming: Incoming, _path: PathParameters, edge: EdgeContext): Promise<Response> {
  const jwt = readBodyToken(incoming.body);
  if (!jwt.ok) {
    // Without a `jwt` it is plain JSON, which the core reads; with a broken one it is refused for what is wrong with that.
    if (jwt.failure.code !== 'TOKEN_MISSING') return toResponse(refusal(jwt.failure.code));
    return forward(incoming, 'alias-change', 'plain', edge);
  }
  const signer = await verifySigner(jwt.value, incoming.receivedAt, edge.directory, { kinds: ['bank'] });
  if (!signer.ok) return toResponse(refusal(signer.failure.code));
  return forward(incoming, 'alias-change', 'signed', edge, signer.value.participant.id);
}

/** `GET /api/v1/p2p/alias?phone=&account=`. */
export function getAlias(incoming: Incoming, _path: PathParameters, edge: EdgeContext): Promise<Response> {
  return forward(incoming, 'alias-status', 'none', edge);
}

async function forward(
  incoming: Incoming,
  operation: IngressOperation,
  body: BodyKind,
  edge: EdgeContext,
  /** Who signed the body. */
  signerId?: string,
): Promise<Response> {
  const sender = await authenticate(incoming, edge, { kinds: ['bank'], body });
  if (!sender.ok) return toResponse(refusal(sender.failure.code));
  const limited = edge.proven(sender.value);
  if (limited) return toResponse(limited);
  const { token, participant } = sender.value;
  if (signerId !== undefined && signerId !== participant.id) {
    return edge.answerFrom(sender.value, token.jti, (inbox, place) => inbox.answered(place, token, refusal('FOREIGN_PATH')));
  }
  const core = throughRequest(incoming, operation, { sender: sender.value, query: {} });
  return edge.answerFrom(sender.value, token.jti, (inbox, place) => inbox.through(place, { token, core }));
}
