import type { Caller } from '../../../schema/caller.ts';
import type { StreamFilter } from '../event-log/cursor.ts';
import type { StreamEvent } from '../event-log/stream-items.ts';
import { requestError } from './errors.ts';

/**
 * What a caller may read of a log under this filter. A customer watches one order: without an id the stream is that order's, with
 * another one there is nothing. It cannot leave events out, because its numbers are those of the order. Others read what they asked for.
 */
export function watchedFilter(caller: Caller, entity: string, filter: StreamFilter): StreamFilter {
  if (caller.kind !== 'customer') return filter;
  if (filter.types) throw requestError('BAD_USER_INPUT', 'a customer sees every event of the order');
  const own = entity === 'Order' ? caller.orderId : null;
  if (own === null || (filter.subject ?? own) !== own) throw requestError('NOT_FOUND', `there is no such ${entity.toLowerCase()}`);
  return { subject: own };
}

/**
 * The caller's own numbers of an event: dense over all that the caller sees. A customer sees the events of one order, whose numbers are
 * its versions; the numbers of the merchant would tell every customer how busy the merchant is.
 */
export function numbersOf(caller: Caller, event: StreamEvent): Pick<StreamEvent, 'sequence' | 'previousSequence'> {
  if (caller.kind !== 'customer') return event;
  const { version } = event.event;
  return { sequence: BigInt(version), previousSequence: version > 1 ? BigInt(version - 1) : null };
}
