import type { LivePayment } from './payment-source.ts';

/** One second of the board. */
export interface Second {
  /** The second, counted from 1970. */
  readonly at: number;
  accepted: number;
  succeeded: number;
  rejected: number;
}

/** A payment that ended, as far as figures need it. */
interface Ended extends PaymentSides {
  readonly at: number;
  readonly ok: boolean;
  /** From the hub taking it to its end. */
  readonly ms: number;
}

export interface BoardFilter {
  readonly bank: string | null;
  readonly merchant: string | null;
}

export interface BoardFigures {
  readonly perMinute: number;
  /** Of those that ended; null where none did. */
  readonly successRate: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
}

export interface GroupFigures extends BoardFigures {
  readonly id: string;
}

/** What the window keeps of a payment that was taken. */
type Sides = Omit<Ended, 'ok' | 'ms'>;

export const WINDOW_SECONDS = 300;
const MINUTE_MS = 60_000;
/** At two hundred payments a second the window holds 60,000; beyond this the oldest go first. */
const KEPT_MAX = 100_000;

/** The last five minutes of the stream, counted as events come. Nothing here knows of React; a screen asks for figures when it draws. */
export class BoardWindow {
  readonly #now: () => number;
  readonly #accepted: Sides[] = [];
  readonly #ended: Ended[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  take({ type, occurredAt, payment }: Pick<LivePayment, 'type' | 'occurredAt' | 'payment'>): void {
    const at = Date.parse(occurredAt);
    const sides = { at, ...sidesOf(payment) };
    if (type === 'PAYMENT_ACCEPTED') this.#accepted.push(sides);
    if (type !== 'PAYMENT_SUCCEEDED' && type !== 'PAYMENT_REJECTED') return;
    this.#ended.push({ ...sides, ok: type === 'PAYMENT_SUCCEEDED', ms: Math.max(0, at - Date.parse(payment.createdAt)) });
    this.#forget();
  }

  /** Every second of the window, oldest first, those without a payment too. */
  seconds(filter: BoardFilter, count = WINDOW_SECONDS): Second[] {
    const last = Math.floor(this.#now() / 1_000);
    const list = Array.from({ length: count }, (_, index): Second => ({
      at: last - count + 1 + index,
      accepted: 0,
      succeeded: 0,
      rejected: 0,
    }));
    const of = (at: number): Second | undefined => list[Math.floor(at / 1_000) - (last - count + 1)];
    for (const each of this.#accepted) {
      const second = concerns(each, filter) ? of(each.at) : undefined;
      if (second) second.accepted += 1;
    }
    for (const each of this.#ended) {
      const second = concerns(each, filter) ? of(each.at) : undefined;
      if (second) second[each.ok ? 'succeeded' : 'rejected'] += 1;
    }
    return list;
  }

  figures(filter: BoardFilter): BoardFigures {
    const since = this.#now() - MINUTE_MS;
    const ended = this.#inWindow().filter((each) => concerns(each, filter));
    const perMinute = this.#accepted.filter((each) => each.at >= since && concerns(each, filter)).length;
    return { perMinute, ...ofEnded(ended) };
  }

  /** Those with the most payments first. Every event is looked at once, however many groups there are. */
  by(side: 'bank' | 'merchant'): GroupFigures[] {
    const groups = new Map<string, { perMinute: number; readonly ended: Ended[] }>();
    const groupsOf = ({ initiatorBank, receiverBank, merchant }: Sides) =>
      [...new Set(side === 'bank' ? [initiatorBank, receiverBank] : [merchant])]
        .filter((id) => id !== null)
        .map((id) => {
          const group = groups.get(id) ?? { perMinute: 0, ended: [] };
          groups.set(id, group);
          return group;
        });
    const since = this.#now() - MINUTE_MS;
    for (const each of this.#accepted) for (const group of groupsOf(each)) if (each.at >= since) group.perMinute += 1;
    for (const each of this.#inWindow()) for (const group of groupsOf(each)) group.ended.push(each);
    return [...groups]
      .map(([id, { perMinute, ended }]) => ({ id, perMinute, ...ofEnded(ended) }))
      .toSorted((a, b) => b.perMinute - a.perMinute || (a.id < b.id ? -1 : 1));
  }

  #inWindow(): readonly Ended[] {
    const since = this.#now() - WINDOW_SECONDS * 1_000;
    return this.#ended.filter(({ at }) => at >= since);
  }

  /** Lists only grow at their end, so what is too old stands at their beginning. */
  #forget(): void {
    const since = this.#now() - WINDOW_SECONDS * 1_000;
    for (const list of [this.#accepted, this.#ended]) {
      const first = list.findIndex(({ at }) => at >= since);
      const old = Math.max(first === -1 ? list.length : first, list.length - KEPT_MAX);
      if (old > 1_000 || old === list.length) list.splice(0, old);
    }
  }
}

export interface PaymentSides {
  readonly initiatorBank: string | null;
  readonly receiverBank: string | null;
  readonly merchant: string | null;
}

export function sidesOf({ initiatorBank, receiverBank, merchant }: LivePayment['payment']): PaymentSides {
  return { initiatorBank: initiatorBank?.guid ?? null, receiverBank: receiverBank?.guid ?? null, merchant: merchant?.uid ?? null };
}

export function concerns({ initiatorBank, receiverBank, merchant }: PaymentSides, filter: BoardFilter): boolean {
  const bankFits = filter.bank === null || initiatorBank === filter.bank || receiverBank === filter.bank;
  return bankFits && (filter.merchant === null || merchant === filter.merchant);
}

function ofEnded(ended: readonly Ended[]): Omit<BoardFigures, 'perMinute'> {
  const times = ended.filter(({ ok }) => ok).map(({ ms }) => ms);
  return {
    successRate: ended.length === 0 ? null : times.length / ended.length,
    p50: percentile(times, 0.5),
    p95: percentile(times, 0.95),
  };
}

/** The nearest rank: a value that was measured, never one between two. */
export function percentile(values: readonly number[], share: number): number | null {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
}
