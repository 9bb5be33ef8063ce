import { type ErrorCode, isErrorCode } from '../../../protocol/errors.ts';
import { classifyAnswer } from '../../../protocol/retry.ts';
import type { CoreAnswer } from '../core-answer.ts';

/**
 * The life of a payment message in the inbox of the edge.
 * WAITING: the bank waits for the core's answer. PROMISED: it has its 202, and the core must still be told. PARKED: the core would not
 * take a promised message, which it never should; a person decides. A refused message gives way to the next with the same payload jti.
 */
export const TRANSITIONS = {
  WAITING: ['ACCEPTED', 'REFUSED', 'PROMISED'],
  ACCEPTED: [],
  REFUSED: ['WAITING'],
  PROMISED: ['DONE', 'PARKED'],
  DONE: [],
  PARKED: ['PROMISED'],
} as const satisfies Record<string, readonly string[]>;
export type MessageState = keyof typeof TRANSITIONS;

/** Refusals of a promised message before it is parked. */
export const REFUSALS_MAX = 5;

const BACKOFF_FIRST_MS = 500;
const BACKOFF_MAX_MS = 15_000;

/** The core's word on a payment message. A refusal must be in the catalogue's words and a 2xx must name the payment; anything else is no answer. */
export type Verdict = { readonly kind: 'accepted' } | { readonly kind: 'refused'; readonly status: number } | { readonly kind: 'unclear' };

/** What a host of the core says of an address that it does not serve: the request has not come to whoever takes messages. */
const NOT_ABOUT_A_MESSAGE: readonly string[] = ['NOT_FOUND', 'METHOD_NOT_ALLOWED'] satisfies readonly ErrorCode[];

/**
 * What an answer of the core means for the message with this payment guid. A 4xx without a code of the catalogue comes from a wrong
 * address, a key the core does not know, a proxy on the way, and says nothing about the message; so does a 2xx that does not name it.
 */
export function verdictOf(answer: CoreAnswer, guid: string): Verdict {
  if (answer.kind === 'none') return { kind: 'unclear' };
  switch (classifyAnswer(answer.status)) {
    case 'accepted':
      return memberOf(answer.body, 'guid') === guid ? { kind: 'accepted' } : { kind: 'unclear' };
    case 'refused': {
      const code = codeOf(answer.body);
      return code === undefined || NOT_ABOUT_A_MESSAGE.includes(code) ? { kind: 'unclear' } : { kind: 'refused', status: answer.status };
    }
    case 'unclear':
      return { kind: 'unclear' };
  }
}

/** The catalogue's code in an error body, or undefined. */
export function codeOf(body: string): ErrorCode | undefined {
  const code = memberOf(body, 'code');
  return typeof code === 'string' && isErrorCode(code) ? code : undefined;
}

function memberOf(body: string, name: 'code' | 'guid'): unknown {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, name) : undefined;
  } catch {
    return undefined; // Not JSON, so not an answer of ours.
  }
}

export interface PromisedProgress {
  readonly guid: string;
  readonly tries: number;
  readonly refusals: number;
}

export type PromisedStep =
  | { readonly state: 'DONE' }
  | { readonly state: 'PARKED'; readonly reason: string }
  | { readonly state: 'PROMISED'; readonly tries: number; readonly refusals: number; readonly due: number };

/** What becomes of a promised message after one more send. `now` and `due` are milliseconds since 1970. */
export function afterPromisedSend(progress: PromisedProgress, answer: CoreAnswer, now: number): PromisedStep {
  const verdict = verdictOf(answer, progress.guid);
  if (verdict.kind === 'accepted') return { state: 'DONE' };
  const tries = progress.tries + 1;
  const refusals = progress.refusals + (verdict.kind === 'refused' ? 1 : 0);
  if (refusals >= REFUSALS_MAX && answer.kind === 'answered') {
    return { state: 'PARKED', reason: `the core answered ${answer.status} ${codeOf(answer.body) ?? ''}`.trim() };
  }
  return { state: 'PROMISED', tries, refusals, due: now + backoff(tries) };
}

/** Milliseconds until the next try, doubling up to a cap. */
export function backoff(tries: number): number {
  return Math.min(BACKOFF_FIRST_MS * 2 ** Math.max(0, Math.min(tries - 1, 10)), BACKOFF_MAX_MS);
}

/**
 * What a message does when the inbox has already seen its payment guid under another header token.
 * wait: the first has no outcome yet, and two forwards must not race. duplicate: the payload jti is spent. take: nothing holds it.
 */
export function besideSameGuid(state: MessageState | undefined): 'wait' | 'duplicate' | 'take' {
  switch (state) {
    case undefined:
    case 'REFUSED':
      return 'take';
    case 'WAITING':
      return 'wait';
    case 'ACCEPTED':
    case 'PROMISED':
    case 'DONE':
    case 'PARKED':
      return 'duplicate';
    default:
      return state satisfies never;
  }
}
