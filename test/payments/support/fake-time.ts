import { waitFor } from '../../support/wait-for.ts';

interface Pending {
  readonly atMs: number;
  readonly call: () => void;
}

/** Real milliseconds. */
const LOOK_MS = 5;
const UNDER_WAY_MS = 400;
/** Milliseconds of the test's time. */
const STEP_MAX_MS = 5_000;

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

  /**
   * Moves from timer to timer until the condition holds. `quiet` says that nothing is under way that the next step would overtake;
   * work that never ends, such as that of an abandoned process, is waited for a moment only.
   */
  async until<T>(condition: () => T | Promise<T>, o: { quiet?: () => Promise<boolean>; limitMs?: number } = {}): Promise<NonNullable<T>> {
    const limitMs = this.#nowMs + (o.limitMs ?? 1_200_000);
    while (this.#nowMs < limitMs) {
      const value = await waitFor(condition, { timeoutMs: LOOK_MS }).catch(() => undefined); // Not yet: time moves on.
      if (value) return value;
      if (o.quiet) await waitFor(o.quiet, { timeoutMs: UNDER_WAY_MS }).catch(() => undefined); // Whatever it is, it does not end.
      this.advance(Math.max(1, Math.min(...this.#pending.map(({ atMs }) => atMs), this.#nowMs + STEP_MAX_MS) - this.#nowMs));
    }
    throw new Error(`not so within the test's time: ${String(condition)}`);
  }
}
