export interface GatheredReadsOptions<Key, Value> {
  /** Keys are given once each. What is not in the answer is not there. */
  readonly read: (keys: readonly Key[]) => Promise<ReadonlyMap<Key, Value>>;
  readonly keysMax?: number;
  readonly readsMax?: number;
}

/** Keys of one read. */
const KEYS_MAX = 200;
/** Reads under way at once: more would only take connections from others. */
const READS_MAX = 2;

interface Waiter<Value> {
  readonly resolve: (value: Value | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Look-ups of all operations of a process as few reads: those of one moment share one, and while `readsMax` are under way the others
 * wait and share the next. A look-up is answered by a read that began after it was asked for, so no answer is older than it looks. A
 * read that fails fails its look-ups alone.
 */
export function createGatheredReads<Key, Value>(options: GatheredReadsOptions<Key, Value>): (key: Key) => Promise<Value | undefined> {
  const { keysMax = KEYS_MAX, readsMax = READS_MAX } = options;
  const waiting = new Map<Key, Waiter<Value>[]>();
  let underWay = 0;
  let scheduled = false;

  function schedule(): void {
    if (scheduled || underWay >= readsMax || waiting.size === 0) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      void readSome(); // Never rejects.
      schedule();
    });
  }

  async function readSome(): Promise<void> {
    const taken = [...waiting].slice(0, keysMax);
    if (taken.length === 0) return;
    for (const [key] of taken) waiting.delete(key);
    underWay += 1;
    try {
      const found = await options.read(taken.map(([key]) => key));
      for (const [key, waiters] of taken) for (const { resolve } of waiters) resolve(found.get(key));
    } catch (error) {
      for (const [, waiters] of taken) for (const { reject } of waiters) reject(error);
    } finally {
      underWay -= 1;
      schedule();
    }
  }

  return (key) =>
    new Promise((resolve, reject) => {
      const waiters = waiting.get(key) ?? [];
      waiters.push({ resolve, reject });
      waiting.set(key, waiters);
      schedule();
    });
}
