import { readFileSync } from 'node:fs';

import { expect, it } from 'vitest';

import { DELIVERY_TRANSITIONS, TRANSITIONS } from './transitions.ts';

it('the state diagrams of the README are the tables of transitions', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const drawn = [...readme.matchAll(/^ +(\S+) --> (\w+): (\w+)$/gm)].map(
    ([, from, to, event]) => `${from === '[*]' ? 'UNKNOWN' : from} ${event} ${to}`,
  );
  const decided = [...Object.entries(TRANSITIONS), ...Object.entries(DELIVERY_TRANSITIONS)].flatMap(([from, moves]) =>
    Object.entries(moves).map(([event, to]) => `${from} ${event} ${to}`),
  );
  expect(drawn.sort()).toEqual(decided.sort());
});
