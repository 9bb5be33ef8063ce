import { amountText, type Language } from '../checkout/words.ts';

/** `1 500,75 ₴` of kopiykas as digits; in English `1,500.75 ₴`. */
export function moneyText(minor: string, language: Language): string {
  const digits = minor.replace('-', '').padStart(3, '0');
  return `${minor.startsWith('-') ? '−' : ''}${amountText(`${digits.slice(0, -2)}.${digits.slice(-2)}`, language)} ₴`;
}

/** Kopiykas of what somebody typed: `12`, `12.5` or `12,50`. Null when it is no amount. */
export function minorFromTyped(text: string): string | null {
  const { whole, fraction = '' } = /^\s*(?<whole>\d{1,12})(?:[.,](?<fraction>\d{1,2}))?\s*$/.exec(text)?.groups ?? {};
  if (whole === undefined) return null;
  const minor = `${whole}${fraction.padEnd(2, '0')}`.replace(/^0+(?=\d)/, '');
  return minor === '0' ? null : minor;
}
