import { requestError } from '../../../kernel/runtime/graphql/errors.ts';
import type { StreamScope } from '../../../kernel/runtime/event-log/cursor.ts';
import { participantOf, type Caller } from '../../../schema/caller.ts';

/** Whose events a caller reads: from the credential, never from an argument. Operations read the whole log. */
export function scopeOf(caller: Caller): StreamScope {
  if (caller.kind === 'operations') return 'all';
  const participant = participantOf(caller);
  if (participant === null) throw requestError('UNAUTHENTICATED', 'events need a credential');
  return { participant };
}
