import DataLoader from 'dataloader';

import { isUuid } from '../../../kernel/core/ids.ts';
import type { AliasReads, AliasView } from '../app/ports.ts';

/** Gathers look-ups of one moment into one read. It remembers nothing: a subscription lives long, and an alias changes meanwhile. */
export function createAliasLoader(reads: AliasReads): (id: string) => Promise<AliasView | null> {
  const loader = new DataLoader<string, AliasView | null>(
    async (ids) => {
      const found = await reads.byIds(ids);
      return ids.map((id) => found.get(id) ?? null);
    },
    { cache: false },
  );
  return async (id) => (isUuid(id) ? await loader.load(id) : null);
}
