import { encodeHex } from './hex.ts';
import { type Sha256, taggedBytes } from './tagged-bytes.ts';
import { utf8 } from './web-crypto.ts';

/**
 * Two books that should hold the same payments are compared by digests of ranges of guids. A digest is SHA-256 over the SHA-256 of every payment in the order
 * of their guids, so whoever can make two different books look alike can break SHA-256: no choice of guids or amounts helps, and nothing is secret.
 * A range is what begins with a prefix of the guid's hexadecimal digits; where digests differ, its sixteen parts are compared.
 */
export interface ReconciledPayment {
  /** In lower case, with hyphens. */
  readonly guid: string;
  readonly pmType: 'trade' | 'p2p' | 'return';
  readonly amountMinor: bigint;
  readonly currency: string;
}

/** Payments in one range of guids, counted and hashed. `digest` is lower-case hexadecimal. */
export interface RangeSummary {
  /** Hexadecimal digits without hyphens; '' is everything. */
  readonly prefix: string;
  readonly count: number;
  readonly digest: string;
}

/** What the other book says about a range: its payments where they are few, else its parts that are not empty. */
export interface RangeAnswer extends RangeSummary {
  readonly parts: readonly RangeSummary[];
  readonly payments: readonly ReconciledPayment[];
}

/** So many payments of a range are listed instead of its parts. */
export const RANGE_PAYMENTS_MAX = 32;
/** So many ranges are asked for at once. */
export const RANGES_PER_REQUEST_MAX = 16;
/** The beginning of a guid, which has 32 hexadecimal digits. */
export const PREFIX = /^[0-9a-f]{0,32}$/;
const DIGITS = Array.from({ length: 16 }, (_, digit) => digit.toString(16));

/** The first byte of what is hashed: no payment is ever taken for a range. */
const OF_PAYMENT = 0;
const OF_RANGE = 1;

/** The hash of one payment: SHA-256 over a zero byte and `guid|pm_type|amount|currency`, the amount in kopiykas. */
export function paymentHash(payment: ReconciledPayment, sha256: Sha256): Uint8Array {
  const { guid, pmType, amountMinor, currency } = payment;
  return sha256(taggedBytes(OF_PAYMENT, [utf8(`${guid}|${pmType}|${amountMinor}|${currency}`)]));
}

/** The digest of a range: SHA-256 over a one byte and the hashes of its payments, in the order of their guids. */
export function rangeDigest(hashes: readonly Uint8Array[], sha256: Sha256): string {
  return encodeHex(sha256(taggedBytes(OF_RANGE, hashes)));
}

export type Difference =
  | { readonly kind: 'ONLY_OWN'; readonly own: ReconciledPayment }
  | { readonly kind: 'ONLY_THEIRS'; readonly theirs: ReconciledPayment }
  | { readonly kind: 'ALTERED'; readonly own: ReconciledPayment; readonly theirs: ReconciledPayment };

export interface Reconciled {
  readonly own: RangeSummary;
  readonly theirs: RangeSummary;
  /** In the order of their guids. */
  readonly differences: readonly Difference[];
  /** False when there were more differences than were asked for. */
  readonly complete: boolean;
  readonly requests: number;
}

/** What the other side answered does not fit itself, or not what was asked. */
export class ReconciliationAnswerError extends Error {}

const DIFFERENCES_MAX = 1_000;

/**
 * Compares the own payments of a pair, direction and period with those of the other book and finds every difference, up to `differencesMax`. `ask` gives
 * the other book's answers for ranges, at most RANGES_PER_REQUEST_MAX at once, in their order. Equal books take one request; a difference takes as many more as
 * the number of payments has hexadecimal digits, and sixteen of them share a request. Throws ReconciliationAnswerError.
 */
