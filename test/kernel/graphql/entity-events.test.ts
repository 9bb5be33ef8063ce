import { type ExecutionResult, graphql, parse, printType, subscribe } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';

import { wallClock } from '../../../kernel/runtime/clock.ts';
import { createEventLog, type EventLog } from '../../../kernel/runtime/event-log/event-log.ts';
import type { EventStreams } from '../../../kernel/runtime/event-log/stream.ts';
import { buildSubgraph, createSubgraphBuilder } from '../../../kernel/runtime/graphql/builder.ts';
import { addEntityEvents } from '../../../kernel/runtime/graphql/entity-events.ts';
import type { RequestContext } from '../../../kernel/runtime/graphql/schema-types.ts';
import { createMetrics } from '../../../kernel/runtime/metrics.ts';
import { ANONYMOUS, type Caller } from '../../../schema/caller.ts';
import { waitFor } from '../../support/wait-for.ts';
import { aLog, anEvent, silentLogger, type TestLog } from '../event-log/support/a-log.ts';

/** What a subgraph writes to have streams of one of several kinds of entity in its log: the frame, used once. */
interface AliasContext extends RequestContext {
  readonly aliases: EventStreams;
}
const ALIAS_EVENTS = { AliasLinked: z.object({ tail: z.string() }), AliasUnlinked: z.object({ tail: z.string() }) };

function aliasSchema() {
  const { builder, streamStart } = createSubgraphBuilder<AliasContext>({ errorCodes: ['NONE'], mutations: false, subscriptions: true });
  addEntityEvents(builder, {
    entity: 'Alias',
    nouns: { a: 'an alias', one: 'alias', many: 'aliases' },
    event: 'AliasChanged',
    historyField: 'aliasHistory',
    idArgument: 'aliasId',
    versionDescription: 'Counts the changes of the alias.',
    streamStart,
    requiresScopes: [['aliases:read']],
    schemas: ALIAS_EVENTS,
    types: {
      ALIAS_LINKED: { value: 'AliasLinked', description: 'It leads to an account.' },
      ALIAS_UNLINKED: { value: 'AliasUnlinked', description: 'It leads nowhere.' },
    },
    streams: ({ aliases }) => aliases,
    isVisible: async (id) => id !== 'alias-of-others',
    fields: (t) => ({
      tail: t.string({ description: 'The account’s end.', resolve: ({ event }) => ALIAS_EVENTS.AliasLinked.parse(event.payload).tail }),
    }),
  });
  return buildSubgraph(builder);
}

const schema = aliasSchema();
const BANK: Caller = { kind: 'bank', bankGuid: 'bank', keyId: 'k' };
const metrics = createMetrics({ processMetrics: false });

let log: TestLog;
let events: EventLog;
let aliases: EventStreams;
beforeAll(async () => {
  log = await aLog();
  const secrets = { cursor: [{ kid: 'k', key: Buffer.alloc(32, 3) }] };
  events = createEventLog({ ...log, logName: 'orders', secrets, clock: wallClock, metrics, logger: silentLogger });
  aliases = events.streams({ streamName: 'aliases', types: Object.keys(ALIAS_EVENTS) });
  await events.start();
  const at = new Date();
  await log.publish(
    anEvent({ subject: 'alias-1', type: 'AliasLinked', payload: { tail: '0002' }, audience: ['bank'], at }),
    anEvent({ subject: 'something-else', type: 'Elsewhere', audience: ['bank'], at }),
    anEvent({ subject: 'alias-1', version: 2, type: 'AliasUnlinked', payload: { tail: '0002' }, audience: ['bank'], at }),
  );
  events.poke();
  await waitFor(async () => (await aliases.head()).head === 3n);
});
afterAll(async () => {
  await events.stop();
  await log.drop();
});

const contextOf = (caller: Caller, credentialEndsInMs?: number): AliasContext => ({ caller, requestId: 'r', aliases, credentialEndsInMs });

