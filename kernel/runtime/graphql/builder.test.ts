import { buildSubgraphSchema, printSubgraphSchema } from '@apollo/subgraph';
import { execute, GraphQLError, parse, printType, subscribe, validate } from 'graphql';
import { describe, expect, test } from 'vitest';

import { ANONYMOUS } from '../../../schema/caller.ts';
import type { Money } from '../../core/money.ts';
import type { StreamEvent, StreamItem } from '../event-log/stream-items.ts';
import { buildSubgraph, createSubgraphBuilder } from './builder.ts';
import { connectionType } from './connection-type.ts';
import { connectionOf, pageRequest } from './connection.ts';
import { requestError, streamError, userError } from './errors.ts';
import { globalId, wireIdOf } from './global-id.ts';
import { mutationPayload } from './mutation-payload.ts';
import type { RequestContext } from './schema-types.ts';
import { streamItemType, streamStart } from './stream-types.ts';

// A whole subgraph of one noun, as the folders under subgraphs/ split it over builder.ts, one file per type and schema.ts.

interface Parcel {
  readonly guid: string;
  readonly price: Money;
  readonly sentAt: Date;
}

interface ParcelContext extends RequestContext {
  readonly parcels: Map<string, Parcel>;
  readonly events: readonly StreamItem[];
  readonly asked: unknown[];
}

function parcelsSchema() {
  const { builder, streamStart: StreamStart } = createSubgraphBuilder<ParcelContext>({
    errorCodes: ['PRICE_TOO_LOW', 'IDEMPOTENCY_MISMATCH'],
    mutations: true,
    subscriptions: true,
  });

  const parcel = builder.objectRef<Parcel>('Parcel');
  builder.asEntity(parcel, {
    key: builder.selection<{ id: string }>('id'),
    resolveReference: ({ id }, { parcels }) => parcels.get(wireIdOf('Parcel', id) ?? '') ?? null,
  });
  parcel.implement({
    description: 'Something that is on its way.',
    fields: (t) => ({
      id: t.id({ description: 'The global id.', resolve: ({ guid }) => globalId('Parcel', guid) }),
      guid: t.exposeString('guid', { description: 'The wire id.' }),
      price: t.expose('price', { type: 'Money', description: 'What it cost.' }),
      sentAt: t.expose('sentAt', { type: 'DateTime', description: 'When it left.' }),
    }),
  });

  builder.queryFields((t) => ({
    parcel: t.field({
      type: parcel,
      nullable: true,
      description: 'One parcel.',
      args: { id: t.arg.id({ required: true, description: 'Global or wire id.' }) },
      resolve: (_root, { id }, { parcels }) => parcels.get(wireIdOf('Parcel', id) ?? '') ?? null,
    }),
    parcels: t.field({
      type: connectionType(builder, 'Parcel', parcel),
      description: 'All parcels.',
      args: { first: t.arg.int({ description: 'Page size.' }), after: t.arg({ type: 'Cursor', description: 'Where to go on.' }) },
      resolve: (_root, args, { parcels }) => {
        const page = pageRequest(args, { keyParts: 1 });
        const rows = [...parcels.values()].filter((row) => !page.after || row.guid > (page.after[0] ?? ''));
        return connectionOf(rows, page, (row) => [row.guid]);
      },
    }),
  }));

  const payload = mutationPayload<{ parcel: Parcel | null }, ParcelContext>(builder, 'ParcelSend', (t) => ({
    parcel: t.field({ type: parcel, nullable: true, description: 'What was sent.', resolve: (result) => result.parcel }),
  }));
  const input = builder.inputType('ParcelSendInput', {
    description: 'What to send.',
    fields: (t) => ({
      price: t.field({ type: 'MoneyInput', required: true, description: 'The price.' }),
      sentAt: t.field({ type: 'DateTime', required: true, description: 'When.' }),
      idempotencyKey: t.string({ required: true, description: 'Makes a repetition harmless.' }),
    }),
  });
  builder.mutationField('parcelSend', (t) =>
    t.field({
      type: payload,
      description: 'Sends a parcel.',
      args: { input: t.arg({ type: input, required: true, description: 'What to send.' }) },
      resolve: (_root, { input: { price, sentAt } }) => {
        if (price.minor <= 0n) {
          return { parcel: null, replayed: false, errors: [userError('PRICE_TOO_LOW', 'Nothing is free.', { path: ['price', 'minor'] })] };
        }
        return { parcel: { guid: 'p9', price, sentAt }, replayed: false, errors: [] };
      },
    }),
  );

  const moved = builder.objectRef<StreamEvent>('ParcelMoved').implement({
    description: 'A parcel moved.',
    fields: (t) => ({
      cursor: t.expose('cursor', { type: 'Cursor', description: 'Resume here.' }),
      sequence: t.expose('sequence', { type: 'Sequence', description: 'Your number.' }),
      previousSequence: t.expose('previousSequence', { type: 'Sequence', nullable: true, description: 'The one before.' }),
    }),
  });
  const item = builder.unionType('ParcelStreamItem', {
    description: 'What the stream brings.',
    types: [moved, 'StreamReady', 'StreamHeartbeat', 'StreamNotice'],
    resolveType: streamItemType('ParcelMoved'),
  });
  builder.subscriptionField('parcelMoved', (t) =>
    t.field({
      type: item,
      description: 'Moves of parcels.',
      args: {
        after: t.arg({ type: 'Cursor', description: 'Resume behind this.' }),
        from: t.arg({ type: StreamStart, required: true, defaultValue: 'NOW', description: 'Where to begin without a cursor.' }),
      },
      subscribe: (_root, args, { events, asked }, info) => {
        asked.push(streamStart(args, info));
        return (async function* () {
          yield* events;
        })();
      },
      resolve: (streamed) => streamed,
    }),
  );
  return buildSubgraph(builder);
}

