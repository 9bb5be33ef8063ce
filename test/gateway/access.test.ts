import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import { buildSchema, getNamedType, type GraphQLSchema, isLeafType, isObjectType, isRequiredArgument } from 'graphql';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { type AccessRow, accessMatrix } from '../../gateway/access/access-matrix.ts';
import { satisfies } from '../../gateway/access/field-scopes.ts';
import type { Caller } from '../../schema/caller.ts';
import { SCOPES, scopesOf } from '../../schema/scopes.ts';
import { accessWorld, type AccessWorld, spellingsOf } from './access-world.ts';
import { createFieldOperations, type FieldOperation } from './field-operations.ts';
import { type Answer, dataOf } from './hub-actors.ts';
import { answerOver, type Transport, TRANSPORTS } from './transports.ts';

/** Root fields that ask for no scope, each with the reason. */
const OPEN_FIELDS = {
  'Query.emitters': 'every checkout shows which banks one can pay with',
  'Query.viewer': 'says whose credential it is',
  'Query.node': 'is planned as the field of the type, which asks for its own',
};

let world: AccessWorld;
let schema: GraphQLSchema;
let rows: readonly AccessRow[];
let operationsTokens: Readonly<Record<string, string>>;

beforeAll(async () => {
  const file = (name: string) => readFile(new URL(`../../schema/${name}.graphql`, import.meta.url), 'utf8');
  const [supergraph, api] = await Promise.all([file('supergraph'), file('api')]);
  schema = buildSchema(api);
  rows = accessMatrix({ supergraph, api });
  world = await accessWorld();
  const tokens = await Promise.all(['', ...SCOPES].map(async (scope) => [scope, await world.hub.operationsTokenFor(scope)] as const));
  operationsTokens = Object.fromEntries(tokens);
}, 60_000);
afterAll(() => world.close());

const isRoot = ({ coordinate }: AccessRow) => /^(?:Query|Mutation|Subscription)\./.test(coordinate);
const isScoped = (row: AccessRow) => isRoot(row) || row.requirement.length > 0;
const socket = (params?: Record<string, unknown>) => {
  const url = world.hub.core.gatewayUrl.replace('http', 'ws');
  return createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0, ...(params ? { connectionParams: params } : {}) });
};
const ask = (transport: Transport, query: string, credential: string | null): Promise<Answer> =>
  answerOver(transport, { url: world.hub.core.gatewayUrl, socket }, { query, ...(credential === null ? {} : { credential }) });

/** Runs over all items, some at a time. */
async function forEach<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: 12 }, worker));
}

test('every root field asks for scopes, except those whose reason is written down', () => {
  const open = rows.filter((row) => isRoot(row) && row.requirement.length === 0).map(({ coordinate }) => coordinate);
  expect(open.toSorted()).toEqual(Object.keys(OPEN_FIELDS).toSorted());
});

test('every field of operations is absent from the contract of merchants, and no credential of a participant may ask for it', async () => {
  const merchant = buildSchema(await readFile(new URL('../../schema/merchant.graphql', import.meta.url), 'utf8'));
  const internal = rows
    .filter((row) => isRoot(row))
    .filter(({ coordinate }) => {
      const [type = '', field = ''] = coordinate.split('.');
      const found = merchant.getType(type);
      return !(isObjectType(found) && field in found.getFields());
    });
  expect(internal.length).toBeGreaterThan(5);
  const mutations = internal.filter(({ coordinate }) => coordinate.startsWith('Mutation.'));
  for (const { coordinate, allowed } of mutations)
    expect([coordinate, Object.values(allowed)]).toEqual([coordinate, [false, false, false, false, false]]);
});

