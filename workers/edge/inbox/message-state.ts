import { type ErrorCode, isErrorCode } from '../../../protocol/errors.ts';
import { classifyAnswer } from '../../../protocol/retry.ts';
import type { CoreAnswer } from '../core-answer.ts';

/**
 * The life of a payment message in the inbox of the edge.
 * WAITING: the bank waits for the core's answer. PROMISED: it has its 202, and the core must still be told. PARKED: the core would not
 * take a promised message, which it never should; a person decides. REFUSING: a person refused it, and the core must still be told.
 * DISMISSED: the core cannot record that either, so the edge answers for it. A refused message gives way to the next with the same
 * payload jti.
 */
export const TRANSITIONS = {
  WAITING: ['ACCEPTED', 'REFUSED', 'PROMISED'],
  ACCEPTED: [],
  REFUSED: ['WAITING'],
  PROMISED: ['DONE', 'PARKED'],
  DONE: [],
  PARKED: ['PROMISED', 'REFUSING'],
  REFUSING: ['DONE', 'DISMISSED'],
  DISMISSED: [],
} as const satisfies Record<string, readonly string[]>;
export type MessageState = keyof typeof TRANSITIONS;

/** Refusals of a promised message before it is parked. */
export const REFUSALS_MAX = 5;
/** How often in a row the core may take others and give no clear answer to a promised message, before that is parked. About ten minutes. */
export const PASSED_OVER_MAX = 40;

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

/** A member of an answer of the core; undefined where there is none. */
export function memberOf(body: string, name: 'code' | 'guid' | 'jwt'): unknown {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, name) : undefined;
  } catch {
    return undefined; // Not JSON, so not an answer of ours.
  }
}

export interface PromisedProgress {
  readonly guid: string;
  /** REFUSING is told like a promise; only what its end means differs. */
  readonly state: 'PROMISED' | 'REFUSING';
  readonly tries: number;
  readonly refusals: number;
  /** Tries in a row without a clear answer, of those between which the core took another message. */
  readonly passedOver: number;
  /** When it was last tried by itself, in milliseconds since 1970. */
  readonly triedAt: number | null;
}

export type PromisedStep =
  | { readonly state: 'DONE' | 'DISMISSED' }
  | { readonly state: 'PARKED'; readonly reason: string }
  | ({ readonly state: 'WAITS'; readonly due: number } & Omit<PromisedProgress, 'guid' | 'state'>);

/**
 * What becomes of a promised message after one more send. `now` and `due` are milliseconds since 1970. `tookOthersAt` is when the core
 * last took another message: one on which the core fails again and again while it takes the neighbours is poison, and while it takes
 * nobody it is only away.
 */
export function afterPromisedSend(
  progress: PromisedProgress,
  answer: CoreAnswer,
  o: { readonly now: number; readonly tookOthersAt: number | null },
): PromisedStep {
  const verdict = verdictOf(answer, progress.guid);
  if (verdict.kind === 'accepted') return { state: 'DONE' };
  const isUnclear = verdict.kind === 'unclear';
  const tries = progress.tries + 1;
  const refusals = progress.refusals + (isUnclear ? 0 : 1);
  const passedOver = isUnclear ? progress.passedOver + (wasPassedOver(progress, o.tookOthersAt) ? 1 : 0) : 0;
  const waits = { state: 'WAITS', tries, refusals, passedOver, triedAt: o.now, due: o.now + backoff(tries) } as const;
  if (progress.state === 'REFUSING') return isUnclear && passedOver < PASSED_OVER_MAX ? waits : { state: 'DISMISSED' };
  if (refusals >= REFUSALS_MAX) return { state: 'PARKED', reason: said(answer) };
  if (passedOver >= PASSED_OVER_MAX) return { state: 'PARKED', reason: `${said(answer)}, and took others ${passedOver} times meanwhile` };
  return waits;
}

function wasPassedOver({ triedAt }: PromisedProgress, tookOthersAt: number | null): boolean {
  return triedAt !== null && tookOthersAt !== null && tookOthersAt > triedAt;
}

/** An answer in words for operations, without anything that it quotes. */
function said(answer: CoreAnswer): string {
  if (answer.kind === 'none') return 'the core gave no answer';
  return `the core answered ${answer.status} ${codeOf(answer.body) ?? ''}`.trim();
}

/** Milliseconds until the next try, doubling up to a cap. */
export function backoff(tries: number): number {
  return Math.min(BACKOFF_FIRST_MS * 2 ** Math.max(0, Math.min(tries - 1, 10)), BACKOFF_MAX_MS);
}

/**
 * What a message does when the inbox has already seen its payment guid under another header token.
 * wait: the first has no outcome yet, and two forwards must not race. duplicate: the payload jti is spent. refused: operations refused it.
 * take: nothing holds it.
 */
export function besideSameGuid(
  state: MessageState | undefined,
  o: { readonly refusedByOperations: boolean },
): 'wait' | 'duplicate' | 'refused' | 'take' {
  switch (state) {
    case undefined:
    case 'REFUSED':
      return 'take';
    case 'WAITING':
      return 'wait';
    case 'REFUSING':
    case 'DISMISSED':
      return 'refused';
    case 'DONE':
      return o.refusedByOperations ? 'refused' : 'duplicate';
    case 'ACCEPTED':
    case 'PROMISED':
    case 'PARKED':
      return 'duplicate';
    default:
      return state satisfies never;
  }
}

/** What becomes of a decision of operations. known: exactly this was done before. */
export type OperationOutcome = 'applied' | 'known' | 'not-parked' | 'not-found';

/**
 * Whether a decision may be applied to a message in this state. `sameOperation`: it is the one that was applied last. `sameParking`: it
 * was made about this very parking, and not about one before.
 */
export function operationOn(
  state: MessageState | undefined,
  o: { readonly sameOperation: boolean; readonly sameParking: boolean },
): OperationOutcome {
  if (state === undefined) return 'not-found';
  if (o.sameOperation) return 'known';
  return state === 'PARKED' && o.sameParking ? 'applied' : 'not-parked';
}
