import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import { bankCodeOfIban } from '../../../protocol/iban.ts';
import type { CreditorLinked } from '../../../protocol/p2p/receiver-search.ts';
import type { BankEntry } from '../../../schema/directory.ts';
import { changeP2p, type ChangeP2pDeps, type ChangeP2pFailure } from './change-p2p.ts';
import type { P2pReads } from './p2p-ports.ts';

export type CreditorLinkedFailure = { readonly code: 'ACCOUNT_NOT_OF_SENDER' | 'SEARCH_NOT_FOUND' | 'SEARCH_OVER' };

/**
 * "Creditor linked": the first valid consent wins under the order's lock; every later one, and every one after the deadline, is SEARCH_OVER. A
 * repetition changes nothing. What was not asked of this bank looks like what was asked of nobody.
 */
export async function creditorLinked(
  deps: ChangeP2pDeps & { readonly reads: P2pReads },
  bank: BankEntry,
  { callback, receivedAt }: { readonly callback: CreditorLinked; readonly receivedAt: Date },
): Promise<Result<void, CreditorLinkedFailure>> {
  const { orderGuid, outcome } = callback;
  const found = await deps.reads.order(orderGuid);
  const target = found?.order.facts.target;
  if (!found?.search?.banks.has(bank.guid) || target?.type !== 'phone' || target.phone !== callback.phone)
    return fail({ code: 'SEARCH_NOT_FOUND' });
  if (outcome.status === 'completed' && !bank.bankCodes.includes(bankCodeOfIban(outcome.account)))
    return fail({ code: 'ACCOUNT_NOT_OF_SENDER' });
  const changed = await changeP2p(deps, {
    orderGuid,
    command: () => {
      const now = deps.tools.businessClock.now();
      return outcome.status === 'completed'
        ? { type: 'CONSENT', bankGuid: bank.guid, account: outcome.account, now }
        : { type: 'NO_CONSENT', bankGuid: bank.guid, now };
    },
    ...(outcome.status === 'completed' ? { consentedAt: receivedAt } : {}),
  });
  return changed.ok ? ok(undefined) : fail({ code: codeOf(changed.failure.code) });
}

function codeOf(code: ChangeP2pFailure['code']): CreditorLinkedFailure['code'] {
  return code === 'SEARCH_OVER' ? code : 'SEARCH_NOT_FOUND';
}
