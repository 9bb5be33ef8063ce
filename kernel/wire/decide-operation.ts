import { fail, ok, type Result } from '../core/result.ts';
import type { CallbackOperation, CallbackOperationFailure, CallbackOutcome, CallbackState } from './callback.ts';

/** A callback as a person's decision finds it. */
export interface OperatedCallback {
  readonly state: CallbackState;
  /** Operations have asked for the try that it waits for. */
  readonly lastTry: boolean;
  readonly outcome: CallbackOutcome | null;
  /** What it said was forgotten, because nobody needs it any more. */
  readonly isForgotten: boolean;
}

/**
 * What a person's decision makes of a callback: a new state, or null where it is so already. A callback that was given up, in review or closed as
 * failed, takes one more try or an end; one that its receiver has answered takes neither.
 */
export function decideCallbackOperation(
  { state, lastTry, outcome, isForgotten }: OperatedCallback,
  operation: CallbackOperation,
): Result<'WAITING' | 'RESOLVED' | null, CallbackOperationFailure> {
  switch (state) {
    case 'MANUAL_REVIEW':
    case 'FAILED':
      if (operation.kind === 'resolve') return ok('RESOLVED');
      return isForgotten ? fail({ code: 'DELIVERY_NOT_IN_REVIEW' }) : ok('WAITING');
    case 'WAITING':
      return operation.kind === 'retry' && lastTry ? ok(null) : fail({ code: 'DELIVERY_NOT_IN_REVIEW' });
    case 'DELIVERED':
      return fail({ code: 'DELIVERY_ALREADY_ANSWERED' });
    case 'RESOLVED':
      return operation.kind === 'resolve' && operation.outcome === outcome ? ok(null) : fail({ code: 'DELIVERY_ALREADY_RESOLVED' });
    default:
      return state satisfies never;
  }
}
