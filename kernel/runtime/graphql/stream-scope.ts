import { participantOf, type Caller } from '../../../schema/caller.ts';
import type { StreamScope } from '../event-log/cursor.ts';
import { requestError } from './errors.ts';

/**
 * Whose events a caller reads: from the credential, never from an argument. Operations read the whole log, a customer the
 * merchant's part of it. Throws UNAUTHENTICATED for
 * a caller that is nobody.
 */
export function streamScopeOf(caller: Caller): StreamScope {
  if (caller.kind === 'operations') return 'all';
  const participant = caller.kind === 'customer' ? caller.merchantUid : participantOf(caller); // watchedFilter limits a customer to one order.
  if (participant === null) throw requestError('UNAUTHENTICATED', 'events need a credential');
  return { participant };
}
