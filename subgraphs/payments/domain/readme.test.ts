import { readFileSync } from 'node:fs';

import { expect, it } from 'vitest';

import { P2P_ORDER_TRANSITIONS } from './p2p-order.ts';
import { PAY_REQUEST_TRANSITIONS } from './pay-request.ts';
import { SEARCH_TRANSITIONS } from './receiver-search.ts';
import { RETURN_TRANSITIONS } from './returns.ts';
import { DELIVERY_TRANSITIONS, TRANSITIONS } from './transitions.ts';

const TABLES: readonly Readonly<Record<string, Readonly<Record<string, string>>>>[] = [
  TRANSITIONS,
  DELIVERY_TRANSITIONS,
  P2P_ORDER_TRANSITIONS,
  SEARCH_TRANSITIONS,
  PAY_REQUEST_TRANSITIONS,
  RETURN_TRANSITIONS,
];

it('the state diagrams of the README are the tables of transitions, one after the other', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const diagrams = [...readme.matchAll(/^```mermaid\n(?<lines>stateDiagram[\s\S]*?)^```$/gm)].map((match) => match.groups?.['lines'] ?? '');
  const drawn = diagrams.map((diagram) =>
    [...diagram.matchAll(/^ +(\S+) --> (\w+): (\w+)$/gm)].map(
      ([, from, to, event]) => `${from === '[*]' ? 'UNKNOWN' : from} ${event} ${to}`,
    ),
  );
  const decided = TABLES.map((table) =>
    Object.entries(table).flatMap(([from, moves]) => Object.entries(moves).map(([event, to]) => `${from} ${event} ${to}`)),
  );
  expect(drawn.map((lines) => lines.toSorted())).toEqual(decided.map((lines) => lines.toSorted()));
});
