import type { Caller } from '../../../schema/caller.ts';
import type { AliasView } from './ports.ts';

/** Operations see every number, a bank those that lead to its own accounts, others none: the directory cannot be read out. */
export function visibleTo(caller: Caller, alias: AliasView | null): AliasView | null {
  switch (caller.kind) {
    case 'operations':
      return alias;
    case 'bank':
      return alias?.account?.bankGuid === caller.bankGuid ? alias : null;
    case 'merchant':
    case 'customer':
    case 'anonymous':
      return null;
    default:
      return caller satisfies never;
  }
}
