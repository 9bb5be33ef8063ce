/** How much may come: `perSecond` in the long run, `burst` at once. Both are positive numbers. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/**
 * A token bucket (RFC 6585's 429 leaves the method to the server; this one is exact for whoever keeps it in one thread). It starts
 * full, holds `burst` tokens and gains `perSecond` of them a second; each request takes one.
 */
export class TokenBucket {
  #tokens: number;
  #countedAt: number;

  /** `now` is milliseconds since 1970, here and below. */
  constructor(rate: Rate, now: number) {
    this.#tokens = rate.burst;
    this.#countedAt = now;
  }

  /** Takes one token: 0 if there was one, else the milliseconds until there is, and nothing is taken. */
  take(rate: Rate, now: number): number {
    this.#fill(rate, now);
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return 0;
    }
    return Math.max(1, Math.ceil(((1 - this.#tokens) / rate.perSecond) * 1000));
  }

  /** Puts a token back that turned out not to count. */
  giveBack(rate: Rate): void {
    this.#tokens = Math.min(this.#tokens + 1, rate.burst);
  }

  /** True when it is as good as a new one. */
  isFull(rate: Rate, now: number): boolean {
    this.#fill(rate, now);
    return this.#tokens >= rate.burst;
  }

  /** A clock that went back gives nothing and takes nothing; a rate that became smaller counts at once. */
  #fill(rate: Rate, now: number): void {
    const gained = (Math.max(0, now - this.#countedAt) / 1000) * rate.perSecond;
    this.#tokens = Math.min(this.#tokens + gained, rate.burst);
    this.#countedAt = now;
  }
}
