/** What participants wrote, or a figure or code of our own, which is printed as it is. */
export type CsvCell = string | { readonly plain: string };

/** Spreadsheets take Unicode from a file that begins with it. */
export const CSV_START = '\uFEFF';

/** In a spreadsheet these begin a formula, also in the wide forms of East Asian keyboards; with blanks before them as well. */
const FORMULA = /^(?<blanks>\s*)(?=[=+\-@＝＋－＠])/;
/** A spreadsheet that takes another character for the separator begins a cell after it. */
const FORMULA_INSIDE = /(?<separator>[,;\t|]\s*)(?=[=+\-@＝＋－＠])/g;

/**
 * A line of RFC 4180. In text, what a spreadsheet would run as a formula gets an apostrophe in front, which it shows or swallows and never runs; a reader of
 * the file that wants the text letter by letter takes it off again.
 */
export function csvLine(cells: readonly CsvCell[]): string {
  return `${cells.map((cell) => (typeof cell === 'string' ? quoted(disarmed(cell)) : quoted(cell.plain))).join(',')}\r\n`;
}

function disarmed(text: string): string {
  return text.replace(FORMULA, "$<blanks>'").replaceAll(FORMULA_INSIDE, "$<separator>'");
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}
