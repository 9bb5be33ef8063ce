import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { fail, ok } from '../kernel/core/result.ts';
import type { Authenticate, Session } from './credentials.ts';
import { watchSession } from './session-watch.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const MERCHANT: Session = { caller: { kind: 'merchant', merchantUid: 'm-1', keyId: 'k-1' }, expiresAt: null };
const OPERATIONS: Session = { caller: { kind: 'operations', subject: 'olena', scopes: [] }, expiresAt: new Date(NOW.getTime() + 60_000) };

beforeEach(() => vi.useFakeTimers({ now: NOW }));
afterEach(() => vi.useRealTimers());

function watching(session: Session, authenticate: Authenticate = async () => ok(session)) {
  const end = vi.fn<() => void>();
  const stop = watchSession({ session, authorization: 'Bearer x', authenticate, now: () => new Date(), end });
  return { end, stop };
}

describe('a stream', () => {
  test('ends at the expiry of its token', async () => {
    const { end } = watching(OPERATIONS);
    await vi.advanceTimersByTimeAsync(59_999);
    expect(end).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(end).toHaveBeenCalledTimes(1);
  });

  test('ends within ten seconds after its API key was revoked, once', async () => {
    let revoked = false;
    const { end } = watching(MERCHANT, async () => (revoked ? fail({ code: 'UNAUTHENTICATED', reason: 'revoked' }) : ok(MERCHANT)));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(end).not.toHaveBeenCalled();
    revoked = true;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(end).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(end).toHaveBeenCalledTimes(1);
  });

  test('ends as soon as its key is known to be revoked, and is told of nothing after that', async () => {
    const listeners = new Set<() => void>();
    const onKeysChanged = (listener: () => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    };
    let revoked = false;
    const authenticate: Authenticate = async () => (revoked ? fail({ code: 'UNAUTHENTICATED', reason: 'revoked' }) : ok(MERCHANT));
    const end = vi.fn<() => void>();
    watchSession({ session: MERCHANT, authorization: 'Bearer x', authenticate, now: () => new Date(), onKeysChanged, end });
    const ring = async () => {
      for (const listener of listeners) listener();
      await vi.advanceTimersByTimeAsync(0);
    };
    await ring();
    expect(end).not.toHaveBeenCalled();
    revoked = true;
    await ring();
    expect(end).toHaveBeenCalledTimes(1);
    expect(listeners.size).toBe(0);
  });

  test('goes on while participants cannot say whether its key is still good', async () => {
    const { end } = watching(MERCHANT, () => Promise.reject(new Error('participants is away')));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(end).not.toHaveBeenCalled();
  });

  test('of an anonymous caller is not watched, and a stream that ended is not watched any more', async () => {
    const anonymous = watching({ caller: { kind: 'anonymous' }, expiresAt: null }, async () =>
      fail({ code: 'UNAUTHENTICATED', reason: '' }),
    );
    const over = watching(OPERATIONS);
    over.stop();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(anonymous.end).not.toHaveBeenCalled();
    expect(over.end).not.toHaveBeenCalled();
  });
});
