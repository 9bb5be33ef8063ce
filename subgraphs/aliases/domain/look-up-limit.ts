/**
 * How fast the directory may be asked, after the protection of Pix: tokens that come back with time, in a bucket for each bank and one for each payer's
 * account. What finds nobody costs twenty times what finds somebody, and a payment gives its look-up's token back. So whoever pays what they look up
 * is never stopped, and whoever tries numbers soon is.
 */
export const HIT_COST = 1;
export const MISS_COST = 20;
export const PAYMENT_CREDIT = 1;

export interface LookUpLimit {
  /** Tokens of a full bucket. */
  readonly capacity: number;
  readonly refillPerMinute: number;
}

/** Those of whatever a bank asks, and of one payer's account. Both must have a token. */
export interface LookUpLimits {
  readonly bank: LookUpLimit;
  readonly account: LookUpLimit;
}

/**
 * A bucket is the one number that its row holds: when it is full again, in microseconds since 1970. What it lacks is the time until then, so time fills it
 * without anybody writing. Before now: it is full.
 */
export type FullAt = number;

/** A limit as microseconds, in which the record counts. */
export interface LookUpPrice {
  /** One token. */
  readonly token: number;
  readonly hit: number;
  readonly miss: number;
  /** A bucket that is full within this time has a token left. */
  readonly room: number;
}

const MICROSECONDS_PER_MINUTE = 60_000_000;

export function priceOf({ capacity, refillPerMinute }: LookUpLimit): LookUpPrice {
  const token = Math.round(MICROSECONDS_PER_MINUTE / refillPerMinute);
  return { token, hit: HIT_COST * token, miss: MISS_COST * token, room: (capacity - 1) * token };
}

export interface Buckets {
  readonly bank: FullAt;
  readonly account: FullAt;
}

export type LookUpPrices = Readonly<Record<keyof Buckets, LookUpPrice>>;

export type LookUpVerdict =
  | { readonly kind: 'TAKEN'; readonly buckets: Buckets }
  /** Nothing was looked up and nothing paid; `waitMicroseconds`: until both have a token. */
  | { readonly kind: 'LIMITED'; readonly waitMicroseconds: number };

/**
 * One look-up. It needs one token of each bucket, whatever it will find, and may leave a bucket in debt: a refusal that depended on what was asked for would
 * tell it. The record does the same in SQL (store/migrations/0003-look-ups.ts); a test compares the two.
 */
export function decideLookUp(
  buckets: Buckets,
  o: { readonly prices: LookUpPrices; readonly isHit: boolean; readonly now: FullAt },
): LookUpVerdict {
  const { bank, account } = o.prices;
  const from = { bank: Math.max(buckets.bank, o.now), account: Math.max(buckets.account, o.now) };
  const wait = Math.max(from.bank - o.now - bank.room, from.account - o.now - account.room);
  if (wait > 0) return { kind: 'LIMITED', waitMicroseconds: wait };
  const cost = o.isHit ? ('hit' as const) : ('miss' as const);
  return { kind: 'TAKEN', buckets: { bank: from.bank + bank[cost], account: from.account + account[cost] } };
}

/** A payment of what was looked up. Nothing grows above a full bucket, because what lies before now is full. */
export function giveBack(bucket: FullAt, { token }: LookUpPrice): FullAt {
  return bucket - PAYMENT_CREDIT * token;
}

/** Whole tokens in a bucket, below zero where it is in debt. */
export function tokensIn(bucket: FullAt, o: { readonly limit: LookUpLimit; readonly now: FullAt }): number {
  const lacks = Math.max(0, bucket - o.now);
  return o.limit.capacity - Math.ceil(lacks / priceOf(o.limit).token);
}
