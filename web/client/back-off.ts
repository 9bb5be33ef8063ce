/** How long to wait before the next attempt. */
export interface BackOffSettings {
  /** The most before the first repetition; doubles with each. */
  readonly firstMs: number;
  readonly mostMs: number;
}

export const BACK_OFF: BackOffSettings = { firstMs: 500, mostMs: 15_000 };

/**
 * Full jitter: anything from nothing to the bound, so that a thousand readers that were cut off together do not come back together.
 * `attempt` counts failures since the last item, from 1. `random` is from 0 up to 1.
 */
export function backOffMs(attempt: number, random: number, { firstMs, mostMs }: BackOffSettings = BACK_OFF): number {
  return Math.floor(random * Math.min(mostMs, firstMs * 2 ** (attempt - 1)));
}
