import type { Caller } from '../../../schema/caller.ts';
import type { FeeRule } from '../domain/fee.ts';
import type { ChainedTransaction } from '../domain/ledger-chain.ts';
import type { Balance, BalanceQuery, LedgerReads } from './ports.ts';

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
  if (caller.kind === 'operations') return reads.balances(query);
  if (caller.kind !== 'bank') return [];
  const own = await reads.balances({ ...query, bankGuid: caller.bankGuid });
  const { bankGuid } = query;
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
