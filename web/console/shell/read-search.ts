/** What somebody who types into the one box means. */
export type Search =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'guid'; readonly guid: string }
  /** In minor units. */
  | { readonly kind: 'amount'; readonly minor: string }
  /** The last four digits of an account or of a phone number. */
  | { readonly kind: 'tail'; readonly tail: string }
  | { readonly kind: 'reference'; readonly reference: string };

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const AMOUNT = /^(?<whole>\d{1,12})[.,](?<part>\d{2})$/;
const IBAN = /^UA\d{10,27}$/i;
const PHONE = /^\+?380\d{9}$/;
const TAIL_DIGITS = 4;
const TAIL = new RegExp(`^\\d{${TAIL_DIGITS}}$`);

/**
 * A guid by its form, an amount by its two decimals, a tail by its four digits; of a whole account or phone number only the tail is
 * asked for. Everything else is the merchant's own order number.
 */
export function readSearch(text: string): Search {
  const typed = text.trim();
  if (typed === '') return { kind: 'nothing' };
  if (GUID.test(typed)) return { kind: 'guid', guid: typed.toLowerCase() };
  const closed = typed.replaceAll(/[\s\u00a0₴]/g, '');
  const { whole, part } = AMOUNT.exec(closed)?.groups ?? {};
  if (whole !== undefined && part !== undefined) return { kind: 'amount', minor: BigInt(`${whole}${part}`).toString() };
  if (IBAN.test(closed) || PHONE.test(closed) || TAIL.test(closed)) return { kind: 'tail', tail: closed.slice(-TAIL_DIGITS) };
  return { kind: 'reference', reference: typed };
}
