import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { TRANSITIONS } from '../../workers/edge/inbox/message-state.ts';

it('the state diagram of the edge’s README is TRANSITIONS', () => {
  const readme = readFileSync(new URL('../../workers/edge/README.md', import.meta.url), 'utf8');
  const drawn = [...readme.matchAll(/^ +(\w+) --> (\w+)$/gm)].map(([, from, to]) => `${from} ${to}`);
  const decided = Object.entries(TRANSITIONS).flatMap(([from, targets]) => targets.map((to) => `${from} ${to}`));
  expect(drawn.toSorted()).toEqual(decided.toSorted());
});
