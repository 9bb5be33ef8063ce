import { afterEach, describe, expect, test } from 'vitest';

import { eventsOverSse } from './gateway-under-test.ts';
import type { Answer } from './hub-actors.ts';
import { type Mode, MODES, toyGateway } from './toy-gateway.ts';
import type { ToyEvent } from './toy-subgraphs.ts';

// The faults of router-runtime 1.4.23 that gateway/rust-planner.ts puts right. Without it, the first three of each transport fail.

const CLIENTS = ['graphql-ws', 'server-sent events'] as const;
const STREAM = 'subscription { orderChanged { number note order { id payment { method } } } }';

type Toy = Awaited<ReturnType<typeof toyGateway>>;
let toy: Toy | undefined;
afterEach(async () => toy?.close());

function subscribe({ gateway }: Toy, client: (typeof CLIENTS)[number]): AsyncIterableIterator<Answer> {
  return client === 'graphql-ws' ? gateway.socket().iterate({ query: STREAM }) : eventsOverSse(gateway.url, STREAM);
}

/** Subscribes, publishes one event after the other, and gives the result of each as the client saw it. */
async function resultsOf(mode: Mode, client: (typeof CLIENTS)[number], steps: readonly (ToyEvent & { before?: (toy: Toy) => void })[]) {
  toy = await toyGateway(mode);
  const { stream } = toy.toys;
  const results = subscribe(toy, client);
  const seen = [];
  for (const { before, ...event } of steps) {
    const next = results.next();
    await expect.poll(() => stream.listeners).toBe(1);
    before?.(toy);
    stream.publish(event);
    seen.push((await next).value);
  }
  return { seen, results, stream };
}

const data = (number: number, method = 'method-p1') => ({ orderChanged: { number, note: null, order: { id: 'o1', payment: { method } } } });
const codes = (result: { errors?: { path: unknown; extensions: { code: string } }[] }) =>
  result.errors?.map(({ path, extensions }) => ({ path, code: extensions.code }));

describe.each(MODES)('a stream over %s subgraphs', (mode) => {
  describe.each(CLIENTS)('to a client on %s', (client) => {
    test('a join that failed once is an error of that event only', async () => {
      const failsOnce = ({ toys }: Toy) => toys.failingPayments.add('o1');
      const { seen } = await resultsOf(mode, client, [{ number: 1 }, { number: 2, before: failsOnce }, { number: 3 }, { number: 4 }]);
      expect(seen[0]).toEqual({ data: data(1) });
      expect(seen[1].data).toEqual({ orderChanged: { number: 2, note: null, order: { id: 'o1', payment: null } } });
      expect(codes(seen[1])).toEqual([{ path: ['orderChanged', 'order', 'payment'], code: 'INTERNAL' }]);
      expect(seen.slice(2)).toEqual([{ data: data(3) }, { data: data(4) }]);
    });

    test('a nullable field that failed is an error of that event only', async () => {
      const { seen } = await resultsOf(mode, client, [{ number: 1, note: new Error('no note') }, { number: 2 }, { number: 3 }]);
      expect(seen[0].data).toEqual(data(1));
      expect(codes(seen[0])).toEqual([{ path: ['orderChanged', 'note'], code: 'INTERNAL' }]);
      expect(seen.slice(1)).toEqual([{ data: data(2) }, { data: data(3) }]);
    });

    test('an event that failed as a whole is an error without data, never an old event again, and ends the stream', async () => {
      const { seen, results, stream } = await resultsOf(mode, client, [{ number: 5 }, { number: new Error('no number') }]);
      expect(seen[0]).toEqual({ data: data(5) });
      expect(seen[1].data).toBeNull();
      expect(codes(seen[1])).toEqual([{ path: ['orderChanged', 'number'], code: 'INTERNAL' }]);
      expect(await results.next()).toMatchObject({ done: true });
      await expect.poll(() => stream.listeners).toBe(0);
    });

    test('each event is joined anew', async () => {
      const { seen } = await resultsOf(mode, client, [
        { number: 1, orderId: 'o7' },
        { number: 2, orderId: 'o8' },
      ]);
      expect(seen.map((result) => result.data.orderChanged.order)).toEqual([
        { id: 'o7', payment: { method: 'method-p7' } },
        { id: 'o8', payment: { method: 'method-p8' } },
      ]);
    });

    test('a client that leaves frees the source at once, without waiting for an event', async () => {
      toy = await toyGateway(mode);
      const { stream } = toy.toys;
      const leaving = new AbortController();
      const results = client === 'graphql-ws' ? subscribe(toy, client) : eventsOverSse(toy.gateway.url, STREAM, { signal: leaving.signal });
      const first = results.next();
      await expect.poll(() => stream.listeners).toBe(1);
      stream.publish({ number: 1 });
      await first;
      const waiting = results.next().catch(() => undefined); // The aborted request rejects.
      leaving.abort();
      void results.return?.();
      await expect.poll(() => stream.listeners, { timeout: 1_000 }).toBe(0);
      await waiting;
    });
  });
});

// The other fault: a list that a selection set names twice had its items twice (gateway/merged-selections.ts).
describe.each(MODES)('a list that is selected in parts, over %s subgraphs', (mode) => {
  const ORDERS = ['o1', 'o2', 'o3'].map((id) => ({ id, status: 'CREATED' }));

  test.each([
    ['twice', '{ orders { id } orders { status } }'],
    ['in a fragment, and again behind it', 'fragment Ids on Query { orders { id } } { ...Ids orders { status } }'],
    ['before a fragment that has it', 'fragment Ids on Query { orders { id } } { orders { status } ...Ids }'],
    [
      'under a condition',
      'query ($yes: Boolean = true) { orders { id } orders @include(if: $yes) { status } orders @skip(if: $yes) { payment { method } } }',
    ],
  ])('%s has each of its items once', async (_how, query) => {
    toy = await toyGateway(mode);
    expect((await toy.gateway.query(query)).body.data).toEqual({ orders: ORDERS });
  });

  test('further down and over a join, each of them is whole', async () => {
    toy = await toyGateway(mode);
    const query = '{ orders { id payment { id } payment { method } ... on Order { status } payment { order { status } } } }';
    const one = (id: string) => ({
      id,
      status: 'CREATED',
      payment: { id: `p${id.slice(1)}`, method: `method-p${id.slice(1)}`, order: { status: 'CREATED' } },
    });
    expect((await toy.gateway.query(query)).body.data).toEqual({ orders: ORDERS.map(({ id }) => one(id)) });
  });
});
