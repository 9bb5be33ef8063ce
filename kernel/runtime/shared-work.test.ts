import { describe, expect, test } from 'vitest';

import { createSharedWork } from './shared-work.ts';

function parties(count: number, now = { ms: 0 }) {
  const work = createSharedWork<string, string, string>(() => now.ms);
  const places = Array.from({ length: count }, () => work.join('orders', () => 'plan'));
  let runs = 0;
  const take = (place: (typeof places)[number], item: string) => place.of(item, () => `${item} ${(runs += 1)}`);
  return { work, places, take, now };
}

describe('work that equal parties share', () => {
  test('is done by the first of them, and all take its result', () => {
    const { places, take } = parties(3);
    expect(places.map((place) => take(place, 'event'))).toEqual(['event 1', 'event 1', 'event 1']);
  });

  test('is made ready once for a key, and anew when all have left', () => {
    const work = createSharedWork<object, string, string>();
    const made = [work.join('a', () => ({})), work.join('a', () => ({})), work.join('b', () => ({}))];
    expect(made[0]?.shared).toBe(made[1]?.shared);
    expect(made[0]?.shared).not.toBe(made[2]?.shared);
    for (const place of made) place.leave();
    expect(work.size).toBe(0);
    expect(work.join('a', () => ({})).shared).not.toBe(made[0]?.shared);
  });

  test('is forgotten when everybody has taken it', () => {
    const { places, take } = parties(2);
    for (const place of places) take(place, 'event');
    expect(places.map((place) => take(place, 'event'))).toEqual(['event 2', 'event 2']);
  });

  test('is done anew for whoever comes after a moment', () => {
    const { places, take, now } = parties(2);
    const [first, second] = places.map((place) => () => take(place, 'event'));
    expect(first?.()).toBe('event 1');
    now.ms += 250;
    expect(second?.()).toBe('event 2');
  });

  test('keeps a few results only, the newest', () => {
    const { places, take } = parties(2);
    const [first, second] = places;
    if (!first || !second) throw new Error('there are two');
    const items = Array.from({ length: 33 }, (_, index) => `event-${index}`);
    for (const item of items) take(first, item);
    expect(take(second, 'event-1')).toBe('event-1 2');
    expect(take(second, 'event-0')).toBe('event-0 34');
  });

  test('of somebody who is alone is kept for nobody', () => {
    const { places, take } = parties(1);
    expect(places.flatMap((place) => [take(place, 'event'), take(place, 'event')])).toEqual(['event 1', 'event 2']);
  });
});
