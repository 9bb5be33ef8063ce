import { CSV_START, csvLine } from '../../../kernel/core/csv.ts';
import { decimalFromMinor } from '../../../kernel/core/money.ts';
import { type Difference, type RangeAnswer, reconcile, type ReconciledPayment } from '../../../protocol/reconciliation.ts';
import type { OwnPayment } from './own-list.ts';
import { sha256 } from './sha256.ts';

/** How far a comparison has come. */
export interface Progress {
  readonly requests: number;
  /** The ranges that were asked for last. */
  readonly prefixes: readonly string[];
}

export interface Comparison {
  readonly ownCount: number;
  readonly hubCount: number;
  readonly differences: readonly Difference[];
  /** False when there are more than anybody would read. */
  readonly complete: boolean;
  readonly requests: number;
}

export interface CompareOptions {
  readonly ask: (prefixes: readonly string[]) => Promise<readonly RangeAnswer[]>;
  readonly onProgress: (progress: Progress) => void;
}

const DIFFERENCES_MAX = 10_000;

/**
 * Compares a list with the hub's book as the documentation tells banks to: digests of ranges, and only where these differ, their parts. The list stays here;
 * what leaves are prefixes of guids. Throws ReconciliationAnswerError when the hub's answers contradict themselves.
 */
export async function compareBooks(own: readonly OwnPayment[], { ask, onProgress }: CompareOptions): Promise<Comparison> {
  const unstated = new Set(own.filter(({ isTypeStated }) => !isTypeStated).map(({ guid }) => guid));
  let requests = 0;
  const asked = async (prefixes: readonly string[]): Promise<readonly RangeAnswer[]> => {
    onProgress({ requests, prefixes });
    requests += 1;
    return await ask(prefixes);
  };
  const found = await reconcile(own, asked, { sha256, differencesMax: DIFFERENCES_MAX });
  const differences = found.differences.filter((difference) => !isOnlyUnstatedType(difference, unstated));
  return { ownCount: found.own.count, hubCount: found.theirs.count, differences, complete: found.complete, requests: found.requests };
}

/** Only the type differs, of which the list says nothing. */
function isOnlyUnstatedType(difference: Difference, unstated: ReadonlySet<string>): boolean {
  if (difference.kind !== 'ALTERED' || !unstated.has(difference.own.guid)) return false;
  const { own, theirs } = difference;
  return own.amountMinor === theirs.amountMinor && own.currency === theirs.currency;
}

export const DIFFERENCE_WORDS: Readonly<Record<Difference['kind'], string>> = {
  ONLY_THEIRS: 'Only with us',
  ONLY_OWN: 'Only with you',
  ALTERED: 'Other amount',
};

/** In the words of the person who compares: "us" is the hub. */
export function differenceWord(difference: Difference): string {
  if (difference.kind !== 'ALTERED') return DIFFERENCE_WORDS[difference.kind];
  const { own, theirs } = difference;
  if (own.amountMinor !== theirs.amountMinor) return DIFFERENCE_WORDS.ALTERED;
  return own.currency === theirs.currency ? 'Other type' : 'Other currency';
}

/** What one side has of a payment. A list may say nothing of types. */
export type Side = Pick<ReconciledPayment, 'amountMinor' | 'currency'> & { readonly type: string };

export function sidesOfDifference(difference: Difference): { readonly guid: string; readonly hub: Side | null; readonly own: Side | null } {
  const own = difference.kind === 'ONLY_THEIRS' ? null : difference.own;
  const hub = difference.kind === 'ONLY_OWN' ? null : difference.theirs;
  const { guid } = difference.kind === 'ONLY_THEIRS' ? difference.theirs : difference.own;
  return { guid, hub: hub && sideOf(hub), own: own && sideOf(own) };
}

function sideOf(payment: ReconciledPayment & Partial<OwnPayment>): Side {
  const { amountMinor, currency, pmType, isTypeStated = true } = payment;
  return { amountMinor, currency, type: isTypeStated ? pmType : '' };
}

/** The differences as a file for whoever looks into them. */
export function differencesCsv(differences: readonly Difference[]): string {
  const amount = (side: Side | null) => ({ plain: side ? decimalFromMinor(side.amountMinor) : '' });
  const lines = differences.map((difference) => {
    const { guid, hub, own } = sidesOfDifference(difference);
    const currency = (hub ?? own)?.currency ?? '';
    const types = [hub?.type ?? '', own?.type ?? ''];
    return csvLine([{ plain: guid }, differenceWord(difference), amount(hub), amount(own), currency, ...types]);
  });
  const titles = [
    'Payment message GUID',
    'Difference',
    'Amount with the hub',
    'Amount in the list',
    'Currency',
    'Type with the hub',
    'Type in the list',
  ];
  return [CSV_START + csvLine(titles), ...lines].join('');
}
