import { buildSubgraphSchema } from '@apollo/subgraph';
import { GraphQLError, GraphQLScalarType, parse } from 'graphql';

import type { ExecutableSubgraph } from '../../gateway/transports/local.ts';
import type { Caller } from '../../schema/caller.ts';

/** What a toy resolver sees: who asks, as the gateway established it. */
interface ToyContext {
  readonly caller: Caller;
  readonly requestId: string;
}

/** An event of the toy stream. A field that is an Error fails in its resolver. */
export interface ToyEvent {
  readonly number: number | Error;
  readonly note?: string | Error;
  readonly orderId?: string;
}

const value = <T>(given: T | Error): T => {
  if (given instanceof Error) throw given;
  return given;
};

/** Two subgraphs that refer to each other, with a stream that tests feed by hand. */
export function toySubgraphs() {
  const stream = createToyStream<ToyEvent>();
  const seen: ToyContext[] = [];
  const failingPayments = new Set<string>();
  const remember = (_parent: unknown, _args: unknown, context: ToyContext) => {
    seen.push(context);
  };

  const orders = subgraph(
    `
    scalar Even
    type Query { order(id: ID!): Order  orders: [Order!]!  half(of: Even!): Int  whoami: String!  broken: String  refused: String }
    type Mutation { orderCancel(id: ID!): Order }
    type Subscription { orderChanged: OrderChanged! }
    type Order @key(fields: "id") { id: ID! status: String! }
    type OrderChanged { number: Int! note: String order: Order! watcher: String! }
    `,
    {
      Even: EVEN,
      Query: {
        half: (_: unknown, { of }: { of: number }) => of / 2,
        order: (_: unknown, { id }: { id: string }) => ({ id }),
        orders: () => ['o1', 'o2', 'o3'].map((id) => ({ id })),
        whoami: (_: unknown, __: unknown, { caller }: ToyContext) => JSON.stringify(caller),
        broken: () => {
          throw new Error('the password of the database is hunter2');
        },
        refused: () => {
          throw new GraphQLError('Only for operations.', { extensions: { code: 'FORBIDDEN' } });
        },
      },
      Mutation: { orderCancel: (_: unknown, { id }: { id: string }) => ({ id, status: 'CANCELED' }) },
      Subscription: {
        orderChanged: {
          subscribe: (parent: unknown, args: unknown, context: ToyContext) => {
            remember(parent, args, context);
            return stream.subscribe();
          },
          resolve: (event: ToyEvent) => event,
        },
      },
      OrderChanged: {
        number: (event: ToyEvent) => value(event.number),
        note: (event: ToyEvent) => value(event.note ?? null),
        order: (event: ToyEvent) => ({ id: event.orderId ?? 'o1' }),
        watcher: (_: unknown, __: unknown, { caller }: ToyContext) => JSON.stringify(caller),
      },
      Order: { status: (order: { status?: string }) => order.status ?? 'CREATED', __resolveReference: (order: object) => order },
    },
  );

  const payments = subgraph(
    `
    type Query { payment(id: ID!): Payment }
    type Payment @key(fields: "id") { id: ID! method: String! order: Order }
    type Order @key(fields: "id") { id: ID! payment: Payment }
    `,
    {
      Query: { payment: (_: unknown, { id }: { id: string }) => ({ id }) },
      Payment: {
        __resolveReference: (payment: object) => payment,
        method: ({ id }: { id: string }) => `method-${id}`,
        order: ({ id }: { id: string }) => ({ id: id.replace('p', 'o') }),
      },
      Order: {
        __resolveReference: (order: object, context: ToyContext) => {
          seen.push(context);
          return order;
        },
        payment: ({ id }: { id: string }) => {
          if (failingPayments.delete(id)) throw new Error('payments lost its database');
          return { id: id.replace('o', 'p') };
        },
      },
    },
  );
  return { orders, payments, stream, seen, failingPayments };
}

/** A scalar whose rule only its subgraph knows: the gateway lets any value through. */
const EVEN = new GraphQLScalarType({
  name: 'Even',
  parseValue(given) {
    if (typeof given !== 'number' || given % 2 !== 0) throw new GraphQLError('not an even number');
    return given;
  },
});

function subgraph(typeDefs: string, resolvers: object): ExecutableSubgraph {
  const head = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.6", import: ["@key"])\n';
  return {
    schema: buildSubgraphSchema({ typeDefs: parse(head + typeDefs), resolvers: resolvers as never }), // Its resolver map type is of graphql-tools.
    contextFor: (asked) => asked,
  };
}

/** A source of events that counts who listens. `return()` frees a waiting listener at once, as the real event streams do. */
export function createToyStream<Event>() {
  const listeners = new Set<(event: Event | Ending) => void>();
  let taken = 0;
  const tell = (event: Event | Ending) => {
    for (const listener of listeners) listener(event);
  };
  return {
    get listeners() {
      return listeners.size;
    },
    /** How many events were asked for and given, by all listeners ever. */
    get taken() {
      return taken;
    },
    publish: tell,
    /** Every listener hears of the end, or of what went wrong. */
    end: () => tell(new Ending()),
    fail: (error: Error) => tell(new Ending(error)),
    subscribe(): AsyncIterableIterator<Event> {
      const waiting: (Event | Ending)[] = [];
      let wake: (() => void) | undefined;
      let done = false;
      const listener = (event: Event | Ending) => {
        waiting.push(event);
        wake?.();
      };
      listeners.add(listener);
      const finish = () => {
        done = true;
        listeners.delete(listener);
        wake?.();
      };
      return {
        [Symbol.asyncIterator]() {
          return this;
        },
        async next() {
          for (;;) {
            const event = done ? undefined : waiting.shift();
            if (event instanceof Ending) {
              finish();
              if (event.error) throw event.error;
            } else if (event !== undefined) {
              taken += 1;
              return { done: false, value: event };
            }
            if (done) return { done: true, value: undefined };
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
        },
        async return() {
          finish();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

class Ending {
  readonly error: Error | undefined;
  constructor(error?: Error) {
    this.error = error;
  }
}
