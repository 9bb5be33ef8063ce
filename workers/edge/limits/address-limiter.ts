import { TokenBucket, type Rate } from './token-bucket.ts';

/** Addresses that one isolate remembers. About 100 bytes each. */
const ADDRESSES_MAX = 20_000;

/**
 * How much an address may send before anybody has proved to be somebody, in one isolate. A request takes a token when it comes and gives
 * it back when its signature turns out to be good, so that what counts are strangers, forgers and whoever needs no key.
 * Memory is bounded: the address that was quiet longest makes room, which gives it at most another burst.
 */
export class AddressLimiter {
  readonly #rate: Rate;
  readonly #addressesMax: number;
  /** The longest quiet first. */
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(rate: Rate, addressesMax = ADDRESSES_MAX) {
    this.#rate = rate;
    this.#addressesMax = addressesMax;
  }

  /** 0 when the request may go on, else how many milliseconds the address has to wait. `now` is milliseconds since 1970. */
  admit(address: string, now: number): number {
    const known = this.#buckets.get(address);
    if (known) this.#buckets.delete(address);
    else if (this.#buckets.size >= this.#addressesMax) this.#makeRoom(now);
    const bucket = known ?? new TokenBucket(this.#rate, now);
    this.#buckets.set(address, bucket); // At the end again: the order is who was quiet longest.
    return bucket.take(this.#rate, now);
  }

  giveBack(address: string): void {
    this.#buckets.get(address)?.giveBack(this.#rate);
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** Forgets whoever has been quiet so long that a new bucket would be the same, and in any case the one that was quiet longest. */
  #makeRoom(now: number): void {
    for (const [address, bucket] of this.#buckets) {
      const crowded = this.#buckets.size >= this.#addressesMax;
      if (!crowded && !bucket.isFull(this.#rate, now)) return;
      this.#buckets.delete(address);
    }
  }
}

/** Whoever owns one address of IPv6 usually owns its /64, so that counts as one. */
export function addressKey(address: string | null): string {
  if (address === null) return 'unknown';
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::', 2);
  const groups = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : Math.max(0, 8 - groups.length - (tail === '' ? 0 : tail.split(':').length));
  const whole = [...groups, ...Array<string>(missing).fill('0'), ...(tail ? tail.split(':') : [])];
  return `${whole.slice(0, 4).join(':')}::/64`;
}
