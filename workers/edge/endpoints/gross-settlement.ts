import { readBodyToken } from '../../../protocol/token.ts';
import { INGRESS_PARAMETERS, type IngressOperation } from '../../../schema/edge-envelope.ts';
import { refusal, toResponse, type Answer } from '../answer.ts';
import { authenticate, verifySigner } from '../authenticate.ts';
import { throughRequest, type EdgeContext } from '../edge-context.ts';
import { codeOf } from '../inbox/message-state.ts';
import { isXml, type Incoming } from '../incoming.ts';
import type { PathParameters } from './endpoint.ts';

const REGISTER_ID = /^\d{1,20}$/;

/** `GET …/gross-settlement?offset=&limit=&from=&to=&role=`: the bank's registers, newest first. */
export function getRegisters(incoming: Incoming, { bank }: PathParameters, edge: EdgeContext): Promise<Response> {
  return read(incoming, 'register-list', { bankGuid: bank ?? '', register: null }, edge);
}

/** `GET …/gross-settlement/{id}`: one register with its payments. */
export function getRegister(incoming: Incoming, { bank, register }: PathParameters, edge: EdgeContext): Promise<Response> {
  return read(incoming, 'register-by-id', { bankGuid: bank ?? '', register: register ?? '' }, edge);
}

/** `GET …/gross-settlement/{id}/pacs008`: the settlement payment that the bank is to send, as a message of ISO 20022. */
export function getTransfer(incoming: Incoming, { bank, register }: PathParameters, edge: EdgeContext): Promise<Response> {
  return read(incoming, 'register-transfer', { bankGuid: bank ?? '', register: register ?? '' }, edge);
}

/** `POST …/gross-settlement/pay/{id}`: the bank has sent the settlement payment. */
export function postPay(incoming: Incoming, { bank, register }: PathParameters, edge: EdgeContext): Promise<Response> {
  return settle(incoming, 'register-pay', { bankGuid: bank ?? '', register: register ?? '' }, edge);
}

/** `POST …/gross-settlement/pay/{id}/confirm`: the local rails have answered; the body is the guide's, or the rails' own report (pacs.002). */
export function postConfirm(incoming: Incoming, { bank, register }: PathParameters, edge: EdgeContext): Promise<Response> {
  return settle(incoming, 'register-confirm', { bankGuid: bank ?? '', register: register ?? '' }, edge);
}

/** `POST …/gross-settlement/confirm_internal/{id}`: inside one bank, the merchants have their money. */
export function postConfirmInternal(incoming: Incoming, { bank, register }: PathParameters, edge: EdgeContext): Promise<Response> {
  return settle(incoming, 'register-confirm-internal', { bankGuid: bank ?? '', register: register ?? '' }, edge);
}

interface Addressed {
  readonly bankGuid: string;
  /** Null for the list. */
  readonly register: string | null;
}

async function read(
  incoming: Incoming,
  operation: IngressOperation,
  { bankGuid, register }: Addressed,
  edge: EdgeContext,
): Promise<Response> {
  const sender = await authenticate(incoming, edge, { bankGuid, body: 'none' });
  if (!sender.ok) return toResponse(refusal(sender.failure.code));
  const limited = edge.proven(sender.value);
  if (limited) return toResponse(limited);
  const { token } = sender.value;
  if (register !== null && !REGISTER_ID.test(register)) {
    return edge.answerFrom(sender.value, token.jti, (inbox, place) =>
      inbox.answered(place, token, refusal('NOT_FOUND', {}, 'description')),
    );
  }
  const query = register === null ? {} : { [INGRESS_PARAMETERS.registerId]: register };
  const core = throughRequest(incoming, operation, { sender: sender.value, query });
  return edge.answerFrom(sender.value, token.jti, (inbox, place) => inbox.through(place, { token, core }));
}

/**
 * The header token must be bound: which register is meant stands in the path alone, also where the body is a JWT of the bank. Where the core gives no
 * answer the guide has 408, and the same request may be sent again: the core knows a repetition by the id of the settlement payment.
 */
async function settle(
  incoming: Incoming,
  operation: IngressOperation,
  { bankGuid, register }: { readonly bankGuid: string; readonly register: string },
  edge: EdgeContext,
): Promise<Response> {
  const sender = await authenticate(incoming, edge, { bankGuid, body: 'plain' });
  if (!sender.ok) return toResponse(refusal(sender.failure.code));
  const limited = edge.proven(sender.value);
  if (limited) return toResponse(limited);
  const { token } = sender.value;
  const refused = await problemOf(incoming, register, bankGuid, edge);
  if (refused) return edge.answerFrom(sender.value, token.jti, (inbox, place) => inbox.answered(place, token, refused));
  const core = throughRequest(incoming, operation, { sender: sender.value, query: { [INGRESS_PARAMETERS.registerId]: register } });
  return edge.answerFrom(sender.value, token.jti, async (inbox, place) => timedOut(await inbox.through(place, { token, core })));
}

async function problemOf(incoming: Incoming, register: string, bankGuid: string, edge: EdgeContext): Promise<Answer | null> {
  if (!REGISTER_ID.test(register)) return refusal('REGISTER_NOT_FOUND');
  if (isXml(incoming)) return null; // No JWT: the core reads it.
  const jwt = readBodyToken(incoming.body);
  // Without a `jwt` it is plain JSON, or nothing, which the core reads.
  if (!jwt.ok)
    return jwt.failure.code === 'TOKEN_MISSING' || incoming.body.length === 0 ? null : refusal(jwt.failure.code, {}, 'description');
  const signer = await verifySigner(jwt.value, incoming.receivedAt, edge.directory, { bankGuid });
  return signer.ok ? null : refusal(signer.failure.code, {}, 'description');
}

/** Not HUB_BUSY, which is the inbox's own word: nothing was sent then, and Retry-After says when to come again. */
function timedOut(answer: Answer): Answer {
  const code = answer.status > 500 ? codeOf(answer.body) : undefined;
  return code === 'CORE_AWAY' || code === 'CORE_TOO_SLOW' ? refusal('SETTLEMENT_TIMEOUT') : answer;
}
