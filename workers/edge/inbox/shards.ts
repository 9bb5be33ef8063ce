import type { EraStore } from './era-store.ts';
import type { Place } from './place.ts';
import { currentEra, erasAfter, formerHomes, homeOf, type Eras } from './shard-map.ts';

/** What a former home says of a key. */
export interface FormerWord {
  /** For a token: the hash of the request that used it. For a message: its guid, if the object has to answer for it. */
  readonly known: string | null;
  /** Up to which era it has nothing left; -1 for none. */
  readonly drainedUpTo: number;
}

/** What the objects of a participant ask one another. */
export interface Sister {
  erasFor(place: Place): Promise<Eras>;
  whatOf(eras: Eras, key: Key): Promise<FormerWord>;
}
export type InboxOf = (name: string) => Sister;

export type Key = { readonly jti: string } | { readonly guid: string };

/**
 * The other objects of the same participant, as one of them sees them. While a participant has one object and always had, nothing here
 * waits for anything.
 *
 * When the number of objects changes, no token and no message may be taken by two of them. The participant's first object decides when
 * an era begins. Whoever takes a new key asks the key's former homes first, and asking tells them of the new era: from then on they send
 * everything that is not theirs to its new home. So a key is known in at most one place, also to a Worker that has not heard of the
 * change. Former homes are asked until they have nothing left.
 */
export class Shards {
  readonly #storage: DurableObjectStorage;
  readonly #store: EraStore;
  readonly #inboxOf: InboxOf;

  constructor(o: { storage: DurableObjectStorage; store: EraStore; inboxOf: InboxOf }) {
    this.#storage = o.storage;
    this.#store = o.store;
    this.#inboxOf = o.inboxOf;
  }

  /** How many objects the participant has now, as far as this one knows. */
  get count(): number {
    return currentEra(this.#store.eras).shards;
  }

  /** Whether a key has its home in the object that was asked; to be asked again after each wait. */
  isHome(place: Place, key: Key): boolean {
    return homeOf(place.participant, nameOf(key), this.count) === place.name;
  }

  /** The place of a key's home, after hearing whether a new era has begun. */
  async homeOf(place: Place, key: Key): Promise<Place> {
    if (place.shards !== this.count) await this.erasFor(place);
    return this.#placeOf(place, homeOf(place.participant, nameOf(key), this.count));
  }

  /** The eras after a request by this place. The participant's first object begins a new one; the others ask it. */
  async erasFor(place: Place): Promise<Eras> {
    const { participant, name, version, shards } = place;
    const first = name === participant;
    const eras = first
      ? erasAfter(this.#store.eras, { version, shards })
      : await this.#inboxOf(participant).erasFor({ ...place, name: participant });
    this.learn(eras);
    return this.#store.eras;
  }

  learn(eras: Eras): void {
    this.#storage.transactionSync(() => this.#store.learn(eras, Date.now()));
  }

  drainedUpTo(): number {
    return this.#store.drainedUpTo(Date.now());
  }

  /** The first of a key's former homes that knows it, with what it says; null when none does. */
  async formerOf(place: Place, key: Key): Promise<{ readonly place: Place; readonly known: string } | null> {
    const { eras, drained } = this.#store;
    if (eras.length === 1) return null;
    for (const name of formerHomes(eras, { participant: place.participant, key: nameOf(key), here: place.name, drained })) {
      const { known, drainedUpTo } = await this.#inboxOf(name).whatOf(eras, key);
      if (known !== null) return { place: this.#placeOf(place, name), known };
      if (drainedUpTo >= 0) this.#storage.transactionSync(() => this.#store.noteDrained(name, drainedUpTo));
    }
    return null;
  }

  #placeOf(place: Place, name: string): Place {
    const { version, shards } = currentEra(this.#store.eras);
    return { ...place, name, version, shards };
  }
}

function nameOf(key: Key): string {
  return 'jti' in key ? key.jti : key.guid;
}
