import { isErrorCode } from '../../../protocol/errors.ts';
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

/** The core's word on a message that a bank is waiting for. A refusal must be in the catalogue's words; anything else is no answer. */
export type Verdict = { readonly kind: 'accepted' } | { readonly kind: 'refused'; readonly status: number } | { readonly kind: 'unclear' };

/**
 * What an answer of the core means. Only a refusal with a code of the catalogue is one: a 4xx without it comes from a wrong address,
 * a key the core does not know, a proxy on the way, and says nothing about the message.
 */
export function verdictOf(answer: CoreAnswer): Verdict {
  if (answer.kind === 'none') return { kind: 'unclear' };
  switch (classifyAnswer(answer.status)) {
    case 'accepted':
      return { kind: 'accepted' };
    case 'refused':
      return codeOf(answer.body) === undefined ? { kind: 'unclear' } : { kind: 'refused', status: answer.status };
    case 'unclear':
      return { kind: 'unclear' };
  }
}

/** The catalogue's code in an error body, or undefined. */
export function codeOf(body: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    const code: unknown = typeof parsed === 'object' && parsed !== null && 'code' in parsed ? parsed.code : undefined;
    return typeof code === 'string' && isErrorCode(code) ? code : undefined;
  } catch {
    return undefined; // Not JSON, so not a refusal of ours.
  }
}

export interface PromisedProgress {
  readonly tries: number;
  readonly refusals: number;
}

export type PromisedStep =
  | { readonly state: 'DONE' }
  | { readonly state: 'PARKED'; readonly reason: string }
  | { readonly state: 'PROMISED'; readonly tries: number; readonly refusals: number; readonly due: number };

/** What becomes of a promised message after one more send. `now` and `due` are milliseconds since 1970. */
export function afterPromisedSend(progress: PromisedProgress, answer: CoreAnswer, now: number): PromisedStep {
  const verdict = answer.kind === 'none' ? 'unclear' : classifyAnswer(answer.status);
  if (verdict === 'accepted') return { state: 'DONE' };
  const tries = progress.tries + 1;
  const refusals = progress.refusals + (verdict === 'refused' ? 1 : 0);
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
