import { expect, it } from 'vitest';

import type { CallbackOperation, CallbackState } from './callback.ts';
import { decideCallbackOperation } from './decide-operation.ts';

const RETRY: CallbackOperation = { kind: 'retry' };
const ABANDON: CallbackOperation = { kind: 'resolve', outcome: 'ABANDONED', reason: 'r' };
const TOLD: CallbackOperation = { kind: 'resolve', outcome: 'DELIVERED_OTHERWISE', reason: 'r' };

it.each<[CallbackState, CallbackOperation, string | null]>([
  ['MANUAL_REVIEW', RETRY, 'WAITING'],
  ['MANUAL_REVIEW', ABANDON, 'RESOLVED'],
  ['FAILED', RETRY, 'WAITING'],
  ['FAILED', TOLD, 'RESOLVED'],
  ['WAITING', RETRY, 'DELIVERY_NOT_IN_REVIEW'],
  ['WAITING', ABANDON, 'DELIVERY_NOT_IN_REVIEW'],
  ['DELIVERED', RETRY, 'DELIVERY_ALREADY_ANSWERED'],
  ['DELIVERED', ABANDON, 'DELIVERY_ALREADY_ANSWERED'],
  ['RESOLVED', RETRY, 'DELIVERY_ALREADY_RESOLVED'],
  ['RESOLVED', TOLD, 'DELIVERY_ALREADY_RESOLVED'],
  ['RESOLVED', ABANDON, null],
])('%s, %o: %s', (state, operation, expected) => {
  const outcome = state === 'RESOLVED' ? ('ABANDONED' as const) : null;
  const decided = decideCallbackOperation({ state, lastTry: false, outcome, isForgotten: false }, operation);
  expect(decided.ok ? decided.value : decided.failure.code).toBe(expected);
});

it('asking twice for one more try asks for one', () => {
  expect(decideCallbackOperation({ state: 'WAITING', lastTry: true, outcome: null, isForgotten: false }, RETRY)).toEqual({
    ok: true,
    value: null,
  });
});

it('what was forgotten is not sent again, and may be closed', () => {
  const forgotten = { state: 'FAILED', lastTry: false, outcome: null, isForgotten: true } as const;
  expect(decideCallbackOperation(forgotten, RETRY)).toEqual({ ok: false, failure: { code: 'DELIVERY_NOT_IN_REVIEW' } });
  expect(decideCallbackOperation(forgotten, ABANDON)).toEqual({ ok: true, value: 'RESOLVED' });
});
