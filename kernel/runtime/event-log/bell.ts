/** Says "look again", never what there is to see. Whoever waits must also look without a ring: a bell may be silent for ever. */
export interface Bell {
  /** Counts rings. Read it before looking and pass it to `wait`, and a ring in between is not missed. */
  readonly rings: number;
  ring(): void;
  /** Resolves at the next ring, at once when the bell rang after `since`, after `timeoutMs`, or when aborted. Never rejects. */
  wait(timeoutMs: number, signal: AbortSignal, since?: number): Promise<void>;
  /** Calls `listener` at every ring until the returned function is called. */
  onRing(listener: () => void): () => void;
}

export function createBell(): Bell {
  const listeners = new Set<() => void>();
  let rings = 0;
  const onRing = (listener: () => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  return {
    get rings() {
      return rings;
    },
    ring() {
      rings += 1;
      for (const listener of listeners) listener();
    },
    onRing,
    wait(timeoutMs, signal, since) {
      if (signal.aborted || (since !== undefined && since !== rings)) return Promise.resolve();
      const { promise, resolve } = Promise.withResolvers<void>();
      const done = () => {
        clearTimeout(timer);
        silence();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      const silence = onRing(done);
      signal.addEventListener('abort', done, { once: true });
      return promise;
    },
  };
}
