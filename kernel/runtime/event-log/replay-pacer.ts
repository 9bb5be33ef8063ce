/** Keys that are remembered at once; beyond that, those that owe nothing are forgotten. */
const KEYS_MAX = 10_000;

/** Bounds how fast one reader may have the past read for it. The present costs nothing: it is read once for everybody. */
export interface ReplayPacer {
  /** Counts rows that were read for `key` and returns how many milliseconds to wait before the next read. */
  spend(key: string, rows: number): number;
}

/** `rowsPerSecond` in the long run; `burstRows` at once after a silence. `now` in milliseconds. */
export function createReplayPacer(o: {
  readonly rowsPerSecond: number;
  readonly burstRows: number;
  readonly now: () => number;
}): ReplayPacer {
  const msPerRow = 1_000 / o.rowsPerSecond;
  /** Until when the rows read so far would take at the long-run rate. */
  const paidUntil = new Map<string, number>();

  return {
    spend(key, rows) {
      const now = o.now();
      if (paidUntil.size >= KEYS_MAX) for (const [known, until] of paidUntil) if (until <= now) paidUntil.delete(known);
      const until = Math.max(now, paidUntil.get(key) ?? now) + rows * msPerRow;
      paidUntil.set(key, until);
      return Math.max(0, until - now - o.burstRows * msPerRow);
    },
  };
}
