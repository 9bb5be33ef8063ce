import { createGatheredReads } from '../gathered-reads.ts';
import type { Feed, FeedPage } from './feed.ts';

/**
 * One log for several readers of this process: those that a bell wakes at one place share a read. An answer is never older than its question, so
 * nobody who looks again after a ring can miss what the ring was about. The events of a page are shared too: readers do not change them.
 */
export function sharedFeed(feed: Feed): Feed {
  const read = createGatheredReads<string, FeedPage>({
    read: async (places) => {
      const pages = places.map(async (place) => [place, await feed.read(placeOf(place))] as const);
      return new Map(await Promise.all(pages));
    },
  });
  return {
    async read({ after, limit }) {
      const page = await read(`${after} ${limit}`);
      if (!page) throw new Error(`the log was read after ${after} and nothing was answered`);
      return page;
    },
  };
}

function placeOf(place: string): { after: bigint; limit: number } {
  const [after = '', limit = ''] = place.split(' ');
  return { after: BigInt(after), limit: Number(limit) };
}
