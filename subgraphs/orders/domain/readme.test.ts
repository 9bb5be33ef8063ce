import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

import { TRANSITIONS } from './order.ts';

it('the state diagram of the README is TRANSITIONS', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const drawn = [...readme.matchAll(/^ +(\S+) --> (\w+): (\w+)$/gm)].map(
    ([, from, to, event]) => `${from === '[*]' ? 'ABSENT' : from} ${event} ${to}`,
  );
  const decided = Object.entries(TRANSITIONS).flatMap(([from, targets]) =>
    Object.entries(targets).map(([event, to]) => `${from} ${event} ${to}`),
  );
  expect(drawn.sort()).toEqual(decided.sort());
});