describe('the matrix of fields and credentials', () => {
  /** What a credential of these scopes must be answered for a field: the operation that asks for it, and whether it is refused. */
  function expectations(scopes: readonly string[], of: readonly AccessRow[]) {
    const requirements = new Map(rows.map(({ coordinate, requirement }) => [coordinate, requirement]));
    const mayUse = (coordinate: string) => satisfies(requirements.get(coordinate) ?? [], scopes);
    const allowedWay = createFieldOperations(schema, mayUse);
    const anyWay = createFieldOperations(schema, () => true);
    // node is planned as the field of the type that the id names: node.test.ts has it.
    return of
      .filter(({ coordinate }) => coordinate !== 'Query.node')
      .flatMap(({ coordinate }): { coordinate: string; operation: FieldOperation; allowed: boolean }[] => {
        const operation = (mayUse(coordinate) ? allowedWay(coordinate) : null) ?? anyWay(coordinate);
        return operation ? [{ coordinate, operation, allowed: operation.coordinates.every(mayUse) }] : [];
      });
  }

  async function expectMatrix(caller: Caller, credential: string | null, o: { transport: Transport; of: readonly AccessRow[] }) {
    const refusal = caller.kind === 'anonymous' ? 'UNAUTHENTICATED' : 'FORBIDDEN';
    const expected = expectations(scopesOf(caller), o.of).filter(
      ({ operation }) => o.transport !== 'HTTP' || operation.root !== 'subscription',
    );
    expect(expected.length).toBeGreaterThan(20);
    const wrong: unknown[] = [];
    await forEach(expected, async ({ coordinate, operation, allowed }) => {
      const answer = await ask(o.transport, operation.query, credential);
      const codes: string[] = (answer.errors ?? []).map((error: Answer) => error.extensions.code);
      const refused = codes.includes(refusal) && !answer.data;
      const unexpected = codes.filter((code) => code === 'INTERNAL' || code.startsWith('GRAPHQL_'));
      if (refused === allowed || unexpected.length > 0) wrong.push({ coordinate, allowed, query: operation.query, errors: answer.errors });
    });
    expect(wrong).toEqual([]);
  }

  const CREDENTIALS: readonly (readonly [string, () => string | null, Caller])[] = [
    ['no credential', () => null, { kind: 'anonymous' }],
    ['a publishable key', () => world.credentials.pk, { kind: 'customer', merchantUid: '', orderId: null, keyId: '' }],
    [
      'a publishable key with a client secret',
      () => world.credentials.pkWithSecret,
      { kind: 'customer', merchantUid: '', orderId: '', keyId: '' },
    ],
    ['a page token', () => world.credentials.pageToken, { kind: 'customer', merchantUid: '', orderId: '', keyId: '' }],
    ['a secret key', () => world.credentials.sk, { kind: 'merchant', merchantUid: '', keyId: '' }],
    ['a bank key', () => world.credentials.bk, { kind: 'bank', bankGuid: '', keyId: '' }],
    ['operations with every scope', () => world.hub.operationsToken, { kind: 'operations', subject: '', scopes: [...SCOPES] }],
    ['operations without a scope', () => operationsTokens[''] ?? '', { kind: 'operations', subject: '', scopes: [] }],
  ];

  test.each(CREDENTIALS)(
    '%s, over HTTP, every field',
    async (_name, credential, caller) => {
      await expectMatrix(caller, credential(), { transport: 'HTTP', of: rows });
    },
    60_000,
  );

  test.each(
    CREDENTIALS.flatMap((row) =>
      (['server-sent events', 'graphql-ws'] as const).map((transport) => [row[0], transport, row[1], row[2]] as const),
    ),
  )(
    '%s, over %s, every field that asks for scopes',
    async (_name, transport, credential, caller) => {
      await expectMatrix(caller, credential(), { transport, of: rows.filter(isScoped) });
    },
    60_000,
  );

  test.each(SCOPES)('operations with the scope %s alone', async (scope) => {
    const caller: Caller = { kind: 'operations', subject: '', scopes: [scope] };
    await expectMatrix(caller, operationsTokens[scope] ?? '', { transport: 'HTTP', of: rows.filter(isRoot) });
  });
});

