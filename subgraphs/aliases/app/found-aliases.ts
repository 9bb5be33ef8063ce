import type { AliasAccount } from '../domain/alias.ts';
import { changeAlias, type ChangeDeps } from './change-alias.ts';
import type { AliasTransaction, Clock } from './ports.ts';

/**
 * Links a number to the account whose owner consented in a search. False when the number was changed after the consent: the last link wins, and
 * this one only arrives late.
 */
export async function linkFoundAccount(
  deps: ChangeDeps & { readonly transaction: AliasTransaction; readonly clock: Clock },
  found: { readonly phone: string; readonly account: AliasAccount; readonly consentedAt: Date },
): Promise<boolean> {
  const { phone, account, consentedAt } = found;
  const by = { kind: 'bank', bankGuid: account.bankGuid } as const;
  return await deps.transaction(async (aliases) => {
    const at = deps.clock.now();
    const locked = await aliases.lock(phone, { forCommand: 'Link', newId: deps.ids.next(), at });
    if (locked && locked.alias.version > 0 && locked.changedAt > consentedAt) return false;
    await changeAlias(deps, aliases, phone, { type: 'Link', account, by, at });
    return true;
  });
}
