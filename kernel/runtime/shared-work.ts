/** Results that are kept for equal parties at most, and how long. Then the item is worked on anew. */
const RESULTS_MAX = 32;
const FRESH_MS = 250;

/** What equal parties share: something that the first of them made, and the results of what all of them do. */
export interface SharedWork<Shared, Item, Result> {
  /** Joins those with the same key. `make` is called for the first one. */
  join(key: string, make: () => Shared): SharedPlace<Shared, Item, Result>;
  /** How many keys there are. */
  readonly size: number;
}

export interface SharedPlace<Shared, Item, Result> {
  readonly shared: Shared;
  /** The result for this item, of `run` or of whoever ran for it a moment ago. */
  of(item: Item, run: () => Result): Result;
  /** Once. */
  leave(): void;
}

/**
 * Work that many streams would do alike, done once: when an event wakes a thousand equal streams, the first one works and the others take
 * its result. A result is forgotten when everybody has taken it, after a moment, or when there are too many; somebody who is slower than
 * that works for itself. What is alone keeps nothing.
 */
export function createSharedWork<Shared, Item, Result>(nowMs: () => number = () => performance.now()): SharedWork<Shared, Item, Result> {
  const groups = new Map<string, Group<Shared, Item, Result>>();
  return {
    get size() {
      return groups.size;
    },
    join(key, make) {
      let group = groups.get(key);
      if (!group) {
        group = new Group(make(), nowMs, () => groups.delete(key));
        groups.set(key, group);
      }
      return group.join();
    },
  };
}

interface Kept<Result> {
  readonly result: Result;
  readonly at: number;
  /** How many have not taken it yet. */
  left: number;
}

/** All members are the same object: they have nothing of their own. */
class Group<Shared, Item, Result> implements SharedPlace<Shared, Item, Result> {
  readonly shared: Shared;
  readonly #nowMs: () => number;
  readonly #onEmpty: () => void;
  readonly #kept = new Map<Item, Kept<Result>>();
  #members = 0;

  constructor(shared: Shared, nowMs: () => number, onEmpty: () => void) {
    this.shared = shared;
    this.#nowMs = nowMs;
    this.#onEmpty = onEmpty;
  }

  join(): this {
    this.#members += 1;
    return this;
  }

  of(item: Item, run: () => Result): Result {
    if (this.#members <= 1) return run();
    const kept = this.#kept.get(item);
    if (kept && this.#nowMs() - kept.at < FRESH_MS) {
      kept.left -= 1;
      if (kept.left === 0) this.#kept.delete(item);
      return kept.result;
    }
    const result = run();
    this.#keep(item, result);
    return result;
  }

  leave(): void {
    this.#members -= 1;
    if (this.#members === 0) this.#onEmpty();
    if (this.#members <= 1) this.#kept.clear();
  }

  #keep(item: Item, result: Result): void {
    const at = this.#nowMs();
    this.#kept.delete(item);
    // The oldest come first.
    for (const [old, kept] of this.#kept) {
      if (at - kept.at < FRESH_MS && this.#kept.size < RESULTS_MAX) break;
      this.#kept.delete(old);
    }
    this.#kept.set(item, { result, at, left: this.#members - 1 });
  }
}
