const SUBJECT_LENGTH_MAX = 200;

/**
 * Text for a mail's header: one line without control or direction characters, whoever wrote it, and not longer than people read. The library encodes what is
 * not ASCII and folds; what could begin a header of its own must not get that far.
 */
export function headerText(text: string): string {
  const line = text
    .replaceAll(/[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  // Whole characters: half of a pair would be no text.
  const characters = Array.from(line);
  return characters.length <= SUBJECT_LENGTH_MAX ? line : `${characters.slice(0, SUBJECT_LENGTH_MAX - 1).join('')}…`;
}
