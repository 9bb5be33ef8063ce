import { describe, expect, test } from 'vitest';

import { BANKS, MERCHANTS } from '../world.ts';
import { logoOf, pictureOf } from './drawings.ts';

describe('the drawings of the sandbox', () => {
  test.each([...BANKS, ...MERCHANTS].map(({ slot }) => slot))('have a logo for %s', (slot) => {
    expect(logoOf(slot)).toMatch(/^<svg .*<\/svg>$/s);
  });

  test.each(MERCHANTS.flatMap(({ goods }) => goods.map(({ id }) => id)))('have a picture of %s', (id) => {
    expect(pictureOf(id)).toMatch(/^<svg .*<\/svg>$/s);
  });

  test.each(['nobody', 'toString', '__proto__', ''])('have none for "%s"', (name) => {
    expect(logoOf(name)).toBeNull();
    expect(pictureOf(name)).toBeNull();
  });
});
