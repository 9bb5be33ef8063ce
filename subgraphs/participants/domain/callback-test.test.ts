import { describe, expect, test } from 'vitest';

import {
  bankAddress,
  CALLBACK_TEST_LOST_MS,
  CALLBACK_TEST_PAUSE_MS,
  callbackTestState,
  type CallbackTestTimes,
  decideCallbackTest,
  TESTED_ROUTES,
} from './callback-test.ts';

const at = (ms: number): Date => new Date(Date.UTC(2026, 10, 29) + ms);
const run = (endedAfterMs: number | null): CallbackTestTimes => ({
  startedAt: at(0),
  endedAt: endedAfterMs === null ? null : at(endedAfterMs),
});

test.each([
  [null, 0, 'RUNNING'],
  [null, CALLBACK_TEST_LOST_MS - 1, 'RUNNING'],
  [null, CALLBACK_TEST_LOST_MS, 'LOST'],
  [500, 500, 'ENDED'],
  [500, CALLBACK_TEST_LOST_MS, 'ENDED'],
] as const)('a run that ended after %s ms is after %i ms %s', (endedAfterMs, afterMs, state) => {
  expect(callbackTestState(run(endedAfterMs), at(afterMs))).toBe(state);
});

describe('a participant may be tested', () => {
  const codeOf = (last: CallbackTestTimes | null, now: Date) => {
    const decided = decideCallbackTest(last, now);
    return decided.ok ? 'YES' : decided.failure.code;
  };

  test.each([
    ['when it never was', null, 0, 'YES'],
    ['not while a run is under way', run(null), 1, 'CALLBACK_TEST_RUNNING'],
    ['not to the last moment in which it may be', run(null), CALLBACK_TEST_LOST_MS - 1, 'CALLBACK_TEST_RUNNING'],
    ['when the last run was lost', run(null), CALLBACK_TEST_LOST_MS, 'YES'],
    ['not just after a run', run(500), 500, 'CALLBACK_TEST_TOO_SOON'],
    ['not until the pause is over', run(500), 500 + CALLBACK_TEST_PAUSE_MS - 1, 'CALLBACK_TEST_TOO_SOON'],
    ['after the pause', run(500), 500 + CALLBACK_TEST_PAUSE_MS, 'YES'],
  ] as const)('%s', (_rule, last, afterMs, code) => {
    expect(codeOf(last, at(afterMs))).toBe(code);
  });
});

describe('the address of a bank', () => {
  const none = {
    payIn: null,
    payOut: null,
    credit: null,
    payRequest: null,
    aliasUpdated: null,
    linkCreditor: null,
    grossSettlement: null,
    returnRequest: null,
  };
  const routes = {
    ...none,
    receiverData: 'https://bank.example/data',
    credit: 'https://bank.example/credit',
    returnRequest: 'https://bank.example/return',
  };

  test('is the one that is wished for, without a wish the first, and never that of a GET', () => {
    expect(bankAddress({ routes }, 'returnRequest')).toEqual({
      ok: true,
      value: { route: 'returnRequest', url: 'https://bank.example/return' },
    });
    expect(bankAddress({ routes }, null)).toEqual({ ok: true, value: { route: 'credit', url: 'https://bank.example/credit' } });
    expect(TESTED_ROUTES).not.toContain('receiverData');
  });

  test('is missing where the bank has none', () => {
    const missing = { ok: false, failure: { code: 'CALLBACK_ADDRESS_MISSING' } };
    expect(bankAddress({ routes }, 'payIn')).toEqual(missing);
    expect(bankAddress({ routes: { ...none, receiverData: 'https://bank.example/data' } }, null)).toEqual(missing);
  });
});
