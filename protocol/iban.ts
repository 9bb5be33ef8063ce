const IBAN = /^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/;
const UKRAINIAN_IBAN = /^UA\d{8}[A-Z0-9]{19}$/;

/** True for an IBAN in electronic form (upper case, no spaces) with a right checksum (ISO 13616); a Ukrainian one has 29 characters. */
export function isIban(text: string): boolean {
  if (text.startsWith('UA') ? !UKRAINIAN_IBAN.test(text) : !IBAN.test(text)) return false;
  return remainderOf97(text.slice(4) + text.slice(0, 4)) === 1;
}

/** True for a valid IBAN of an account in Ukraine: the only accounts that the hub carries payments between. */
export function isUkrainianIban(text: string): boolean {
  return text.startsWith('UA') && isIban(text);
}

/** Characters 5-10 of a Ukrainian IBAN: the code of the bank that holds the account. The IBAN must have been checked. */
export function bankCodeOfIban(iban: string): string {
  return iban.slice(4, 10);
}

/** ISO 7064 mod 97-10: a letter counts as two digits, A = 10 to Z = 35. */
function remainderOf97(text: string): number {
  let remainder = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    remainder = code < 0x41 ? (remainder * 10 + code - 0x30) % 97 : (remainder * 100 + code - 0x37) % 97;
  }
  return remainder;
}
