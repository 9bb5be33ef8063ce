import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { TRANSITIONS as DAY } from './business-day.ts';
import { TRANSITIONS as REGISTER } from './register.ts';

/** Every transition that a Mermaid state diagram draws between two states. */
function drawn(diagram: string): readonly string[] {
  return [...diagram.matchAll(/^\s*([A-Z_]+) --> ([A-Z_]+)/gm)].map(([, from, to]) => `${from} --> ${to}`).toSorted();
}

function allowed(transitions: Readonly<Record<string, readonly string[]>>): readonly string[] {
  return Object.entries(transitions)
    .flatMap(([from, targets]) => targets.map((to) => `${from} --> ${to}`))
    .toSorted();
}

test('the README draws the transitions of a business day and of a register, all of them and no others', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const diagrams = [...readme.matchAll(/```mermaid\n([\s\S]*?)```/g)].map(([, diagram]) => drawn(diagram ?? ''));
  expect(diagrams).toEqual([allowed(DAY), allowed(REGISTER)]);
});