const schema = parcelsSchema();
const PARCEL: Parcel = { guid: 'p1', price: { minor: 150_075n, currency: 'UAH' }, sentAt: new Date('2026-01-31T10:00:00.5Z') };

function aContext(more: Partial<ParcelContext> = {}): ParcelContext {
  return { caller: ANONYMOUS, requestId: 'r1', parcels: new Map([['p1', PARCEL]]), events: [], asked: [], ...more };
}

async function ask(source: string, context = aContext(), variableValues: Record<string, unknown> = {}): Promise<unknown> {
  const document = parse(source);
  const problems = validate(schema, document);
  const result = problems.length > 0 ? { errors: problems } : await execute({ schema, document, contextValue: context, variableValues });
  return JSON.parse(JSON.stringify(result));
}

describe('the schema of a subgraph', () => {
  test('is one that @apollo/subgraph reads back', () => {
    const sdl = printSubgraphSchema(schema);
    const again = buildSubgraphSchema({ typeDefs: parse(sdl) });
    expect(Object.keys(again.getTypeMap())).toEqual(
      expect.arrayContaining(['Parcel', 'Money', 'PageInfo', 'UserError', '_Entity', 'StreamReady']),
    );
    expect(sdl).toContain('@key(fields: "id")');
    for (const name of ['Money', 'PageInfo', 'StreamReady', 'StreamHeartbeat', 'StreamNotice']) {
      expect(sdl).toMatch(new RegExp(`type ${name}\\s+@shareable`));
    }
  });

  test('has non-null fields unless they say otherwise', () => {
    const parcel = schema.getType('Parcel');
    expect(parcel && printType(parcel)).toContain('price: Money!');
  });

  test('describes every type and field that subgraphs share', () => {
    const undescribed = Object.values(schema.getTypeMap())
      .filter((type) => !type.name.startsWith('_') && !['Query', 'Mutation', 'Subscription'].includes(type.name))
      .flatMap((type) => [type, ...('getFields' in type ? Object.values(type.getFields()) : [])])
      .filter((element) => !element.description);
    expect(undescribed.map((element) => element.name)).toEqual([]);
  });
});

