import { describe, expect, test } from 'vitest';

import type { FeedPage } from './feed.ts';
import { sharedFeed } from './shared-feed.ts';

const page = (head: bigint): FeedPage => ({ floor: 0n, head, events: [] });

describe('a shared feed', () => {
  test('reads once for all who ask for one place at once, and apart for another place or length', async () => {
    const asked: string[] = [];
    const feed = sharedFeed({
      read: ({ after, limit }) => {
        asked.push(`${after} ${limit}`);
        return Promise.resolve(page(after + 1n));
      },
    });
    const places = [
      { after: 7n, limit: 10 },
      { after: 7n, limit: 10 },
      { after: 8n, limit: 10 },
      { after: 7n, limit: 9 },
    ] as const;
    const pages = await Promise.all(places.map((place) => feed.read(place)));
    expect(pages.map(({ head }) => head)).toEqual([8n, 8n, 9n, 8n]);
    expect(asked).toEqual(['7 10', '8 10', '7 9']);
  });

  test('never answers with a read that began before it was asked', async () => {
    let head = 1n;
    const answers: ((value: FeedPage) => void)[] = [];
    const feed = sharedFeed({
      read: () => {
        const seen = head;
        return new Promise((resolve) => answers.push(() => resolve(page(seen))));
      },
    });
    const first = feed.read({ after: 0n, limit: 1 });
    await new Promise(setImmediate);
    head = 2n;
    const second = feed.read({ after: 0n, limit: 1 });
    await new Promise(setImmediate);
    for (const answer of answers) answer(page(0n));
    expect([(await first).head, (await second).head]).toEqual([1n, 2n]);
  });

  test('fails those who asked, and nobody after them', async () => {
    let broken = true;
    const feed = sharedFeed({ read: () => (broken ? Promise.reject(new Error('gone')) : Promise.resolve(page(3n))) });
    await expect(feed.read({ after: 0n, limit: 1 })).rejects.toThrow('gone');
    broken = false;
    expect((await feed.read({ after: 0n, limit: 1 })).head).toBe(3n);
  });
});
