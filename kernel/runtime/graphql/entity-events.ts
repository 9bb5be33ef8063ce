import type { FieldMap } from '@pothos/core';

import { RETENTION_DAYS } from '../event-log/retention.ts';
import type { StreamEvent, StreamItem } from '../event-log/stream-items.ts';
import type { Scope } from '../../../schema/scopes.ts';
import type { Selected } from '../event-log/log-reader.ts';
import type { EventStreams, HistoryPage, StreamRequest } from '../event-log/stream.ts';
import { connectionType } from './connection-type.ts';
import type { Connection } from './connection.ts';
import { requestError, streamError } from './errors.ts';
import { wireIdOf } from './global-id.ts';
import type { RequestContext, SubgraphBuilder, SubgraphSchemaTypes } from './schema-types.ts';
import { streamScopeOf, watchedFilter } from './stream-scope.ts';
import { streamItemType, streamStart, type StreamStartRef } from './stream-types.ts';

type Types<Context extends RequestContext> = PothosSchemaTypes.ExtendDefaultTypes<SubgraphSchemaTypes<Context>>;
type EventTypeRef<Context extends RequestContext> = PothosSchemaTypes.EnumRef<Types<Context>, string>;
type EventFields<Context extends RequestContext> = (t: PothosSchemaTypes.ObjectFieldBuilder<Types<Context>, StreamEvent>) => FieldMap;

export interface EntityEvents<Context extends RequestContext> {
  /** The entity as the schema names it, which names the rest: `Order` has `OrderEventType`, `orderVersion`, `orderEvents`. */
  readonly entity: Capitalize<string>;
  /** The same in sentences: `an order`, `order`, `orders`. */
  readonly nouns: { readonly a: string; readonly one: string; readonly many: string };
  /** The type of one event, `OrderStatusChanged`; the subscription has the same name with a small letter. */
  readonly event: Capitalize<string>;
  /** The query for its history, where it is not `orderEvents`. */
  readonly historyField?: string;
  /** The argument that takes one entity's id in either form. */
  readonly idArgument: string;
  /** Of the field `orderVersion`, the event's number within its entity. */
  readonly versionDescription: string;
  readonly streamStart: StreamStartRef;
  /** What a credential must be good for, to read history and stream: one of these sets. */
  readonly requiresScopes: readonly (readonly Scope[])[];
  /** The shapes of the log's events, by their type (schema/events). */
  readonly schemas: Readonly<Record<string, unknown>>;
  /** Every type of event, by its name in the schema. */
  readonly types: Readonly<Record<string, { readonly value: string; readonly description: string }>>;
  /** The log has events of other entities as well: without `types` only those above are meant. */
  readonly sharesLog?: true;
  /** What this entity's events say beyond what every event says. */
  readonly fields: EventFields<Context>;
  readonly streams: (context: Context) => EventStreams;
  /** Whether the caller may see the entity with this wire id. */
  readonly isVisible: (wireId: string, context: Context) => Promise<boolean>;
}

/** The type of an event of the log. Throws for one that the contract does not have. */
export function knownEventType<Schemas extends object>(schemas: Schemas, type: string): keyof Schemas & string {
  if (!Object.hasOwn(schemas, type)) throw new Error(`the log has an event of the unknown type ${type}`);
  return type as keyof Schemas & string; // A key of the schemas, as the line above found.
}

/** Pages of history may be larger than other pages: a client that was away catches up with them. */
const HISTORY_PAGE_MAX = 200;

/** The history and the live stream of an entity: the same items, on the same cursors. */
export function addEntityEvents<Context extends RequestContext>(builder: SubgraphBuilder<Context>, o: EntityEvents<Context>): void {
  const eventType = addEventType(builder, o);
  const event = addEvent(builder, o, eventType);
  addHistory(builder, o, event);
  addStream(builder, o, { event, eventType });
}

