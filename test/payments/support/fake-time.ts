import { waitFor } from '../../support/wait-for.ts';

interface Pending {
  readonly atMs: number;
  readonly call: () => void;
}

/** Clock and timers that move only when a test says so. */
export class FakeTime {
  #nowMs: number;
  #pending: Pending[] = [];

  constructor(start = '2026-03-02T10:00:00.000Z') {
    this.#nowMs = Date.parse(start);
  }

  readonly now = (): Date => new Date(this.#nowMs);

  readonly after = (milliseconds: number, call: () => void): (() => void) => {
    const pending = { atMs: this.#nowMs + milliseconds, call };
    this.#pending.push(pending);
    return () => {
      this.#pending = this.#pending.filter((one) => one !== pending);
    };
  };

  /** Moves on, calling what becomes due in its order. */
  advance(milliseconds: number): void {
    const untilMs = this.#nowMs + milliseconds;
    for (;;) {
      const next = this.#pending.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (!next) break;
      this.#pending = this.#pending.filter((one) => one !== next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.call();
    }
    this.#nowMs = untilMs;
  }

  /** Moves on step by step until the condition holds; everything that a step sets off has time to happen before the next. */
  async until<T>(condition: () => T | Promise<T>, o: { stepMs?: number; limitMs?: number } = {}): Promise<NonNullable<T>> {
    const { stepMs = 500, limitMs = 600_000 } = o;
    for (let movedMs = 0; movedMs <= limitMs; movedMs += stepMs) {
      const value = await waitFor(condition, { timeoutMs: 15 }).catch(() => undefined); // Not yet: time moves on.
      if (value) return value;
      this.advance(stepMs);
    }
    throw new Error(`not so within ${limitMs} ms of the test's time: ${String(condition)}`);
  }
}
