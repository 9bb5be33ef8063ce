import type { StreamScope } from '../../../kernel/runtime/event-log/cursor.ts';
import { requestError } from '../../../kernel/runtime/graphql/errors.ts';
import { type Caller, participantOf } from '../../../schema/caller.ts';
import type { Viewer } from '../app/payment-reads.ts';

/** What a caller may see of payments. */
export function viewerOf(caller: Caller): Viewer {
  switch (caller.kind) {
    case 'operations':
      return { kind: 'all' };
    case 'bank':
      return { kind: 'bank', id: caller.bankGuid };
    case 'merchant':
      return { kind: 'merchant', id: caller.merchantUid };
    case 'anonymous':
      return { kind: 'nobody' };
    default:
      return caller satisfies never;
  }
}

/** Whose events a caller reads: from the credential, never from an argument. Operations read the whole log. */
export function scopeOf(caller: Caller): StreamScope {
  if (caller.kind === 'operations') return 'all';
  const participant = participantOf(caller);
  if (participant === null) throw requestError('UNAUTHENTICATED', 'events need a credential');
  return { participant };
}
