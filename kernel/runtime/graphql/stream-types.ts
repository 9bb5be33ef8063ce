import { STREAM_NOTICE_CODES, type StreamItem } from '../event-log/stream-items.ts';
import { STREAM_STARTS, type StreamStart } from '../event-log/stream.ts';
import type { RequestContext, SubgraphBuilder } from './schema-types.ts';

/** The parts of a stream's union that are the same in every subgraph. */
export function addStreamTypes(builder: SubgraphBuilder<RequestContext>) {
  const noticeCode = builder.enumType('StreamNoticeCode', {
    description: 'What a stream has to say about itself.',
    values: STREAM_NOTICE_CODES,
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
    description: 'The stream is about to end for a reason of the server.',
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
 * The arguments of a subscription as a stream request. `from` has the default NOW in the schema, which `after` overrides; any other
 * `from` beside `after` stays, and subscribe refuses it.
 */
export function streamStart(args: { readonly after?: string | null | undefined; readonly from: StreamStart }): {
  after?: string;
  from?: StreamStart;
} {
  if (args.after === undefined || args.after === null) return { from: args.from };
  return args.from === STREAM_STARTS[0] ? { after: args.after } : { after: args.after, from: args.from };
}

/** The enum of a subscription's `from` argument, as createSubgraphBuilder gives it. */
export type StreamStartRef = ReturnType<typeof addStreamTypes>;