function addEventType<Context extends RequestContext>(
  builder: SubgraphBuilder<Context>,
  { entity, nouns, types }: EntityEvents<Context>,
): EventTypeRef<Context> {
  const eventType: unknown = builder.enumType(`${entity}EventType`, { description: `What happened to ${nouns.a}.`, values: types });
  return eventType as EventTypeRef<Context>; // Pothos cannot tell the values' type while the context is generic; all of them are strings.
}

function addEvent<Context extends RequestContext>(
  builder: SubgraphBuilder<Context>,
  o: EntityEvents<Context>,
  eventType: EventTypeRef<Context>,
) {
  const { entity, nouns } = o;
  return builder.objectRef<StreamEvent>(o.event).implement({
    description: `One event of ${nouns.a}. Its own fields are as of the event; \`${lowerFirst(entity)}\` is as of delivery.`,
    fields: (t) => ({
      cursor: t.expose('cursor', { type: 'Cursor', description: 'Resume here and the next event is the one after this.' }),
      sequence: t.expose('sequence', {
        type: 'Sequence',
        description: 'The caller’s own number of the event, without holes over all of the caller’s events.',
      }),
      previousSequence: t.expose('previousSequence', {
        type: 'Sequence',
        nullable: true,
        description:
          'The event before this one under the same filter: if it is not the one you have, you have missed some. Null for the first.',
      }),
      [`${lowerFirst(entity)}Version`]: t.int({ description: o.versionDescription, resolve: ({ event }) => event.version }),
      type: t.field({ type: eventType, description: 'What happened.', resolve: ({ event }) => knownEventType(o.schemas, event.type) }),
      occurredAt: t.field({ type: 'DateTime', description: 'When it happened.', resolve: ({ event }) => event.at }),
      ...o.fields(t),
    }),
  });
}

function addHistory<Context extends RequestContext>(
  builder: SubgraphBuilder<Context>,
  o: EntityEvents<Context>,
  event: ReturnType<typeof addEvent<Context>>,
): void {
  const { entity, nouns } = o;
  const idArgument = idArgumentOf(o);
  const connection = connectionType(builder, `${entity}Event`, event);
  builder.queryField(o.historyField ?? `${lowerFirst(entity)}Events`, (t) =>
    t.field({
      type: connection,
      requiresScopes: scopesOf(o),
      description: `The events of ${nouns.many} that concern the caller, oldest first; the same items and cursors as \`${lowerFirst(o.event)}\`. Kept for ${RETENTION_DAYS} days.`,
      args: {
        [idArgument]: t.arg.id({ description: `One ${nouns.one}, by either id.` }),
        after: t.arg({ type: 'Cursor', description: 'The place to go on from.' }),
        first: t.arg.int({ required: true, defaultValue: 50, description: `How many; at most ${HISTORY_PAGE_MAX}.` }),
      },
      resolve: async (_root, args, context): Promise<Connection<StreamEvent>> => {
        if (args.first < 1 || args.first > HISTORY_PAGE_MAX) {
          throw requestError('PAGE_SIZE', `first is between 1 and ${HISTORY_PAGE_MAX}`, { max: HISTORY_PAGE_MAX });
        }
        const after = args.after ?? undefined;
        const selected = selectedFor(o, { id: args[idArgument] }, context);
        // A participant's scope keeps others' events out by itself; whose order it is that a customer watches, only the order says.
        if (selected.scope !== 'all' && 'subject' in selected.scope) await assertVisible(o, selected.scope.subject, context);
        const page = await o.streams(context).history({ ...selected, after, first: args.first });
        if (!page.ok) throw streamError(page.failure);
        return connectionOfHistory(page.value, after);
      },
    }),
  );
}

function connectionOfHistory({ events, hasNextPage, endCursor }: HistoryPage, after: string | undefined): Connection<StreamEvent> {
  return {
    edges: events.map((event) => ({ node: event, cursor: event.cursor })),
    pageInfo: { hasNextPage, hasPreviousPage: after !== undefined, startCursor: events[0]?.cursor ?? null, endCursor },
  };
}

interface StreamRefs<Context extends RequestContext> {
  readonly event: ReturnType<typeof addEvent<Context>>;
  readonly eventType: EventTypeRef<Context>;
}

