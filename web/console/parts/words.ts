// How the console writes amounts and times. The language is English, the figures are Ukrainian: 2 480,50 ₴.

const SIGNS: Readonly<Record<string, string>> = { UAH: '₴' };

export interface AmountText {
  readonly decimal: string;
  readonly currency: string;
}

/** `2480.50` as `2 480,50 ₴`. Works on the digits: an amount is never a number. */
export function amountText({ decimal, currency }: AmountText): string {
  return `${groupedAmount(decimal)}\u00a0${SIGNS[currency] ?? currency}`;
}

export function groupedAmount(decimal: string): string {
  const [whole = '', part] = decimal.split('.');
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, '\u00a0');
  return part === undefined ? grouped : `${grouped},${part}`;
}

/** What somebody typed as an amount, in minor units; null when it is none. */
export function minorOf(typed: string): string | null {
  const { whole, part = '' } = /^(?<whole>\d{1,12})(?:[.,](?<part>\d{1,2}))?$/.exec(typed.replaceAll(/[\s\u00a0₴]/g, ''))?.groups ?? {};
  return whole === undefined ? null : BigInt(`${whole}${part.padEnd(2, '0')}`).toString();
}

/** Minor units as somebody would type them. */
export function typedAmount(minor: string): string {
  const digits = minor.padStart(3, '0');
  return `${digits.slice(0, -2)},${digits.slice(-2)}`;
}

const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

export function timeText(at: string): string {
  const time = new Date(at);
  return `${DAY.format(time)}, ${CLOCK.format(time)}`;
}

export function clockText(at: string): string {
  return CLOCK.format(new Date(at));
}

/** `44 ms`, `4.19 s`, `3 min 20 s`. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(2)} s`;
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** The beginning and the end of a long id, which is how people compare them. */
export function shortId(id: string): string {
  return id.length <= 13 ? id : `${id.slice(0, 8)}…${id.slice(-4)}`;
}

/** The end of an account, which is what people compare; the whole stays where it is needed. */
export function accountTail(iban: string): string {
  return `…${iban.slice(-4)}`;
}

const LETTERS = new Intl.Segmenter('uk-UA', { granularity: 'grapheme' });

/** The first letter of a name, for a tile. Names come from outside: a letter may be several code units. */
export function initialOf(name: string): string {
  const [first] = LETTERS.segment(name.trim());
  return (first?.segment ?? '·').toLocaleUpperCase('uk-UA');
}
