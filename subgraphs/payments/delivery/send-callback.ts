import { createHash } from 'node:crypto';

import type { OutboundClient } from '../../../kernel/runtime/outbound.ts';
import { HEADER_TOKEN_NAME, headerTokenClaims } from '../../../protocol/header-token.ts';
import { classifyAnswer, TRY_TIMEOUT_MS } from '../../../protocol/retry.ts';
import type { Clock, Ids, PayloadSigner } from '../app/ports.ts';
import type { Answer } from '../domain/delivery.ts';

export interface SendCallbackDeps {
  readonly outbound: OutboundClient;
  readonly signer: PayloadSigner;
  readonly clock: Clock;
  readonly ids: Ids;
  /** How long a try may take; the guide's unless a test is in a hurry. */
  readonly tryTimeoutMs?: number;
}

export interface Callback {
  readonly url: string | null;
  /** Guid of the bank or uid of the merchant. */
  readonly receiverId: string;
  /** The signed payload, the same at every try. */
  readonly payloadToken: string;
}

/** What came of one try. */
export interface CallbackAnswer {
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly answer: Answer;
  readonly status: number | null;
  readonly error: string | null;
  /** Hash of the answer's body, which the hub keeps to compare with what the receiver says later. */
  readonly answerSha256: string | null;
  /** Where it was sent; null where there was no address. */
  readonly address: string | null;
  /** How the answer's body begins, fit to be kept and shown; null when it was empty. */
  readonly answerText: string | null;
  /** What the receiver asked for with `Retry-After`. */
  readonly retryAfterSeconds: number | undefined;
}

/** Sends one callback once: the stored payload, under a header token that is new and bound to this one request. */
export async function sendCallback(deps: SendCallbackDeps, callback: Callback): Promise<CallbackAnswer> {
  const startedAt = deps.clock.now();
  const url = callback.url === null ? null : URL.parse(callback.url);
  if (!url) return unanswered({ startedAt, durationMs: 0, address: null, error: 'NO_ADDRESS' });
  const body = `{"jwt":"${callback.payloadToken}"}`;
  const claims = headerTokenClaims({
    jti: deps.ids.next(),
    now: startedAt,
    binding: {
      audience: callback.receiverId,
      method: 'POST',
      path: `${url.pathname}${url.search}`,
      bodySha256: createHash('sha256').update(body).digest('base64url'),
    },
  });
  const headerToken = await deps.signer.sign(JSON.stringify(claims));
  const got = await deps.outbound.post({
    url: url.href,
    headers: { 'content-type': 'application/json', [HEADER_TOKEN_NAME]: headerToken },
    body,
    timeoutMs: deps.tryTimeoutMs ?? TRY_TIMEOUT_MS,
  });
  const address = url.href;
  if (got.kind === 'failed') return unanswered({ startedAt, durationMs: got.durationMs, address, error: got.reason });
  return {
    startedAt,
    durationMs: Math.round(got.durationMs),
    answer: classifyAnswer(got.status),
    status: got.status,
    error: null,
    answerSha256: got.bodySha256,
    address,
    answerText: keptAnswer(got.body),
    retryAfterSeconds: retryAfterOf(got.headers['retry-after']),
  };
}

/** Characters of an answer that are kept. */
const ANSWER_KEPT_MAX = 1024;
/** Controls, which Postgres (U+0000) or a terminal would take for more than text; white space is text. */
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g; // oxlint-disable-line no-control-regex -- these are what must go

/** What a receiver answered is anybody's text: it is cut, and what is no text in it becomes U+FFFD. The hash tells the whole. */
export function keptAnswer(body: string): string | null {
  return body === '' ? null : body.slice(0, ANSWER_KEPT_MAX).toWellFormed().replace(CONTROLS, '\u{fffd}');
}

function unanswered(o: Pick<CallbackAnswer, 'startedAt' | 'durationMs' | 'address'> & { readonly error: string }): CallbackAnswer {
  return {
    ...o,
    durationMs: Math.round(o.durationMs),
    answer: 'unclear',
    status: null,
    answerSha256: null,
    answerText: null,
    retryAfterSeconds: undefined,
  };
}

/** Seconds only: the form with a date would let the receiver's clock decide. */
function retryAfterOf(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,6}$/.test(header.trim()) ? Number(header) : undefined;
}
