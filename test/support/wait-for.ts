import { setTimeout as pause } from 'node:timers/promises';

/** A limit for what would else hang, not a promise of speed: whoever promises one says its own. */
const TIMEOUT_MS = 15_000;
const LOOK_AGAIN_MS = 10;

/**
 * Waits until the condition gives something truthy and returns it. Fails after the limit, with the last error of the condition as its
 * cause: tests wait for what must become true, never for a time.
 */
export async function waitFor<T>(condition: () => T | Promise<T>, o: { timeoutMs?: number } = {}): Promise<NonNullable<T>> {
  const timeoutMs = o.timeoutMs ?? TIMEOUT_MS;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let lastError: unknown;
    try {
      const value = await condition();
      if (value) return value;
    } catch (error) {
      lastError = error; // The condition may look at something that is not there yet.
    }
    if (performance.now() > deadline) throw new Error(`not true within ${timeoutMs} ms: ${String(condition)}`, { cause: lastError });
    await pause(LOOK_AGAIN_MS);
  }
}

const LOOKS_WITHOUT_CHANGE = 20;
const SETTLED_WITHIN_MS = 30_000;

/** Waits until a value has stopped changing, and gives it. */
export async function settled<T>(look: () => T | Promise<T>): Promise<T> {
  let last = await look();
  let unchanged = 0;
  await waitFor(
    async () => {
      const now = await look();
      unchanged = now === last ? unchanged + 1 : 0;
      last = now;
      return unchanged >= LOOKS_WITHOUT_CHANGE;
    },
    { timeoutMs: SETTLED_WITHIN_MS },
  );
  return last;
}
