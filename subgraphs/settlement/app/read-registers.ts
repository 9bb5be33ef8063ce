import type { Caller } from '../../../schema/caller.ts';
import { isParty } from '../domain/register.ts';
import type { RegisterPageQuery, RegisterReads, RegisterView } from './register-ports.ts';

/** Operations see every register, a bank those on either side of which it is, others none. */
export function visibleRegister(caller: Caller, register: RegisterView | null): RegisterView | null {
  switch (caller.kind) {
    case 'operations':
      return register;
    case 'bank':
      return register && isParty(register, caller.bankGuid) ? register : null;
    case 'merchant':
    case 'customer':
    case 'anonymous':
      return null;
    default:
      return caller satisfies never;
  }
}

/** A page of registers, newest first. A bank gets its own, whatever bank it asks for: that is the other side then. */
export async function registerPage(
  reads: RegisterReads,
  caller: Caller,
  { bankGuid, ...query }: Omit<RegisterPageQuery, 'counterpartyGuid'>,
): Promise<readonly RegisterView[]> {
  if (caller.kind === 'operations') return await reads.page({ ...query, bankGuid, counterpartyGuid: null });
  if (caller.kind !== 'bank') return [];
  return await reads.page({ ...query, bankGuid: caller.bankGuid, counterpartyGuid: bankGuid });
}
