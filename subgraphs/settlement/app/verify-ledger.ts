import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import { firstBreak, GENESIS_HASH, type ChainBreak, type ChainHead, type Sha256 } from '../domain/ledger-chain.ts';
import type { LedgerReads } from './ports.ts';

const VERIFY_PAGE = 500;

export type LedgerBreak = ChainBreak | { readonly sequence: bigint; readonly kind: 'HEAD' };

/**
 * Reads the whole ledger (or what follows a place that was verified before) and recomputes its chain. The result is the place up to
 * which it is as booked. `HEAD`: rows are missing at the end, or the head is not where they end. Aborted, it ends with the place that it has come to.
 */
export async function verifyLedger(
  reads: LedgerReads,
  sha256: Sha256,
  from: ChainHead = { sequence: 0n, hash: GENESIS_HASH },
  signal?: AbortSignal,
): Promise<Result<ChainHead, LedgerBreak>> {
  const head = await reads.head();
  let place = from;
  while (place.sequence < head.sequence) {
    if (signal?.aborted) return ok(place);
    const page = await reads.chainAfter(place.sequence, VERIFY_PAGE);
    const broken = firstBreak(place, page, sha256);
    if (broken) return fail(broken);
    const last = page.at(-1);
    if (!last) break;
    place = { sequence: last.sequence, hash: last.hash };
  }
  // It moves with every booking, so it is never behind what was read before it.
  const now = await reads.head();
  const isBehind = now.sequence < place.sequence || (now.sequence === place.sequence && now.hash !== place.hash);
  return place.sequence < head.sequence || isBehind ? fail({ sequence: place.sequence + 1n, kind: 'HEAD' }) : ok(place);
}
