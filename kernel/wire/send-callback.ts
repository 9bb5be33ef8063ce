import { createHash } from 'node:crypto';

import { HEADER_TOKEN_NAME, headerTokenClaims } from '../../protocol/header-token.ts';
import { TRY_TIMEOUT_MS } from '../../protocol/retry.ts';
import type { Clock } from '../runtime/clock.ts';
import type { HttpCallFailure } from '../runtime/http-call.ts';
import type { IdSource } from '../runtime/id-source.ts';
import type { OutboundClient } from '../runtime/outbound.ts';
import type { TokenSigner } from '../runtime/signing.ts';

export interface SendingParts {
  readonly outbound: OutboundClient;
  readonly signer: TokenSigner;
  readonly clock: Clock;
  readonly ids: IdSource;
}

/** What one try came to. `NO_ADDRESS`: the receiver has no route for it (any more), which counts as silence. */
export interface CallbackAnswer {
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly status: number | null;
  readonly error: HttpCallFailure | 'NO_ADDRESS' | null;
  /** Hash of the answer's body, which the hub keeps to compare with what the receiver says later. */
  readonly answerSha256: string | null;
  readonly retryAfterSeconds: number | undefined;
}

/** Sends one callback once: its stored body under a header token that is new and bound to this one request. */
export async function sendCallback(
  parts: SendingParts,
  callback: { readonly url: string | null; readonly receiverId: string; readonly body: string },
): Promise<CallbackAnswer> {
  const startedAt = parts.clock.now();
  const url = callback.url === null ? null : URL.parse(callback.url);
  if (!url) return { startedAt, durationMs: 0, status: null, error: 'NO_ADDRESS', answerSha256: null, retryAfterSeconds: undefined };
  const answer = await parts.outbound.post({
    url: url.href,
    headers: callbackHeaders(await signedForOneRequest(parts, { ...callback, url, issuedAt: startedAt })),
    body: callback.body,
    timeoutMs: TRY_TIMEOUT_MS,
  });
  const durationMs = Math.round(answer.durationMs);
  if (answer.kind === 'failed') {
    return { startedAt, durationMs, status: null, error: answer.reason, answerSha256: null, retryAfterSeconds: undefined };
  }
  const retryAfterSeconds = secondsOf(answer.headers['retry-after']);
  return { startedAt, durationMs, status: answer.status, error: null, answerSha256: answer.bodySha256, retryAfterSeconds };
}

/** A header token that belongs to this one callback: its receiver, address and body. */
export function signedForOneRequest(
  { ids, signer }: Pick<SendingParts, 'ids' | 'signer'>,
  o: { readonly url: URL; readonly receiverId: string; readonly body: string; readonly issuedAt: Date },
): Promise<string> {
  const { url, receiverId: audience, body, issuedAt: now } = o;
  const bodySha256 = createHash('sha256').update(body).digest('base64url');
  const binding = { audience, method: 'POST', path: `${url.pathname}${url.search}`, bodySha256 };
  return signer.sign(JSON.stringify(headerTokenClaims({ jti: ids.next(), now, binding })));
}

export function callbackHeaders(token: string): Record<string, string> {
  return { 'content-type': 'application/json', [HEADER_TOKEN_NAME]: token };
}

/** Seconds only: the form with a date would let the receiver's clock decide. */
function secondsOf(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,6}$/.test(header.trim()) ? Number(header) : undefined;
}