export async function reconcile(
  own: Iterable<ReconciledPayment>,
  ask: (prefixes: readonly string[]) => Promise<readonly RangeAnswer[]>,
  o: { readonly sha256: Sha256; readonly differencesMax?: number },
): Promise<Reconciled> {
  const book = createRangeBook(own, o.sha256);
  const most = o.differencesMax ?? DIFFERENCES_MAX;
  const differences: Difference[] = [];
  let waiting: readonly string[] = [''];
  let theirs: RangeSummary | undefined;
  let requests = 0;
  while (waiting.length > 0 && differences.length <= most) {
    const prefixes = waiting.slice(0, RANGES_PER_REQUEST_MAX);
    const answers = await ask(prefixes);
    requests += 1;
    // Depth first: what is found stays in order, and the list of what waits stays short.
    const deeper = prefixes.flatMap((prefix, index) => {
      const answer = checked(prefix, answers[index], o.sha256);
      theirs ??= answer;
      if (answer.digest === book.summary(prefix).digest) return [];
      if (answer.parts.length === 0) {
        differences.push(...differencesBetween(book.payments(prefix), answer.payments));
        return [];
      }
      const parts = new Map(answer.parts.map((part) => [part.prefix, part.digest]));
      const empty = rangeDigest([], o.sha256);
      return DIGITS.map((digit) => prefix + digit).filter((part) => (parts.get(part) ?? empty) !== book.summary(part).digest);
    });
    waiting = [...deeper, ...waiting.slice(prefixes.length)];
  }
  const complete = waiting.length === 0 && differences.length <= most;
  if (!theirs) throw new Error('nothing was asked');
  return {
    own: book.summary(''),
    theirs: { prefix: theirs.prefix, count: theirs.count, digest: theirs.digest },
    differences: differences.toSorted((one, other) => (guidOf(one) < guidOf(other) ? -1 : 1)).slice(0, most),
    complete,
    requests,
  };
}

/** The own payments in the order of their guids, with digests of any range. A guid that occurs twice is two payments. */
export function createRangeBook(payments: Iterable<ReconciledPayment>, sha256: Sha256) {
  const sorted = [...payments]
    .map((payment) => ({ key: payment.guid.replaceAll('-', ''), payment, hash: paymentHash(payment, sha256) }))
    .toSorted((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0));
  /** The place of the first payment whose key is not below. */
  const placeOf = (key: string): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sorted[middle]?.key ?? '') < key) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  // 'g' follows every hexadecimal digit.
  const range = (prefix: string) => sorted.slice(placeOf(prefix), placeOf(`${prefix}g`));
  return {
    payments: (prefix: string): readonly ReconciledPayment[] => range(prefix).map(({ payment }) => payment),
    summary(prefix: string): RangeSummary {
      const inside = range(prefix);
      const hashes = inside.map(({ hash }) => hash);
      return { prefix, count: inside.length, digest: rangeDigest(hashes, sha256) };
    },
  };
}

/** An answer whose parts make up the whole, or whose payments have its digest. */
function checked(prefix: string, answer: RangeAnswer | undefined, sha256: Sha256): RangeAnswer {
  if (answer?.prefix !== prefix) throw new ReconciliationAnswerError(`no answer for the range '${prefix}'`);
  const { parts, payments, count } = answer;
  if (parts.length > 0) {
    const inside = parts.every((part) => part.prefix.length === prefix.length + 1 && part.prefix.startsWith(prefix) && part.count > 0);
    const distinct = new Set(parts.map((part) => part.prefix)).size === parts.length;
    const whole = parts.reduce((sum, part) => sum + part.count, 0) === count;
    if (inside && distinct && whole && payments.length === 0) return answer;
  } else {
    const listed = createRangeBook(payments, sha256).summary('');
    const inside = payments.every(({ guid }) => guid.replaceAll('-', '').startsWith(prefix));
    if (inside && listed.count === count && listed.digest === answer.digest) return answer;
  }
  throw new ReconciliationAnswerError(`the answer for the range '${prefix}' contradicts itself`);
}

function differencesBetween(own: readonly ReconciledPayment[], theirs: readonly ReconciledPayment[]): readonly Difference[] {
  const there = new Map(theirs.map((payment) => [payment.guid, payment]));
  const seen = new Set<string>();
  const here = own.flatMap((payment): readonly Difference[] => {
    const other = there.get(payment.guid);
    // A second payment of the same guid is one that only this book has.
    if (!other || seen.has(payment.guid)) return [{ kind: 'ONLY_OWN', own: payment }];
    seen.add(payment.guid);
    return isSame(payment, other) ? [] : [{ kind: 'ALTERED', own: payment, theirs: other }];
  });
  const missing = theirs.filter(({ guid }) => !seen.has(guid)).map((payment): Difference => ({ kind: 'ONLY_THEIRS', theirs: payment }));
  return [...here, ...missing];
}

function isSame(one: ReconciledPayment, other: ReconciledPayment): boolean {
  return one.pmType === other.pmType && one.amountMinor === other.amountMinor && one.currency === other.currency;
}

const guidOf = (difference: Difference): string => (difference.kind === 'ONLY_THEIRS' ? difference.theirs : difference.own).guid;
