import { describe, expect, test } from 'vitest';

import {
  afterFailure,
  afterReading,
  keySourceState,
  newKeySource,
  POLL_EVERY_MS,
  POLL_FAILURES_MAX,
  POLL_RETRY_MAX_MS,
  POLL_RETRY_MS,
  type KeySource,
} from './key-source.ts';

const NOW = new Date('2026-03-01T10:00:00.000Z');
const NEW = newKeySource({ participantId: 'bank', url: 'https://bank.example/jwks.json', polls: 0, now: NOW });
const waitOf = (source: KeySource): number | null => source.dueAt && source.dueAt.getTime() - NOW.getTime();
const failed = (times: number): KeySource =>
  Array.from({ length: times }, () => NOW).reduce((source, now) => afterFailure(source, 'KEY_SET_TIMEOUT', now), NEW);

describe('a key set that is followed', () => {
  test('is asked at once when it is new', () => {
    expect([keySourceState(NEW), waitOf(NEW)]).toEqual(['NEW', 0]);
  });

  test('is asked again after the interval, and tells what in it is not used', () => {
    const unused = [{ kid: 'other-1', code: 'KEY_KID_TAKEN' }] as const;
    const read = afterReading(failed(3), unused, NOW);
    expect([keySourceState(read), waitOf(read), read.failures, read.lastFailure]).toEqual(['FOLLOWED', POLL_EVERY_MS, 0, null]);
    expect(read.unusedKeys).toEqual(unused);
  });

  test('that cannot be read is asked sooner, then ever more seldom, and at last no more', () => {
    const waits = Array.from({ length: POLL_FAILURES_MAX }, (_, n) => waitOf(failed(n + 1)));
    const doubling = waits.map((_, n) => Math.min(POLL_RETRY_MS * 2 ** n, POLL_RETRY_MAX_MS));
    expect(waits).toEqual([...doubling.slice(0, -1), null]);
    expect(keySourceState(failed(POLL_FAILURES_MAX - 1))).toBe('FAILING');
    expect(keySourceState(failed(POLL_FAILURES_MAX))).toBe('SUSPENDED');
  });

  test('keeps what it knew of its last set over a failure', () => {
    const read = afterReading(NEW, [{ kid: null, code: 'KEY_KID_INVALID' }], NOW);
    expect(afterFailure(read, 'KEY_SET_STATUS', NOW)).toMatchObject({ lastReadAt: NOW, unusedKeys: read.unusedKeys, failures: 1 });
  });
});