function addStream<Context extends RequestContext>(
  builder: SubgraphBuilder<Context>,
  o: EntityEvents<Context>,
  { event, eventType }: StreamRefs<Context>,
): void {
  const idArgument = idArgumentOf(o);
  const item = builder.unionType(`${o.entity}StreamItem`, {
    description: `What a stream of ${o.nouns.many} carries.`,
    types: [event, 'StreamReady', 'StreamHeartbeat', 'StreamNotice'],
    resolveType: streamItemType(o.event),
  });
  builder.subscriptionField(lowerFirst(o.event), (t) =>
    t.field({
      type: item,
      requiresScopes: scopesOf(o),
      description: `Every committed change, at least once, in order per ${o.nouns.one}. The first item, or the first after the replay, is StreamReady. Resume with the cursor of the last item.`,
      args: {
        [idArgument]: t.arg.id({ description: `One ${o.nouns.one}, by either id.` }),
        types: t.arg({ type: [eventType], description: 'Only these events. The filter is part of the cursor.' }),
        after: t.arg({ type: 'Cursor', description: 'Resume behind this item.' }),
        from: t.arg({ type: o.streamStart, required: true, defaultValue: 'NOW', description: 'Where to begin without a cursor.' }),
      },
      subscribe: (_root, args, context, info) =>
        openStream(o, { id: args[idArgument], types: args.types, ...streamStart(args, info) }, context),
      resolve: (streamItem: StreamItem) => streamItem,
    }),
  );
}

interface StreamArguments extends Pick<StreamRequest, 'after' | 'from'> {
  readonly id?: string | null | undefined;
  readonly types?: readonly string[] | null | undefined;
}

/** What the caller cannot see is refused here: a stream that stays silent for ever would look like an entity to which nothing happens. */
async function openStream<Context extends RequestContext>(
  o: EntityEvents<Context>,
  { id, types, after, from }: StreamArguments,
  context: Context,
): Promise<AsyncIterable<StreamItem>> {
  const { scope, filter } = selectedFor(o, { id, types }, context);
  if (filter.subject !== undefined) await assertVisible(o, filter.subject, context);
  const opened = await o.streams(context).subscribe({ scope, filter, after, from, credentialEndsInMs: context.credentialEndsInMs });
  if (!opened.ok) throw streamError(opened.failure);
  return opened.value;
}

/** What the caller may read of the log, of what it asks for. Of a customer both scope and filter name the order that it watches. */
function selectedFor<Context extends RequestContext>(
  o: EntityEvents<Context>,
  asked: Pick<StreamArguments, 'id' | 'types'>,
  context: Context,
): Selected {
  return { scope: streamScopeOf(context.caller), filter: watchedFilter(context.caller, o.entity, filterOf(o, asked)) };
}

/** Throws NOT_FOUND for an entity that the caller may not see, as for one that is not there. */
async function assertVisible<Context extends RequestContext>(o: EntityEvents<Context>, subject: string, context: Context): Promise<void> {
  if (!(await o.isVisible(subject, context))) throw requestError('NOT_FOUND', `there is no such ${o.nouns.one}`);
}

function filterOf<Context extends RequestContext>(
  { entity, types: own, sharesLog }: EntityEvents<Context>,
  { id, types }: Pick<StreamArguments, 'id' | 'types'>,
) {
  const meant = types ?? (sharesLog ? Object.values(own).map(({ value }) => value) : undefined);
  return {
    ...(id === null || id === undefined ? {} : { subject: wireIdOf(entity, id) ?? '' }),
    ...(meant === undefined ? {} : { types: meant }),
  };
}

/** As Pothos wants them: arrays that could be changed. */
function scopesOf({ requiresScopes }: { readonly requiresScopes: readonly (readonly Scope[])[] }): Scope[][] {
  return requiresScopes.map((scopes) => [...scopes]);
}

/** The argument's name. */
function idArgumentOf({ idArgument }: { readonly idArgument: string }): 'id' {
  return idArgument as 'id'; // Any name will do: with a name of type string the types of all arguments would be one.
}

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);
