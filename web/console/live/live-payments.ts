import type { PaymentRowFragment } from '../generated/documents.ts';
import { BoardWindow } from './board-window.ts';
import { LegWindow } from './leg-window.ts';
import type { LivePayment } from './payment-source.ts';

/** What screens see of the stream, a new one for every notice. */
export interface LiveView {
  readonly connection: 'LIVE' | 'CONNECTING';
  /** Events in the last second. */
  readonly perSecond: number;
  /** The payments that had an event, the one with the newest first. */
  readonly rows: readonly PaymentRowFragment[];
  /** Counts resets: lists that were loaded before one are loaded again. */
  readonly resets: number;
  /** Counts deliveries that went to manual review. */
  readonly parked: number;
  /** Counts deliveries that were answered at a later try. */
  readonly recovered: number;
}

/** As many rows as a screen shows, and then some. */
const ROWS_MAX = 200;
/** Under load screens are told once in so long: drawing rows costs a browser more than reading events does. */
const TOLD_EVERY_MS = 1_000;
/** What comes after a pause is told at once, with what comes right behind it. */
const TOLD_AFTER_MS = 50;

/**
 * Takes events as fast as they come, and tells screens once a second at most that something changed: React never sees a single event. The
 * figures of the board are counted here, outside of it. While the page is hidden, nothing is told.
 */
export class LivePayments {
  readonly board: BoardWindow;
  readonly legs: LegWindow;
  readonly #now: () => number;
  readonly #hidden: () => boolean;
  readonly #rows = new Map<string, PaymentRowFragment>();
  readonly #listeners = new Set<() => void>();
  #recent: number[] = [];
  #view: LiveView = { connection: 'CONNECTING', perSecond: 0, rows: [], resets: 0, parked: 0, recovered: 0 };
  #next: LiveView = this.#view;
  #due = false;
  #toldAt = -Infinity;

  constructor({ now, hidden = () => false }: { readonly now: () => number; readonly hidden?: () => boolean }) {
    this.#now = now;
    this.#hidden = hidden;
    this.board = new BoardWindow(now);
    this.legs = new LegWindow(now);
  }

  readonly view = (): LiveView => this.#view;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly take = (event: LivePayment): void => {
    this.board.take(event);
    this.legs.take(event);
    this.#recent.push(this.#now());
    const { payment } = event;
    const known = this.#rows.get(payment.guid);
    // A row never goes back: an event that was read late brings the payment as it is now, or as it was.
    const row = known && known.version > payment.version ? known : payment;
    this.#rows.delete(payment.guid);
    this.#rows.set(payment.guid, row);
    const [oldest] = this.#rows.keys();
    if (this.#rows.size > ROWS_MAX && oldest !== undefined) this.#rows.delete(oldest);
    const { parked, recovered } = this.#next;
    if (event.type === 'DELIVERY_PARKED') this.#tell({ parked: parked + 1 });
    else this.#tell(event.answered && event.answered.attempt > 1 ? { recovered: recovered + 1 } : {});
  };

  readonly connected = (state: LiveView['connection']): void => this.#tell({ connection: state });

  readonly reset = (): void => this.#tell({ resets: this.#next.resets + 1 });

  /** Somebody looks again: whatever came meanwhile is told at once. */
  readonly shown = (): void => this.#publishIn(0);

  #tell(change: Partial<LiveView>): void {
    this.#next = { ...this.#next, ...change };
    const sinceTold = Math.max(0, this.#now() - this.#toldAt); // Somebody may have set the clock back.
    this.#publishIn(Math.max(TOLD_AFTER_MS, TOLD_EVERY_MS - sinceTold));
  }

  #publishIn(ms: number): void {
    if (this.#due) return;
    this.#due = true;
    setTimeout(() => this.#publish(), ms);
  }

  #publish(): void {
    this.#due = false;
    // Events are counted while nobody looks, and told when somebody does.
    if (this.#hidden()) return;
    this.#toldAt = this.#now();
    const since = this.#toldAt - 1_000;
    this.#recent = this.#recent.filter((at) => at >= since);
    this.#view = { ...this.#next, perSecond: this.#recent.length, rows: [...this.#rows.values()].toReversed() };
    this.#next = this.#view;
    for (const listener of this.#listeners) listener();
    // Once more, so that the rate falls when nothing comes.
    if (this.#recent.length > 0) this.#publishIn(1_000);
  }
}
