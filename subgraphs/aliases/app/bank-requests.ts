import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import { aliasStatusClaims, type AliasChange } from '../../../protocol/alias.ts';
import { bankCodeOfIban } from '../../../protocol/iban.ts';
import type { BankEntry } from '../../../schema/directory.ts';
import { changeAlias, type ChangeDeps } from './change-alias.ts';
import type { AliasReads, AliasTransaction, Clock } from './ports.ts';

export type BankRequestFailure = { readonly code: 'ACCOUNT_NOT_OF_SENDER' };

/** `PUT /api/v1/p2p/alias`: a bank links or unlinks an account of its own. Asking for what is so already changes nothing and succeeds. */
export async function requestAliasChange(
  deps: ChangeDeps & { readonly transaction: AliasTransaction; readonly clock: Clock },
  bank: BankEntry,
  { phone, account: iban, linked }: AliasChange,
): Promise<Result<void, BankRequestFailure>> {
  if (!holds(bank, iban)) return fail({ code: 'ACCOUNT_NOT_OF_SENDER' });
  const account = { iban, bankGuid: bank.guid };
  const by = { kind: 'bank', bankGuid: bank.guid } as const;
  const type = linked ? ('Link' as const) : ('Unlink' as const);
  await deps.transaction((aliases) => changeAlias(deps, aliases, phone, { type, account, by, at: deps.clock.now() }));
  return ok(undefined);
}

/** `GET /api/v1/p2p/alias`: whether the number leads to this account of the asking bank. Of other banks' accounts nothing is said. */
export async function aliasStatus(
  deps: Pick<ChangeDeps, 'issuer' | 'sign'> & { readonly reads: AliasReads; readonly clock: Clock },
  bank: BankEntry,
  { phone, account }: Pick<AliasChange, 'phone' | 'account'>,
): Promise<Result<string, BankRequestFailure>> {
  if (!holds(bank, account)) return fail({ code: 'ACCOUNT_NOT_OF_SENDER' });
  const alias = await deps.reads.byPhone(phone);
  const claims = { issuer: deps.issuer, audience: bank.guid, issuedAt: deps.clock.now(), phone, account };
  return ok(await deps.sign(aliasStatusClaims({ ...claims, linked: alias?.account?.iban === account })));
}

function holds(bank: BankEntry, iban: string): boolean {
  return bank.bankCodes.includes(bankCodeOfIban(iban));
}
