import type { Feed } from '../../../kernel/runtime/event-log/feed.ts';

/**
 * The same feed, read at most once in `everyMs`: nobody waits for a booking, and a page of payments costs little more than one.
 */
export function pacedFeed(feed: Feed, everyMs: number): Feed {
  let readAt = -Infinity;
  return {
    async read(request) {
      const waitMs = readAt + everyMs - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      readAt = performance.now();
      return feed.read(request);
    },
  };
}
