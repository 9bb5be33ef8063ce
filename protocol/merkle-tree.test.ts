import { createHash } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import { leafInput, nodeInput, pathOf, rootOf, sidesOf } from './merkle-tree.ts';

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const leaves = (size: number): Uint8Array[] => Array.from({ length: size }, (_, n) => sha256(leafInput(Buffer.from(String(n)))));
const SIZES = [1, 2, 3, 4, 5, 7, 8, 9, 16, 31, 33];

/** The root again, level by level from below with a promoted odd end: another way to the same tree. */
function rootByLevels(hashes: readonly Uint8Array[]): Uint8Array {
  let level = hashes;
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let at = 0; at < level.length; at += 2) {
      const [left, right] = level.slice(at, at + 2);
      if (left) above.push(right ? sha256(nodeInput(left, right)) : left);
    }
    level = above;
  }
  return level[0] ?? sha256(new Uint8Array());
}

test('the tree of nothing, of one leaf and of two are those of RFC 6962', () => {
  // Known answers of Certificate Transparency: the empty tree, and the leaf of no bytes.
  expect(hex(rootOf([], sha256))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  const empty = sha256(leafInput(new Uint8Array()));
  expect(hex(rootOf([empty], sha256))).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d');
  const second = sha256(leafInput(Buffer.of(0)));
  expect(hex(rootOf([empty, second], sha256))).toBe('fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125');
});

describe.each(SIZES)('a tree of %i leaves', (size) => {
  const hashes = leaves(size);
  const root = rootOf(hashes, sha256);

  test('has the root that building it level by level gives', () => {
    expect(hex(root)).toBe(hex(rootByLevels(hashes)));
  });

  test('leads to its root from every leaf, and from no other place', () => {
    for (let index = 0; index < size; index++) {
      const path = pathOf(hashes, index, sha256);
      const climb = (at: number): string | null => {
        const sides = sidesOf(at, size);
        if (sides?.length !== path.length) return null;
        const start = hashes[index] ?? new Uint8Array();
        return hex(
          sides.reduce((hash, side, level) => {
            const sibling = path[level] ?? new Uint8Array();
            return sha256(side === 'right' ? nodeInput(hash, sibling) : nodeInput(sibling, hash));
          }, start),
        );
      };
      expect(climb(index)).toBe(hex(root));
      for (let other = 0; other < size; other++) if (other !== index) expect(climb(other)).not.toBe(hex(root));
    }
  });

  test('is the tree over its blocks of four', () => {
    const blocks = Array.from({ length: Math.ceil(size / 4) }, (_, n) => hashes.slice(4 * n, 4 * n + 4));
    const roots = blocks.map((block) => rootOf(block, sha256));
    expect(hex(rootOf(roots, sha256))).toBe(hex(root));
    for (let index = 0; index < size; index++) {
      const block = Math.floor(index / 4);
      const path = [...pathOf(blocks[block] ?? [], index % 4, sha256), ...pathOf(roots, block, sha256)];
      expect(path.map(hex)).toEqual(pathOf(hashes, index, sha256).map(hex));
    }
  });
});

test('a leaf that is not there has no path', () => {
  expect(() => pathOf(leaves(3), 3, sha256)).toThrow(RangeError);
  expect(sidesOf(3, 3)).toBeNull();
  expect(sidesOf(-1, 3)).toBeNull();
});
