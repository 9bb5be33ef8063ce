import { INGRESS_PARAMETERS } from '../../../schema/edge-envelope.ts';
import {
  PAGE_TOKEN_AFTER_EXPIRY_MS,
  PAGE_TOKEN_AUDIENCE,
  type PageGrant,
  pageGrantSchema,
  type PageToken,
} from '../../../schema/page-token.ts';
import { coreAway, jsonAnswer, refusal, toResponse } from '../answer.ts';
import { throughRequest, type EdgeContext } from '../edge-context.ts';
import { THROUGH_ANSWER_MS } from '../inbox/inbox.ts';
import type { Incoming } from '../incoming.ts';
import type { PathParameters } from './endpoint.ts';

/**
 * `GET /pay/{orderId}/token`: the credential with which the payment page watches its order through the gateway. Whoever has the page's
 * address may have it, because the page shows the same; it says nothing of account or payer, and ends with the page.
 */
export async function getPageToken(incoming: Incoming, { orderId = '' }: PathParameters, edge: EdgeContext): Promise<Response> {
  const request = throughRequest(incoming, 'page-grant', { sender: null, query: { [INGRESS_PARAMETERS.orderId]: orderId } });
  const answer = await edge.core.send(request, { mode: 'through', timeoutMs: THROUGH_ANSWER_MS });
  if (answer.kind === 'none' || (answer.status !== 200 && answer.status !== 404)) return toResponse(coreAway());
  if (answer.status === 404) return toResponse(refusal('NOT_FOUND'));
  const signed = await signedPageToken(pageGrantSchema.parse(JSON.parse(answer.body)), incoming.receivedAt, edge);
  return toResponse(signed ? jsonAnswer(200, signed) : refusal('PAGE_ENDED'));
}

/** The token for the page of an order, and when it ends; null when the page has ended. */
export async function signedPageToken(
  { orderId, merchantUid, expiresAt }: PageGrant,
  at: Date,
  edge: Pick<EdgeContext, 'signPageToken'>,
): Promise<{ readonly token: string; readonly expiresAt: string } | null> {
  const endsAt = Date.parse(expiresAt) + PAGE_TOKEN_AFTER_EXPIRY_MS;
  if (endsAt <= at.getTime()) return null;
  const [iat, exp] = [Math.floor(at.getTime() / 1000), Math.floor(endsAt / 1000)];
  const claims: PageToken = { aud: PAGE_TOKEN_AUDIENCE, orderId, merchantUid, iat, exp };
  return { token: await edge.signPageToken(claims), expiresAt: new Date(exp * 1000).toISOString() };
}
