import type { PayeeCheckOutcome } from '../../protocol/p2p/payee-check.ts';

// How a bank of the sandbox compares the name that a payer gave with its customer's. Banks have their own ways; the protocol has the outcomes.

/** Ukrainian letters in Latin ones, as passports have them (resolution 55 of 2010); those at the beginning of a word differ. Russian ones by their sound. */
// prettier-ignore
const LATIN: Readonly<Record<string, string>> = {
  а: 'a', б: 'b', в: 'v', г: 'h', ґ: 'g', д: 'd', е: 'e', є: 'ie', ж: 'zh', з: 'z', и: 'y', і: 'i', ї: 'i', й: 'i', к: 'k', л: 'l', м: 'm', н: 'n',
  о: 'o', п: 'p', р: 'r', с: 's', т: 't', у: 'u', ф: 'f', х: 'kh', ц: 'ts', ч: 'ch', ш: 'sh', щ: 'shch', ь: '', ю: 'iu', я: 'ia', ы: 'y', э: 'e', ё: 'io', ъ: '',
};
const LATIN_AT_BEGINNING: Readonly<Record<string, string>> = { є: 'ye', ї: 'yi', й: 'y', ю: 'yu', я: 'ya' };
/** A word this long may have one letter wrong. */
const TYPO_FROM_LENGTH = 4;
/** A first name alone is anybody's. */
const CLOSE_WORDS_MIN = 2;

/**
 * MATCH: the same words, in any order and either alphabet. CLOSE_MATCH: two words at least, each the same but for a letter, or an initial, or one of the customer's is
 * missing. Everything else is another person.
 */
export function compareNames(given: string, own: string): PayeeCheckOutcome {
  const [asked, known] = [wordsOf(given), wordsOf(own)];
  if (asked.length === 0 || known.length === 0) return 'NOT_POSSIBLE';
  if (asked.toSorted().join(' ') === known.toSorted().join(' ')) return 'MATCH';
  const left = [...known];
  let whole = 0;
  // Whole words first, so that an initial does not take the place of one.
  for (const word of asked.toSorted((one, other) => other.length - one.length)) {
    const at = left.findIndex((candidate) => isNear(word, candidate));
    if (at < 0) return 'NO_MATCH';
    if (word.length > 1 && (left[at]?.length ?? 0) > 1) whole += 1;
    left.splice(at, 1);
  }
  return asked.length >= CLOSE_WORDS_MIN && whole >= 1 ? 'CLOSE_MATCH' : 'NO_MATCH';
}

function wordsOf(name: string): readonly string[] {
  return name
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/['’ʼ`]/g, '')
    .split(/[^\p{L}]+/u)
    .filter((word) => word !== '')
    .map(latin);
}

function latin(word: string): string {
  const spelled = word.replaceAll('зг', 'zgh');
  return spelled.replaceAll(
    /\p{L}/gu,
    (letter, at: number) => (at === 0 ? LATIN_AT_BEGINNING[letter] : undefined) ?? LATIN[letter] ?? letter,
  );
}

function isNear(word: string, other: string): boolean {
  if (word === other) return true;
  if (word.length === 1 || other.length === 1) return word[0] === other[0];
  return Math.min(word.length, other.length) >= TYPO_FROM_LENGTH && isOneLetterOff(word, other);
}

/** One letter more, less or other. */
function isOneLetterOff(word: string, other: string): boolean {
  const [short, long] = word.length <= other.length ? [word, other] : [other, word];
  if (long.length - short.length > 1) return false;
  let at = 0;
  while (at < short.length && short[at] === long[at]) at += 1;
  return short.slice(short.length === long.length ? at + 1 : at) === long.slice(at + 1);
}
