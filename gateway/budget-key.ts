import type { Caller } from '../schema/caller.ts';

/** Whose budget an operation is paid from: each credential has its own, callers without one share that of their address. */
export function budgetKeyOf(caller: Caller, address: string | undefined): string {
  switch (caller.kind) {
    case 'merchant':
    case 'bank':
      return caller.keyId;
    case 'customer':
      // Everybody's browser has the same publishable key: one of them must not use up what the others need.
      return `${caller.keyId} ${address ?? ''}`;
    case 'operations':
      return `operations ${caller.subject}`;
    case 'anonymous':
      return `anonymous ${address ?? ''}`;
    default:
      return caller satisfies never;
  }
}