describe('values', () => {
  test('leave as exact text', async () => {
    expect(await ask('{ parcel(id: "p1") { id price { minor currency decimal } sentAt } }')).toEqual({
      data: {
        parcel: {
          id: globalId('Parcel', 'p1'),
          price: { minor: '150075', currency: 'UAH', decimal: '1500.75' },
          sentAt: '2026-01-31T10:00:00.500Z',
        },
      },
    });
  });

  const send = (price: string, sentAt = '"2026-01-31T12:00:00+02:00"') =>
    `mutation { parcelSend(input: { price: ${price}, sentAt: ${sentAt}, idempotencyKey: "k" }) { parcel { price { minor } sentAt } replayed errors { code path retryable } } }`;

  test('come in as they left', async () => {
    expect(await ask(send('{ minor: "9007199254740993", currency: "UAH" }'))).toMatchObject({
      data: {
        parcelSend: { parcel: { price: { minor: '9007199254740993' }, sentAt: '2026-01-31T10:00:00.000Z' }, replayed: false, errors: [] },
      },
    });
  });

  test.each([
    ['a number as an amount', '{ minor: 5, currency: "UAH" }', undefined],
    ['an amount with a fraction', '{ minor: "5.5", currency: "UAH" }', undefined],
    ['an amount with leading zeros', '{ minor: "05", currency: "UAH" }', undefined],
    ['an amount beyond a bigint of the database', '{ minor: "10000000000000000000", currency: "UAH" }', undefined],
    ['an unknown currency', '{ minor: "5", currency: "USD" }', undefined],
    ['a time without an offset', '{ minor: "5", currency: "UAH" }', '"2026-01-31T12:00:00"'],
    ['a day that does not exist', '{ minor: "5", currency: "UAH" }', '"2026-02-31T25:00:00Z"'],
  ])('are refused: %s', async (_title, price, sentAt) => {
    const { errors } = (await ask(send(price, sentAt))) as { errors?: { extensions?: { code?: string } }[] }; // The form of a GraphQL answer.
    expect(errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT');
  });

  test('a refusal is data', async () => {
    expect(await ask(send('{ minor: "0", currency: "UAH" }'))).toMatchObject({
      data: { parcelSend: { parcel: null, errors: [{ code: 'PRICE_TOO_LOW', path: ['price', 'minor'], retryable: false }] } },
    });
  });
});

describe('lists and entities', () => {
  test('a page has edges, nodes and its place', async () => {
    const parcels = new Map(['p1', 'p2', 'p3'].map((guid) => [guid, { ...PARCEL, guid }]));
    const answer = await ask(
      '{ parcels(first: 2) { nodes { guid } edges { node { guid } } pageInfo { hasNextPage hasPreviousPage } } }',
      aContext({ parcels }),
    );
    expect(answer).toMatchObject({
      data: {
        parcels: {
          nodes: [{ guid: 'p1' }, { guid: 'p2' }],
          edges: [{ node: { guid: 'p1' } }, { node: { guid: 'p2' } }],
          pageInfo: { hasNextPage: true, hasPreviousPage: false },
        },
      },
    });
  });

  test('another subgraph finds an entity by its global id', async () => {
    const answer = await ask('query ($r: [_Any!]!) { _entities(representations: $r) { ... on Parcel { guid } } }', aContext(), {
      r: [{ __typename: 'Parcel', id: globalId('Parcel', 'p1') }],
    });
    expect(answer).toEqual({ data: { _entities: [{ guid: 'p1' }] } });
  });
});

describe('streams', () => {
  const EVENT = { position: 7n, subject: 'p1', version: 1, type: 'Moved', payload: {}, at: new Date(0), hash: Buffer.alloc(32) };
  const ITEMS: StreamItem[] = [
    { kind: 'ready', cursor: 'c0', replayed: 0, retentionFrom: 'c-' },
    { kind: 'event', cursor: 'c1', sequence: 2n ** 53n + 1n, previousSequence: null, event: EVENT },
    { kind: 'heartbeat', cursor: 'c2' },
    { kind: 'notice', cursor: 'c3', code: 'DRAINING', reconnectAfterMs: 10 },
  ];
  const QUERY = `subscription ($after: Cursor, $from: StreamStart! = NOW) { parcelMoved(after: $after, from: $from) { __typename
    ... on ParcelMoved { cursor sequence previousSequence } ... on StreamReady { replayed retentionFrom } ... on StreamNotice { code reconnectAfterMs } } }`;

  test('carry four kinds of items', async () => {
    const results = await subscribe({ schema, document: parse(QUERY), contextValue: aContext({ events: ITEMS }) });
    if (!(Symbol.asyncIterator in results)) throw new Error(JSON.stringify(results));
    const items: unknown[] = [];
    for await (const { data } of results) items.push({ ...(data?.['parcelMoved'] as object) }); // graphql-js types data as unknown members.
    expect(items).toEqual([
      { __typename: 'StreamReady', replayed: 0, retentionFrom: 'c-' },
      { __typename: 'ParcelMoved', cursor: 'c1', sequence: '9007199254740993', previousSequence: null },
      { __typename: 'StreamHeartbeat' },
      { __typename: 'StreamNotice', code: 'DRAINING', reconnectAfterMs: 10 },
    ]);
  });

  test.each([
    [{}, { from: 'NOW' }],
    [{ from: 'BEGINNING' }, { from: 'BEGINNING' }],
    [{ after: 'c1' }, { after: 'c1' }],
    [{ after: null, from: 'SNAPSHOT' }, { from: 'SNAPSHOT' }],
    [
      { after: 'c1', from: 'BEGINNING' },
      { after: 'c1', from: 'BEGINNING' },
    ],
  ])('with the arguments %j start at %j', async (variableValues, start) => {
    const context = aContext();
    await subscribe({ schema, document: parse(QUERY), contextValue: context, variableValues });
    expect(context.asked).toEqual([start]);
  });

  test.each([
    ['subscription { parcelMoved(after: "c1") { __typename } }', { after: 'c1' }],
    ['subscription { parcelMoved(after: "c1", from: NOW) { __typename } }', { after: 'c1', from: 'NOW' }],
    ['subscription ($from: StreamStart!) { parcelMoved(after: "c1", from: $from) { __typename } }', { after: 'c1', from: 'NOW' }],
  ])('tell the default from what a client wrote: %s', async (query, start) => {
    const context = aContext();
    await subscribe({ schema, document: parse(query), contextValue: context, variableValues: { from: 'NOW' } });
    expect(context.asked).toEqual([start]);
  });

  test('tell a client what to do with a bad cursor', () => {
    const error = streamError({ code: 'CURSOR_EXPIRED', retentionFrom: 'c0' });
    expect(error).toBeInstanceOf(GraphQLError);
    expect(error.extensions).toEqual({ code: 'CURSOR_EXPIRED', retentionFrom: 'c0', retryable: false });
    expect(streamError({ code: 'STREAM_DRAINING' }).extensions).toMatchObject({ retryable: true });
    expect(requestError('FORBIDDEN', 'no').extensions).toEqual({ code: 'FORBIDDEN', retryable: false });
  });
});
