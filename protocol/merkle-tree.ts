import { type Sha256, taggedBytes } from './tagged-bytes.ts';

/**
 * Merkle trees of RFC 6962 (2.1) with SHA-256: a leaf is hashed behind a zero byte, a node behind a one, so that neither is ever taken for the other. A tree of n
 * leaves is split at the largest power of two below n, so a tree is also one over the roots of its blocks, where each block but the last has the same power of two
 * of leaves: whoever keeps the roots of blocks reads one block to prove a leaf.
 */

/** What is hashed for a leaf. */
export function leafInput(content: Uint8Array): Uint8Array<ArrayBuffer> {
  return taggedBytes(0, [content]);
}

/** What is hashed for a node. */
export function nodeInput(left: Uint8Array, right: Uint8Array): Uint8Array<ArrayBuffer> {
  return taggedBytes(1, [left, right]);
}

/** The root over hashes of leaves, or over roots of equal blocks. That of nothing is the hash of no bytes. */
export function rootOf(hashes: readonly Uint8Array[], sha256: Sha256): Uint8Array {
  const [first] = hashes;
  if (!first) return sha256(new Uint8Array());
  if (hashes.length === 1) return first;
  const middle = splitOf(hashes.length);
  return sha256(nodeInput(rootOf(hashes.slice(0, middle), sha256), rootOf(hashes.slice(middle), sha256)));
}

/** The siblings on the way from a leaf to the root, from below. Throws for a leaf that is not there. */
export function pathOf(hashes: readonly Uint8Array[], index: number, sha256: Sha256): readonly Uint8Array[] {
  if (!Number.isInteger(index) || index < 0 || index >= hashes.length) throw new RangeError(`there is no leaf ${index}`);
  if (hashes.length === 1) return [];
  const middle = splitOf(hashes.length);
  const [left, right] = [hashes.slice(0, middle), hashes.slice(middle)];
  return index < middle
    ? [...pathOf(left, index, sha256), rootOf(right, sha256)]
    : [...pathOf(right, index - middle, sha256), rootOf(left, sha256)];
}

/** The largest power of two below a number of leaves. */
function splitOf(size: number): number {
  return 2 ** (31 - Math.clz32(size - 1));
}

/**
 * On which side the siblings of a path stand, from below, in a tree of `size` leaves: as many as a path has. Null for a leaf that is not in it.
 * `index` and `size` are below 2^31.
 */
export function sidesOf(index: number, size: number): readonly ('left' | 'right')[] | null {
  if (index < 0 || index >= size) return null;
  const sides: ('left' | 'right')[] = [];
  for (let [at, rest] = [index, size]; rest > 1;) {
    const middle = splitOf(rest);
    sides.push(at < middle ? 'right' : 'left');
    [at, rest] = at < middle ? [at, middle] : [at - middle, rest - middle];
  }
  return sides.toReversed();
}
