import { type GraphQLResolveInfo, Kind } from 'graphql';

import type { StreamItem, StreamNoticeCode } from '../event-log/stream-items.ts';
import type { StreamStart } from '../event-log/stream.ts';
import type { RequestContext, SubgraphBuilder } from './schema-types.ts';

/** The parts of a stream's union that are the same in every subgraph. */
export function addStreamTypes(builder: SubgraphBuilder<RequestContext>) {
  const noticeCode = builder.enumType('StreamNoticeCode', {
    description: 'What a stream has to say about itself.',
    values: {
      DRAINING: {
        description: 'The stream ends: its time is over, or this server stops. Wait `reconnectAfterMs`, then resume at the cursor.',
      },
      TOKEN_EXPIRING: { description: 'The credential is about to end, and the stream with it. Connect again with a new one.' },
      LAGGED: { description: 'The stream ends: it was read so slowly that what follows is no longer kept. Take a snapshot.' },
    } satisfies Record<StreamNoticeCode, { description: string }>,
  });
  builder.objectType('StreamReady', {
    description: 'History is done; what follows is live.',
    shareable: true,
    fields: (t) => ({
      cursor: t.expose('cursor', { type: 'Cursor', description: 'Resume here.' }),
      replayed: t.exposeInt('replayed', { description: 'How many events of the past came before this.' }),
      retentionFrom: t.expose('retentionFrom', { type: 'Cursor', description: 'The oldest place that can still be resumed.' }),
    }),
  });
  builder.objectType('StreamHeartbeat', {
    description: 'Nothing new for you, and the stream is alive. Its cursor moves past events that were not for you.',
    shareable: true,
    fields: (t) => ({ cursor: t.expose('cursor', { type: 'Cursor', description: 'Resume here.' }) }),
  });
  builder.objectType('StreamNotice', {
    description: 'Something about the stream itself, most often that it is about to end.',
    shareable: true,
    fields: (t) => ({
      cursor: t.expose('cursor', { type: 'Cursor', description: 'Resume here.' }),
      code: t.field({ type: noticeCode, description: 'The reason.', resolve: (notice) => notice.code }),
      reconnectAfterMs: t.exposeInt('reconnectAfterMs', { nullable: true, description: 'Wait so long before you connect again.' }),
    }),
  });
  return builder.enumType('StreamStart', {
    description: 'Where a stream without a cursor begins.',
    values: {
      NOW: { description: 'With what happens next.' },
      BEGINNING: { description: 'With the oldest event that is kept.' },
      SNAPSHOT: { description: 'With the last event of the one subject, then what happens next.' },
    } satisfies Record<StreamStart, { description: string }>,
  });
}

/** `resolveType` of a union of `eventType` and the shared stream items. */
export function streamItemType(eventType: string): (item: StreamItem) => string {
  const types: Record<StreamItem['kind'], string> = {
    event: eventType,
    ready: 'StreamReady',
    heartbeat: 'StreamHeartbeat',
    notice: 'StreamNotice',
  };
  return (item) => types[item.kind];
}

/**
 * The arguments of a subscription as a stream request. `after` overrides the default of `from`; a `from` that the client wrote beside
 * it stays, and subscribe refuses the two.
 */
export function streamStart(
  args: { readonly after?: string | null | undefined; readonly from: StreamStart },
  info: GraphQLResolveInfo,
): { after?: string; from?: StreamStart } {
  if (args.after === undefined || args.after === null) return { from: args.from };
  return wasGiven('from', info) ? { after: args.after, from: args.from } : { after: args.after };
}

/** Whether a client wrote an argument, as a literal or as a variable with a value of its own: not the default of schema or operation. */
function wasGiven(name: string, { fieldNodes, operation, variableValues }: GraphQLResolveInfo): boolean {
  const value = fieldNodes[0]?.arguments?.find((argument) => argument.name.value === name)?.value;
  if (value?.kind !== Kind.VARIABLE) return value !== undefined;
  const variable = value.name.value;
  const definition = operation.variableDefinitions?.find((defined) => defined.variable.name.value === variable);
  const given: unknown = variableValues[variable];
  return given !== undefined && !(definition?.defaultValue?.kind === Kind.ENUM && definition.defaultValue.value === given);
}

/** The enum of a subscription's `from` argument, as createSubgraphBuilder gives it. */
export type StreamStartRef = ReturnType<typeof addStreamTypes>;
