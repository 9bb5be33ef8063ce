import { afterEach, describe, expect, test } from 'vitest';

import type { Authenticate } from '../../gateway/credentials.ts';
import { ok } from '../../kernel/core/result.ts';
import { eventsOverSse } from './gateway-under-test.ts';
import type { Answer } from './hub-actors.ts';
import { MODES, toyGateway } from './toy-gateway.ts';

// One event that reaches many streams that ask for the same is executed and joined once. Nobody gets what was made for somebody else.

const JOINED = 'subscription { orderChanged { number watcher order { id payment { method } } } }';
const authenticate: Authenticate = async (authorization = '') =>
  ok({ caller: { kind: 'merchant', merchantUid: authorization.replace('Bearer ', ''), keyId: 'k-1' }, expiresAt: null });

type Toy = Awaited<ReturnType<typeof toyGateway>>;
let toy: Toy | undefined;
afterEach(async () => toy?.close());

interface Watcher {
  readonly merchant: string;
  readonly query?: string;
  readonly over?: 'graphql-ws' | 'server-sent events';
}

/** Subscribes for each, publishes one event, and gives what each saw of it, with how often payments was asked. */
async function oneEventFor(opened: Toy, watchers: readonly Watcher[]): Promise<{ seen: Answer[]; joins: number }> {
  const { gateway, toys } = opened;
  const streams = watchers.map(({ merchant, query = JOINED, over = 'graphql-ws' }) =>
    over === 'graphql-ws'
      ? gateway.socket({ authorization: `Bearer ${merchant}` }).iterate({ query })
      : eventsOverSse(gateway.url, query, { headers: { authorization: `Bearer ${merchant}` } }),
  );
  const firsts = streams.map((stream) => stream.next());
  await expect.poll(() => toys.stream.listeners).toBe(watchers.length);
  const before = toys.seen.length;
  toys.stream.publish({ number: 7 });
  const seen = (await Promise.all(firsts)).map(({ value }) => value);
  return { seen, joins: toys.seen.length - before };
}

describe.each(MODES)('an event over %s subgraphs', (mode) => {
  test('is told to everybody as what it is for them', async () => {
    toy = await toyGateway(mode, { authenticate });
    const merchants = ['a', 'b', 'a'];
    const { seen } = await oneEventFor(toy, [
      ...merchants.map((merchant) => ({ merchant })),
      { merchant: 'b', query: 'subscription { orderChanged { number watcher } }' },
    ]);
    expect(seen.map(({ data }) => [data.orderChanged.number, JSON.parse(data.orderChanged.watcher).merchantUid])).toEqual([
      [7, 'a'],
      [7, 'b'],
      [7, 'a'],
      [7, 'b'],
    ]);
  });
});

test('is joined once for all equal streams of one caller, over whatever they came', async () => {
  toy = await toyGateway('local', { authenticate });
  const equal = Array.from({ length: 6 }, (_, index) => {
    return { merchant: 'a', over: index % 2 === 0 ? ('graphql-ws' as const) : ('server-sent events' as const) };
  });
  const { seen, joins } = await oneEventFor(toy, equal);
  expect(seen.map(({ data }) => data.orderChanged.order)).toEqual(equal.map(() => ({ id: 'o1', payment: { method: 'method-p1' } })));
  expect(joins).toBe(1);
});

test('is joined for each caller and each selection by itself', async () => {
  toy = await toyGateway('local', { authenticate });
  const other = JOINED.replace('number', 'number note');
  const { joins } = await oneEventFor(toy, [
    { merchant: 'a' },
    { merchant: 'a' },
    { merchant: 'b' },
    { merchant: 'b', query: other },
    { merchant: 'b', query: other },
  ]);
  expect(joins).toBe(3);
});
