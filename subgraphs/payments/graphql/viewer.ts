import type { Caller } from '../../../schema/caller.ts';
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
    case 'customer':
    case 'anonymous':
      return { kind: 'nobody' };
    default:
      return caller satisfies never;
  }
}
