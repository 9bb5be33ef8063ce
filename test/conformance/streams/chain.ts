import { expect } from 'vitest';

import type { StreamedItem } from './client.ts';

/** Every item follows the one before it: nobody could have lost anything between them. */
export function expectChain(items: readonly StreamedItem[]): void {
  for (const [index, item] of items.entries()) {
    const previous = items[index - 1];
    if (previous) expect(item.previousSequence).toBe(previous.sequence);
  }
}
