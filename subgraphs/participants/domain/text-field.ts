/** ISO 20022 Max140Text, the length of a party's name in a payment. */
export const NAME_LENGTH_MAX = 140;
export const EMAIL_LENGTH_MAX = 254;

const CONTROL = /\p{Cc}/u;
const EDRPOU_OR_TAX_NUMBER = /^\d{8}$|^\d{10}$/;
/** What HTML calls a valid e-mail address, at a name with a dot: one mailbox, and nothing that a mail program reads as two or as a header. */
const EMAIL = /^[\w.!#$%&'*+/=?^`{|}~-]+@[a-z0-9](?:[a-z0-9-]{0,62}\.)+[a-z0-9][a-z0-9-]{0,62}$/i;
const APP_SCHEME = /^(?<scheme>[a-z][a-z0-9+.-]{1,63})(?::\/\/)?$/;
const WEB_SCHEMES = new Set(['http', 'https', 'javascript', 'data', 'file']);

/** A name as people read it: something in it, no control characters, no blanks around it. */
export function isName(text: string): boolean {
  return text.length > 0 && text.length <= NAME_LENGTH_MAX && text === text.trim() && !CONTROL.test(text);
}

/** Eight digits (EDRPOU, a company) or ten (a person's tax number). */
export function isTaxNumber(text: string): boolean {
  return EDRPOU_OR_TAX_NUMBER.test(text);
}

export function isEmail(text: string): boolean {
  return text.length <= EMAIL_LENGTH_MAX && EMAIL.test(text) && !CONTROL.test(text);
}

/** The bare scheme of a bank's app (`mybank` for `mybank://`), or null if the text is none or a scheme that browsers act on. */
export function readAppScheme(text: string): string | null {
  const scheme = APP_SCHEME.exec(text)?.groups?.['scheme'];
  return scheme === undefined || WEB_SCHEMES.has(scheme) ? null : scheme;
}
