/** Pseudo-random choices that a seed repeats (mulberry32). Not for secrets. */
export interface Random {
  /** A whole number from 0 up to, not including, `end`. */
  below(end: number): number;
  pick<T>(list: readonly T[]): T;
  /** One code point of a text that is not empty. */
  character(text: string): string;
  bytes(length: number): Buffer;
}

export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (end: number): number => next() % end;
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T; // A list that is picked from is not empty.
  return {
    below,
    pick,
    character: (text) => pick(Array.from(text)),
    bytes: (length) => Buffer.from(Array.from({ length }, () => below(256))),
  };
}
