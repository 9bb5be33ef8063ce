import type { Caller } from '../../../schema/caller.ts';
import type { P2pOrderView } from '../app/p2p-ports.ts';

/** An order between people is for the bank that made it, and for operations. For everybody else it is as if it did not exist. */
export function mayReadP2p(caller: Caller, order: P2pOrderView | null): P2pOrderView | null {
  const list = p2pListOf(caller);
  if (!order || !list) return null;
  return list.bankGuid === null || list.bankGuid === order.order.facts.bankGuid ? order : null;
}

/** Whose orders a caller may list: one bank's, all (null), or nobody's. */
export function p2pListOf(caller: Caller): { readonly bankGuid: string | null } | null {
  switch (caller.kind) {
    case 'operations':
      return { bankGuid: null };
    case 'bank':
      return { bankGuid: caller.bankGuid };
    case 'merchant':
    case 'customer':
    case 'anonymous':
      return null;
    default:
      return caller satisfies never;
  }
}