describe('what belongs to one tenant', () => {
  const STRANGERS = ['sk', 'bk', 'pkWithSecret', 'pageToken'] as const;
  const CALLERS = {
    sk: { kind: 'merchant', merchantUid: '', keyId: '' },
    bk: { kind: 'bank', bankGuid: '', keyId: '' },
    pkWithSecret: { kind: 'customer', merchantUid: '', orderId: '', keyId: '' },
    pageToken: { kind: 'customer', merchantUid: '', orderId: '', keyId: '' },
  } as const satisfies Record<(typeof STRANGERS)[number], Caller>;

  /** Every leaf that the scopes reach below a type, three objects deep. */
  function selectionOf(typeName: string, scopes: readonly string[], depth = 3): string {
    const type = schema.getType(typeName);
    if (type && 'getTypes' in type)
      return type
        .getTypes()
        .map(({ name }) => `... on ${name} { ${selectionOf(name, scopes, depth)} }`)
        .join(' ');
    if (!type || !isObjectType(type)) return '__typename';
    const requirements = new Map(rows.map(({ coordinate, requirement }) => [coordinate, requirement]));
    const fields = Object.values(type.getFields())
      .filter((field) => satisfies(requirements.get(`${typeName}.${field.name}`) ?? [], scopes) && !field.args.some(isRequiredArgument))
      .flatMap((field) => {
        const given = getNamedType(field.type);
        if (isLeafType(given)) return [field.name];
        return depth > 0 ? [`${field.name} { ${selectionOf(given.name, scopes, depth - 1)} }`] : [];
      });
    return ['__typename', ...fields].join(' ');
  }

  /** Every root field that takes an id, asked for this one. */
  function operationsNaming(id: string, scopes: readonly string[]): readonly { root: string; query: string }[] {
    const roots = { query: schema.getQueryType(), mutation: schema.getMutationType(), subscription: schema.getSubscriptionType() };
    return Object.entries(roots).flatMap(([root, type]) =>
      Object.values(type?.getFields() ?? {}).flatMap((field) => {
        const requirement = rows.find(({ coordinate }) => coordinate === `${type?.name}.${field.name}`)?.requirement ?? [];
        if (!satisfies(requirement, scopes)) return [];
        const selection = selectionOf(getNamedType(field.type).name, scopes, 1);
        const inputs = field.args.filter(({ type: given }) => ['ID', 'String'].includes(getNamedType(given).name));
        const direct = inputs.map(({ name }) => {
          const others = field.args.filter((argument) => argument.name !== name && isRequiredArgument(argument));
          const more = others.map(
            (argument) => `, ${argument.name}: ${getNamedType(argument.type).name === 'BusinessDay' ? '"2026-01-01"' : '"x"'}`,
          );
          return { root, query: `${root} { ${field.name}(${name}: "${id}"${more.join('')}) { ${selection} } }` };
        });
        const cancel =
          field.name === 'orderCancel'
            ? [{ root, query: `mutation { orderCancel(input: { orderId: "${id}", idempotencyKey: "${randomUUID()}" }) { ${selection} } }` }]
            : [];
        return [...direct, ...cancel];
      }),
    );
  }

  /** An answer without what is of the moment, and without the id that was asked for. */
  const bare = (answer: Answer, id: string): string =>
    JSON.stringify(answer, (name, value: unknown) =>
      ['requestId', 'cost', 'locations', 'cursor', 'endCursor', 'retentionFrom'].includes(name) ? undefined : value,
    ).replaceAll(id, '*');

  /** The same spelling of something that nobody has. */
  function unknownLike(id: string): string {
    const text = Buffer.from(id, 'base64').toString();
    return /^[A-Z]\w+:/.test(text) ? Buffer.from(`${text.split(':', 1)[0]}:${randomUUID()}`).toString('base64') : randomUUID();
  }

  test.each(STRANGERS)(
    'is for the %s of another as if it did not exist, by whatever id and field it is asked for',
    async (stranger) => {
      const credential = world.strangers[stranger];
      const scopes = scopesOf(CALLERS[stranger]);
      const names = spellingsOf(world.belongings);
      const wrong: unknown[] = [];
      let asked = 0;
      await forEach(names, async (id) => {
        const unknown = unknownLike(id);
        const controls = operationsNaming(unknown, scopes);
        for (const [n, { root, query }] of operationsNaming(id, scopes).entries()) {
          for (const transport of TRANSPORTS.filter((way) => way !== 'HTTP' || root !== 'subscription').filter(
            (way) => way === 'HTTP' || root === 'subscription' || id === world.belongings.orderId,
          )) {
            const [answer, control] = await Promise.all([
              ask(transport, query, credential),
              ask(transport, controls[n]?.query ?? '', credential),
            ]);
            asked += 1;
            const others = names.filter((name) => name !== id && bare(answer, id).includes(name));
            if (bare(answer, id) !== bare(control, unknown) || others.length > 0) wrong.push({ transport, query, answer, control, others });
          }
        }
      });
      expect(wrong).toEqual([]);
      expect(asked).toBeGreaterThan(25);
    },
    60_000,
  );

  test.each(STRANGERS)('is in no list that the %s of another can read', async (stranger) => {
    const scopes = scopesOf(CALLERS[stranger]);
    const requirements = new Map(rows.map(({ coordinate, requirement }) => [coordinate, requirement]));
    const lists = Object.values(schema.getQueryType()?.getFields() ?? {}).filter(
      (field) => !field.args.some(isRequiredArgument) && satisfies(requirements.get(`Query.${field.name}`) ?? [], scopes),
    );
    for (const { name, type } of lists) {
      const answer = await ask('HTTP', `{ ${name} { ${selectionOf(getNamedType(type).name, scopes, 2)} } }`, world.strangers[stranger]);
      const found = [...spellingsOf(world.belongings), 'Order A-17 of Shop'].filter((secret) => JSON.stringify(answer).includes(secret));
      expect([name, found]).toEqual([name, []]);
      expect(answer.errors?.map((error: Answer) => error.extensions.code) ?? []).toEqual(
        ['order', 'payment', 'p2pOrder'].includes(name) ? ['BAD_USER_INPUT'] : [],
      );
    }
  });

  test('is all there for its owner, so that the tests above ask the right questions', async () => {
    const text = '{ orders(first: 10) { nodes { id orderId reference payment { guid } merchant { uid } } } }';
    const seen = JSON.stringify(dataOf(await ask('HTTP', text, world.credentials.sk)));
    const { orderId, reference, paymentGuid, merchantUid } = world.belongings;
    for (const own of [orderId, reference, paymentGuid, merchantUid]) expect(seen).toContain(own);
  });
});

