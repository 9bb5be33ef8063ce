import type { Feed } from '../../../kernel/runtime/event-log/feed.ts';

/** Events per page. A payment has about six, of which one is booked: a page of 500 books some eighty payments in one transaction. */
const PAGE_EVENTS_MAX = 500;

/**
 * The same feed, in larger pages, read at most once in `everyMs` while its reader keeps up: nobody waits for a booking, and a page of payments costs
 * little more than one. A reader that is behind is not held up.
 */
export function pacedFeed(feed: Feed, everyMs: number): Feed {
  let nextReadAt = -Infinity;
  return {
    async read({ after }) {
      const waitMs = nextReadAt - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      const readAt = performance.now();
      const page = await feed.read({ after, limit: PAGE_EVENTS_MAX });
      const isBehind = page.events.length > 0 && page.head > (page.events.at(-1)?.position ?? page.head);
      nextReadAt = isBehind ? -Infinity : readAt + everyMs;
      return page;
    },
  };
}
