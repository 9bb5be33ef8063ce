import { normalizePhone } from '../../../protocol/phone.ts';
import type { Caller } from '../../../schema/caller.ts';
import type { AliasChangeView, AliasReads, AliasView } from './ports.ts';
import { visibleTo } from './visibility.ts';

/** Where a number, written as people do, leads; null also when the caller may not know. */
export async function readAlias(reads: AliasReads, caller: Caller, phone: string): Promise<AliasView | null> {
  const normal = normalizePhone(phone);
  return normal === undefined ? null : visibleTo(caller, await reads.byPhone(normal));
}

/** The changes of a number, newest first, for operations; nothing for everyone else. */
export async function readHistory(
  reads: AliasReads,
  caller: Caller,
  phone: string,
  page: { readonly limit: number; readonly before: number | null },
): Promise<readonly AliasChangeView[]> {
  if (caller.kind !== 'operations') return [];
  const alias = await readAlias(reads, caller, phone);
  return alias ? await reads.history(alias.id, page) : [];
}