async function open(source: string, contextValue = contextOf(BANK)): Promise<AsyncGenerator<ExecutionResult>> {
  const opened = await subscribe({ schema, document: parse(`subscription { ${source} }`), contextValue });
  if (!(Symbol.asyncIterator in opened)) throw new Error(String(opened.errors?.[0]?.extensions['code']));
  return opened;
}

async function take(stream: AsyncGenerator<ExecutionResult>, count: number): Promise<unknown[]> {
  const items: unknown[] = [];
  while (items.length < count) items.push((await stream.next()).value.data['aliasChanged']);
  await stream.return(undefined);
  return items;
}

const ITEM =
  '{ __typename ... on AliasChanged { sequence previousSequence aliasVersion type tail } ... on StreamReady { replayed } ... on StreamNotice { code } }';

describe('the frame for the events of an entity', () => {
  test('makes history and stream in the shape that every subgraph has', () => {
    const fields = (name: string) => printType(schema.getType(name) as never).replaceAll(/""".*?"""\n\s*/gs, ''); // Any named type can be printed.
    expect(fields('Subscription').replaceAll(/\s+/g, ' ')).toContain(
      'aliasChanged( after: Cursor aliasId: ID from: StreamStart! = NOW types: [AliasEventType!] ): AliasStreamItem!',
    );
    expect(fields('Query').replaceAll(/\s+/g, ' ')).toContain(
      'aliasHistory( after: Cursor aliasId: ID first: Int! = 50 ): AliasEventConnection!',
    );
    expect(fields('AliasStreamItem')).toBe('union AliasStreamItem = AliasChanged | StreamHeartbeat | StreamNotice | StreamReady');
  });

  test('carries the entity’s events alone, also from a log with others', async () => {
    expect(await take(await open(`aliasChanged(from: BEGINNING) ${ITEM}`), 3)).toEqual([
      { __typename: 'AliasChanged', sequence: '1', previousSequence: null, aliasVersion: 1, type: 'ALIAS_LINKED', tail: '0002' },
      { __typename: 'AliasChanged', sequence: '3', previousSequence: '1', aliasVersion: 2, type: 'ALIAS_UNLINKED', tail: '0002' },
      { __typename: 'StreamReady', replayed: 2 },
    ]);
    const { data } = await graphql({ schema, source: '{ aliasHistory { nodes { sequence } } }', contextValue: contextOf(BANK) });
    expect(data).toEqual({ aliasHistory: { nodes: [{ sequence: '1' }, { sequence: '3' }] } });
  });

  test('says that the credential is about to end', async () => {
    const stream = await open(`aliasChanged ${ITEM}`, contextOf(BANK, 1_000));
    expect(await take(stream, 2)).toEqual([
      { __typename: 'StreamReady', replayed: 0 },
      { __typename: 'StreamNotice', code: 'TOKEN_EXPIRING' },
    ]);
  });

  test.each([
    ['of what the caller cannot see', 'aliasChanged(aliasId: "alias-of-others") { __typename }', BANK, 'NOT_FOUND'],
    ['without a credential', 'aliasChanged { __typename }', ANONYMOUS, 'UNAUTHENTICATED'],
    ['from a cursor and a start', 'aliasChanged(after: "x", from: NOW) { __typename }', BANK, 'STREAM_START_CONFLICT'],
    ['from a snapshot of everything', 'aliasChanged(from: SNAPSHOT) { __typename }', BANK, 'STREAM_SNAPSHOT_SUBJECT'],
    ['from no cursor', 'aliasChanged(after: "x") { __typename }', BANK, 'CURSOR_INVALID'],
  ])('refuses a stream %s', async (_what, source, caller, code) => {
    await expect(open(source, contextOf(caller))).rejects.toThrow(code);
  });

  test('counts what it does', async () => {
    const { text } = await metrics.expose();
    expect(text).toContain('event_streams_open{stream="aliases"} 0');
    expect(text).toContain('event_stream_items_total{stream="aliases",kind="notice"} 1');
    expect(text).toContain('event_stream_refusals_total{stream="aliases",code="CURSOR_INVALID"} 1');
    expect(text).toMatch(/event_log_events_total\{log="orders"\} 3/);
  });
});
