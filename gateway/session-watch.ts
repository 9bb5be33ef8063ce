import type { Authenticate, Session } from './credentials.ts';

/** How often a live stream asks whether its API key still is one. Milliseconds. */
const RECHECK_MS = 10_000;
/** The longest time a timer of Node can wait. */
const TIMER_MAX_MS = 2_147_483_647;

/**
 * Calls `end` once when a credential stops being good while a stream lives on it: at the token's expiry, or after its API key was revoked,
 * as soon as that is heard of. Returns how to stop watching. An answer that cannot be had ends nothing: participants may be away.
 */
export function watchSession(watched: {
  readonly session: Session;
  readonly authorization: string | undefined;
  readonly authenticate: Authenticate;
  readonly now: () => Date;
  readonly onKeysChanged?: ((listener: () => void) => () => void) | undefined;
  readonly end: () => void;
}): () => void {
  const { session, authorization, authenticate, now, end } = watched;
  if (session.caller.kind === 'anonymous') return () => undefined;
  if (session.expiresAt) {
    const timer = setTimeout(end, Math.min(Math.max(session.expiresAt.getTime() - now().getTime(), 0), TIMER_MAX_MS)).unref();
    return () => clearTimeout(timer);
  }
  const recheck = async () => {
    const answer = await authenticate(authorization).catch(() => null);
    if (!answer || answer.ok) return;
    stop();
    end();
  };
  const recheckSoon = () => void recheck(); // It rejects only if `end` is broken.
  const timer = setInterval(recheckSoon, RECHECK_MS).unref();
  const forget = watched.onKeysChanged?.(recheckSoon);
  const stop = () => {
    clearInterval(timer);
    forget?.();
  };
  return stop;
}
