import type { Caller } from '../../../schema/caller.ts';
import type { FeeRule } from '../domain/fee.ts';
import type { ChainedTransaction } from '../domain/ledger-chain.ts';
import type { Pair } from '../domain/register-plan.ts';
import type { Balance, BalanceQuery, LedgerReads, OpenBalance } from './ports.ts';

/** The ledger is between banks: operations sees all of it, a bank what it owes and is owed, others nothing. */
export function maySee(caller: Caller, transaction: Pick<ChainedTransaction, 'debtorBankGuid' | 'creditorBankGuid'>): boolean {
  switch (caller.kind) {
    case 'operations':
      return true;
    case 'bank':
      return [transaction.debtorBankGuid, transaction.creditorBankGuid].includes(caller.bankGuid);
    case 'merchant':
    case 'customer':
    case 'anonymous':
      return false;
    default:
      return caller satisfies never;
  }
}

/** Balances of a day. A bank gets its own pairs, whatever bank it asks for; asking for strangers' pairs finds nothing. */
export async function visibleBalances(reads: LedgerReads, caller: Caller, query: BalanceQuery): Promise<readonly Balance[]> {
  return await ofOwnPairs((bankGuid) => reads.balances({ ...query, bankGuid }), caller, query.bankGuid);
}

/** What stands open now, seen as balances are. */
export async function visibleOpenBalances(reads: LedgerReads, caller: Caller, bankGuid: string | null): Promise<readonly OpenBalance[]> {
  return await ofOwnPairs((of) => reads.openBalances(of), caller, bankGuid);
}

async function ofOwnPairs<T extends Pair>(
  read: (bankGuid: string | null) => Promise<readonly T[]>,
  caller: Caller,
  bankGuid: string | null,
): Promise<readonly T[]> {
  if (caller.kind === 'operations') return await read(bankGuid);
  if (caller.kind !== 'bank') return [];
  const own = await read(caller.bankGuid);
  return bankGuid === null ? own : own.filter((pair) => [pair.debtorBankGuid, pair.creditorBankGuid].includes(bankGuid));
}

/** What banks have agreed on: operations see all of it, a bank what concerns its own pairs, others nothing. */
export async function visibleFeeRules(
  { feeRules }: { readonly feeRules: () => Promise<readonly FeeRule[]> },
  caller: Caller,
): Promise<readonly FeeRule[]> {
  if (caller.kind === 'operations') return await feeRules();
  if (caller.kind !== 'bank') return [];
  return (await feeRules()).filter((rule) => [rule.debtorBankGuid, rule.creditorBankGuid].includes(caller.bankGuid));
}
