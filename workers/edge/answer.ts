import { errorBody, type ErrorCode, type ErrorFamily, p2pErrorBody } from '../../protocol/errors.ts';
import type { Rate } from './limits/token-bucket.ts';

/** What the edge says to a caller; plain data, so that it can be stored with a token and given again byte for byte. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** `waitMs`: when the next request can be let in. The caller reads it in whole seconds. */
export interface RateLimitedAnswer extends Answer {
  readonly waitMs: number;
}

/** When a caller who was sent away may come again. Seconds. */
const RETRY_AFTER_SECONDS = 5;

export function jsonAnswer(status: number, body: unknown): Answer {
  return { status, headers: { 'content-type': 'application/json', 'cache-control': 'no-store' }, body: JSON.stringify(body) };
}

/** The catalogue's answer for a code, in the shape of its family. */
export function refusal(code: ErrorCode, extra: Readonly<Record<string, unknown>> = {}, family?: ErrorFamily): Answer {
  const { status, body } = errorBody(code, extra, family);
  return jsonAnswer(status, body);
}

/** The same at the endpoints of guide 8. */
export function p2pRefusal(code: ErrorCode): Answer {
  const { status, body } = p2pErrorBody(code);
  return jsonAnswer(status, body);
}

/** An answer that is a JWT as plain text. */
export function tokenAnswer(status: number, token: string): Answer {
  return { status, headers: { 'content-type': 'application/jwt', 'cache-control': 'no-store' }, body: token };
}

/** The core cannot answer now. Never stored, and neither are the next three: the same request may be sent again and then gets a real answer. */
export function coreAway(): Answer {
  return laterAgain('CORE_AWAY', RETRY_AFTER_SECONDS);
}

/** The core was asked and did not answer in time; what it did is not known. */
export function coreTooSlow(): Answer {
  return laterAgain('CORE_TOO_SLOW', RETRY_AFTER_SECONDS);
}

/** The participant's inbox has no room for more. Nothing was taken. */
export function hubBusy(): Answer {
  return laterAgain('HUB_BUSY', RETRY_AFTER_SECONDS);
}

/**
 * Too many requests (RFC 6585), with when to come again and the limit itself in the header fields of draft-ietf-httpapi-ratelimit-headers.
 * `limit` says whose it is.
 */
export function rateLimited(o: {
  readonly limit: 'address' | 'participant';
  readonly rate: Rate;
  readonly waitMs: number;
}): RateLimitedAnswer {
  const seconds = Math.max(1, Math.ceil(o.waitMs / 1000));
  const answer = laterAgain('RATE_LIMITED', seconds);
  return {
    ...answer,
    waitMs: o.waitMs,
    headers: {
      ...answer.headers,
      'ratelimit-policy': `"${o.limit}";q=${Math.max(1, Math.floor(o.rate.perSecond))};w=1`,
      ratelimit: `"${o.limit}";r=0;t=${seconds}`,
    },
  };
}

export function isRateLimited(answer: Answer): answer is RateLimitedAnswer {
  return 'waitMs' in answer;
}

function laterAgain(code: ErrorCode, seconds: number): Answer {
  const answer = refusal(code);
  return { ...answer, headers: { ...answer.headers, 'retry-after': String(seconds) } };
}

export function toResponse(answer: Answer): Response {
  return new Response(answer.body, { status: answer.status, headers: answer.headers });
}