describe.each(['pkWithSecret', 'pageToken'] as const)('a customer with the %s', (kind) => {
  const asCustomer = (query: string, transport: Transport = 'HTTP') => ask(transport, query, world.credentials[kind]);

  test('sees what the payment page shows, and neither account nor payer nor bank', async () => {
    const { orderId } = world.belongings;
    const text = `{ order(orderId: "${orderId}") { id status purpose expiresAt amount { decimal } merchant { name logoUrl } links { qr } nextAction { __typename } eventCursor } viewer { kind } }`;
    const data = dataOf(await asCustomer(text));
    expect(data).toMatchObject({
      order: { status: 'SUCCESS', amount: { decimal: '1500.75' }, merchant: { name: 'Shop' } },
      viewer: { kind: 'CUSTOMER' },
    });
    expect(JSON.stringify(data)).not.toMatch(/UA\d{27}|380634|305299|Payer/);
    for (const hidden of ['receiverBank { name }', 'payment { guid }', 'reference', 'merchant { iban }', 'merchant { bank { name } }']) {
      const answer = await asCustomer(`{ order(orderId: "${orderId}") { ${hidden} } }`);
      expect([hidden, answer.data ?? null, answer.errors[0].extensions.code]).toEqual([hidden, null, 'FORBIDDEN']);
    }
  });

  test.each(['graphql-ws', 'server-sent events'] as const)(
    'follows the order over %s by the order’s own numbers, which say nothing of the merchant’s other orders',
    async (transport) => {
      const { orderId } = world.belongings;
      const item = '__typename ... on OrderStatusChanged { sequence previousSequence orderVersion }';
      const first = await asCustomer(`subscription { orderStatusChanged(from: BEGINNING) { ${item} } }`, transport);
      expect(first.data.orderStatusChanged).toEqual({
        __typename: 'OrderStatusChanged',
        sequence: '1',
        previousSequence: null,
        orderVersion: 1,
      });
      const history = dataOf(
        await asCustomer(`{ orderEvents(orderId: "${orderId}") { nodes { sequence previousSequence type order { orderId } } } }`),
      );
      expect(history.orderEvents.nodes).toEqual(
        ['ORDER_CREATED', 'ORDER_CLAIMED', 'ORDER_SUCCEEDED'].map((type, n) => ({
          type,
          sequence: String(n + 1),
          previousSequence: n === 0 ? null : String(n),
          order: { orderId },
        })),
      );
    },
  );

  test('cannot follow another order', async () => {
    const { orderId } = await world.hub.createOrder();
    const history = await asCustomer(`{ orderEvents(orderId: "${orderId}") { nodes { sequence } } }`);
    expect(history.errors[0].extensions.code).toBe('NOT_FOUND');
    const stream = await asCustomer(`subscription { orderStatusChanged(orderId: "${orderId}") { __typename } }`, 'graphql-ws');
    expect(stream.errors[0].extensions.code).toBe('NOT_FOUND');
  });

  test('may leave events of its order out, and keeps the order’s own numbers', async () => {
    const item = '__typename ... on OrderStatusChanged { sequence previousSequence }';
    const of = (types: string) => `subscription { orderStatusChanged(from: BEGINNING, types: [${types}]) { ${item} } }`;
    const first = async (types: string) => (await asCustomer(of(types), 'graphql-ws')).data.orderStatusChanged;
    expect(await first('ORDER_SUCCEEDED')).toMatchObject({ sequence: '3', previousSequence: null });
    expect(await first('ORDER_CANCELED')).toEqual({ __typename: 'StreamReady' });
  });
});

test('a client secret of another merchant’s order is refused with this merchant’s publishable key', async () => {
  const clientSecret = world.strangers.pkWithSecret.split('.')[1] ?? '';
  const credential = `${world.credentials.pk}.${clientSecret}`;
  const orderId = /^cs_(?<id>[0-9a-f-]{36})/.exec(clientSecret)?.groups?.['id'] ?? '';
  for (const args of ['', `(orderId: "${orderId}")`]) {
    const history = await ask('HTTP', `{ orderEvents${args} { nodes { sequence } } }`, credential);
    expect([history.data ?? null, history.errors[0].extensions.code]).toEqual([null, 'NOT_FOUND']);
    const stream = await ask('graphql-ws', `subscription { orderStatusChanged${args} { __typename } }`, credential);
    expect(stream.errors[0].extensions.code).toBe('NOT_FOUND');
  }
  expect(dataOf(await ask('HTTP', `{ order(orderId: "${orderId}") { status } }`, credential)).order).toBeNull();
});
