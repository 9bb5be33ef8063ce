import { addMilliseconds, type Instant } from '../../../kernel/core/time.ts';
import { isBankCode } from '../../../protocol/bic.ts';
import type { Caller } from '../../../schema/caller.ts';
import type { Bank } from '../domain/bank.ts';
import { expiringKeys, type ExpiringKey } from '../domain/key-expiry.ts';
import type { KeySource, KeySourceState } from '../domain/key-source.ts';
import type { Merchant } from '../domain/merchant.ts';
import type { ParticipantKey } from '../domain/participant-key.ts';
import type { ParticipantsDeps } from './deps.ts';
import type { PageRequest, ParticipantReads, TermsFilter } from './ports.ts';

/**
 * Who may see and manage what only a participant itself and operations may: routes, mail address, accounts, keys.
 * What does not belong to the caller is answered as if it did not exist.
 */
export function mayManage(caller: Caller, participantId: string): boolean {
  switch (caller.kind) {
    case 'operations':
      return true;
    case 'bank':
      return caller.bankGuid === participantId;
    case 'merchant':
      return caller.merchantUid === participantId;
    case 'customer':
    case 'anonymous':
      return false;
    default:
      return caller satisfies never;
  }
}

/** The bank that the caller asks for, if it is theirs to see. Its name and logo are public where another noun refers to it. */
export async function visibleBank(
  reads: ParticipantReads,
  caller: Caller,
  by: { readonly guid: string } | { readonly bic: string },
): Promise<Bank | null> {
  const bank = 'guid' in by ? await reads.bank(by.guid) : isBankCode(by.bic) ? await reads.bankByBic(by.bic) : null;
  return bank && mayManage(caller, bank.guid) ? bank : null;
}

/** Operations sees every bank, a bank itself, others none. The filter is for operations. */
export async function visibleBanks(reads: ParticipantReads, caller: Caller, page: PageRequest & TermsFilter): Promise<readonly Bank[]> {
  if (caller.kind === 'operations') return reads.banks(page);
  const own = caller.kind === 'bank' ? await reads.bank(caller.bankGuid) : null;
  return own && (page.afterId === null || own.guid > page.afterId) ? [own] : [];
}

/** A merchant is visible to itself and to the bank that serves it. */
export async function visibleMerchant(reads: ParticipantReads, caller: Caller, uid: string): Promise<Merchant | null> {
  const merchant = await reads.merchant(uid);
  return merchant && isVisible(caller, merchant) ? merchant : null;
}

/** Operations sees every merchant, a bank those that it serves, a merchant itself. The filter is for operations. */
export async function visibleMerchants(
  reads: ParticipantReads,
  caller: Caller,
  page: PageRequest & TermsFilter,
): Promise<readonly Merchant[]> {
  if (caller.kind === 'operations') return reads.merchants({ ...page, bankGuid: null });
  if (caller.kind === 'bank') return reads.merchants({ ...page, ...NO_FILTER, bankGuid: caller.bankGuid });
  const own = caller.kind === 'merchant' ? await reads.merchant(caller.merchantUid) : null;
  return own && (page.afterId === null || own.uid > page.afterId) ? [own] : [];
}

/** What a merchant agreed with the hub is no business of its bank's. */
const NO_FILTER: TermsFilter = { keyUse: null, boundTokens: null, plainBodies: null };

function isVisible(caller: Caller, merchant: Merchant): boolean {
  return mayManage(caller, merchant.uid) || (caller.kind === 'bank' && caller.bankGuid === merchant.bankGuid);
}

/** The participant that a caller is, if it is one. */
function ownId(caller: Caller): string | null {
  if (caller.kind === 'bank') return caller.bankGuid;
  return caller.kind === 'merchant' ? caller.merchantUid : null;
}

/** Operations sees the key set of every participant, a participant its own. The filter is for operations. */
export async function visibleKeySources(
  reads: ParticipantReads,
  caller: Caller,
  page: PageRequest & { readonly state: KeySourceState | null },
): Promise<readonly KeySource[]> {
  if (caller.kind === 'operations') return reads.keySources(page);
  const id = ownId(caller);
  const [own] = id === null ? [] : await reads.keySourcesOf([id]);
  return own && (page.afterId === null || own.participantId > page.afterId) ? [own] : [];
}

/** Keys that end within a time, in the order of their ends and kids: of everybody for operations, its own for a participant. */
export async function visibleExpiringKeys(
  { reads, now: clock }: Pick<ParticipantsDeps, 'reads' | 'now'>,
  caller: Caller,
  o: { readonly withinMs: number; readonly after: { readonly validUntil: Instant; readonly kid: string } | null; readonly limit: number },
): Promise<readonly ExpiringKey[]> {
  const now = clock();
  const until = addMilliseconds(now, o.withinMs);
  const id = ownId(caller);
  const keys = caller.kind === 'operations' ? await reads.keysOfThoseEndingBefore(until, now) : id === null ? [] : await reads.keysOf(id);
  const byOwner = Map.groupBy<string, ParticipantKey>(keys, ({ participantId }) => participantId);
  return [...byOwner.values()]
    .flatMap((owned) => expiringKeys(owned, now, until))
    .filter((expiring) => o.after === null || compare(place(expiring), o.after) > 0)
    .toSorted((a, b) => compare(place(a), place(b)))
    .slice(0, o.limit);
}

interface Place {
  readonly validUntil: Instant;
  readonly kid: string;
}

const place = ({ validUntil, key: { kid } }: ExpiringKey): Place => ({ validUntil, kid });

function compare(a: Place, b: Place): number {
  return a.validUntil.getTime() - b.validUntil.getTime() || (a.kid < b.kid ? -1 : a.kid > b.kid ? 1 : 0);
}
