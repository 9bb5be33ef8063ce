import { randomFillSync } from 'node:crypto';

import { uuidv7 } from '../core/ids.ts';
import type { Clock } from './clock.ts';

/** Gives ids: time-ordered UUIDs (version 7), lower case. */
export interface IdSource {
  next(): string;
}

const RANDOM_BYTES_PER_ID = 10;
const IDS_PER_FILL = 128;

/** `randomBytes` is for tests that need to repeat an id; by default the bytes come from the operating system, many ids at a time. */
export function createIdSource(clock: Clock, randomBytes: (count: number) => Uint8Array = pooledRandomBytes()): IdSource {
  return { next: () => uuidv7(clock.now().getTime(), randomBytes(RANDOM_BYTES_PER_ID)) };
}

/** A call into the random generator costs more than the whole id, so one call serves many ids. No byte is given twice. */
function pooledRandomBytes(): (count: number) => Uint8Array {
  const pool = new Uint8Array(RANDOM_BYTES_PER_ID * IDS_PER_FILL);
  let next = pool.length;
  return (count) => {
    if (next + count > pool.length) {
      randomFillSync(pool);
      next = 0;
    }
    next += count;
    return pool.subarray(next - count, next);
  };
}
