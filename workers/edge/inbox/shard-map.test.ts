import { describe, expect, it } from 'vitest';
import { currentEra, erasAfter, FIRST_ERA, formerHomes, homeOf, newerEras, objectName, type Eras } from './shard-map.ts';

const BANK = '3f0c7c52-6d0e-4b50-9d4f-000000000001';
const ONE: Eras = [FIRST_ERA];
const keys = Array.from({ length: 8000 }, (_, i) => `key ${i}`);

describe('the home of a key', () => {
  it('is the object with the participant’s own name while there is one', () => {
    expect(new Set(keys.map((key) => homeOf(BANK, key, 1)))).toEqual(new Set([BANK]));
  });

  it.for([2, 3, 4, 8, 16])('is one of %i, each with about as many keys', (shards) => {
    const names = Map.groupBy(keys, (key) => homeOf(BANK, key, shards));
    expect([...names.keys()].toSorted()).toEqual(Array.from({ length: shards }, (_, n) => objectName(BANK, n)).toSorted());
    const share = keys.length / shards;
    for (const [, held] of names) expect(Math.abs(held.length - share)).toBeLessThan(share / 4);
  });

  it('is the same at each look', () => {
    for (const key of keys.slice(0, 100)) expect(homeOf(BANK, key, 7)).toBe(homeOf(BANK, key, 7));
  });
});

describe('the eras of a participant', () => {
  it.for([
    ['the number in force begins nothing', ONE, { version: 5, shards: 1 }, 1],
    ['another number seen in a newer directory begins an era', ONE, { version: 5, shards: 4 }, 4],
    ['another number seen in an older directory is behind', [FIRST_ERA, { version: 9, shards: 4 }], { version: 8, shards: 1 }, 4],
    ['and in one of the same version as well', [FIRST_ERA, { version: 9, shards: 4 }], { version: 9, shards: 2 }, 4],
    ['a number may come back', [FIRST_ERA, { version: 9, shards: 4 }], { version: 12, shards: 1 }, 1],
  ] as const satisfies [string, Eras, { version: number; shards: number }, number][])('%s', ([, eras, seen, shards]) => {
    expect(currentEra(erasAfter(eras, seen)).shards).toBe(shards);
  });

  it('are learned from whoever knows more of them', () => {
    const longer: Eras = [FIRST_ERA, { version: 9, shards: 4 }];
    expect(newerEras(ONE, longer)).toBe(longer);
    expect(newerEras(longer, ONE)).toBe(longer);
  });
});

describe('the former homes of a key', () => {
  const eras: Eras = [FIRST_ERA, { version: 5, shards: 4 }, { version: 9, shards: 2 }];
  const key = keys.find((one) => homeOf(BANK, one, 4) === objectName(BANK, 3) && homeOf(BANK, one, 2) === objectName(BANK, 1)) ?? '';
  const here = objectName(BANK, 1);
  const formerly = (drained: [string, number][] = []) => formerHomes(eras, { participant: BANK, key, here, drained: new Map(drained) });

  it('are those of each era before, oldest first', () => {
    expect(formerly()).toEqual([BANK, objectName(BANK, 3)]);
  });

  it('are none where there never was another number', () => {
    expect(formerHomes(ONE, { participant: BANK, key, here: BANK, drained: new Map() })).toEqual([]);
  });

  it('do not count the home of now', () => {
    expect(formerHomes(eras, { participant: BANK, key, here: BANK, drained: new Map() })).toEqual([objectName(BANK, 3)]);
  });

  it('are left out once they are drained, up to the era for which they are', () => {
    expect(formerly([[BANK, 0]])).toEqual([objectName(BANK, 3)]);
    expect(formerly([[objectName(BANK, 3), 0]])).toEqual([BANK, objectName(BANK, 3)]);
    expect(
      formerly([
        [BANK, 0],
        [objectName(BANK, 3), 5],
      ]),
    ).toEqual([]);
  });
});
