import { type Caller, participantOf } from '../../../schema/caller.ts';
import type { StreamFilter, StreamScope } from '../event-log/cursor.ts';
import { requestError } from './errors.ts';

/**
 * Whose events a caller reads: from the credential, never from an argument. Operations read the whole log, a participant its own part
 * of it, a customer the one order that it watches, under that order's numbers. Throws UNAUTHENTICATED for a caller that is nobody,
 * NOT_FOUND for a customer that has shown no order's secret.
 */
export function streamScopeOf(caller: Caller): StreamScope {
  if (caller.kind === 'operations') return 'all';
  if (caller.kind === 'customer') {
    if (caller.orderId === null) throw requestError('NOT_FOUND', 'this credential watches no order');
    return { subject: caller.orderId };
  }
  const participant = participantOf(caller);
  if (participant === null) throw requestError('UNAUTHENTICATED', 'events need a credential');
  return { participant };
}

/**
 * What a caller may read of a log under this filter. A customer watches one order: without an id the stream is that order's, with
 * another one, or of another kind of entity, there is nothing. Others read what they asked for.
 */
export function watchedFilter(caller: Caller, entity: string, filter: StreamFilter): StreamFilter {
  if (caller.kind !== 'customer') return filter;
  const own = entity === 'Order' ? caller.orderId : null;
  if (own === null || (filter.subject ?? own) !== own) throw requestError('NOT_FOUND', `there is no such ${entity.toLowerCase()}`);
  return { ...filter, subject: own };
}
