import type { CallbackType } from '../generated/documents.ts';
import { type BoardFilter, concerns, type PaymentSides, percentile, sidesOf, WINDOW_SECONDS } from './board-window.ts';
import type { LivePayment } from './payment-source.ts';

/** How long receivers took over one kind of callback; null where none was answered. */
export interface LegTimes {
  readonly answers: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

interface Answered extends PaymentSides {
  readonly at: number;
  readonly callbackType: CallbackType;
  readonly ms: number;
}

/** Four answers to a payment, two hundred payments a second, five minutes, would be more than anybody draws; beyond this the oldest go first. */
const KEPT_MAX = 100_000;

/** The answers of the last five minutes, as the stream tells of them: the try that was answered, not those before it. */
export class LegWindow {
  readonly #now: () => number;
  readonly #answered: Answered[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  take({ occurredAt, payment, answered }: Pick<LivePayment, 'occurredAt' | 'payment' | 'answered'>): void {
    if (!answered) return;
    const { callbackType, durationMs: ms } = answered;
    this.#answered.push({ at: Date.parse(occurredAt), callbackType, ms, ...sidesOf(payment) });
    const since = this.#since();
    const first = this.#answered.findIndex(({ at }) => at >= since);
    const old = Math.max(first === -1 ? this.#answered.length : first, this.#answered.length - KEPT_MAX);
    if (old > 1_000) this.#answered.splice(0, old);
  }

  times(type: CallbackType, filter: BoardFilter): LegTimes {
    const since = this.#since();
    const values = this.#answered
      .filter((each) => each.callbackType === type && each.at >= since && concerns(each, filter))
      .map(({ ms }) => ms);
    return { answers: values.length, p50: percentile(values, 0.5), p95: percentile(values, 0.95), p99: percentile(values, 0.99) };
  }

  #since(): number {
    return this.#now() - WINDOW_SECONDS * 1_000;
  }
}
