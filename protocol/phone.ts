const E164 = /^\+[1-9]\d{6,14}$/;
const UKRAINIAN = /^\+380\d{9}$/;
const SEPARATORS = /[\s().-]/g;

/** True for a phone number in E.164 form: `+380991234567`. */
export function isPhone(text: string): boolean {
  return E164.test(text);
}

/**
 * The E.164 form of a phone number as people write it: spaces, brackets, dots and hyphens are left out, `00` and a Ukrainian number
 * without its country code are understood. Undefined when it is no phone number, or a Ukrainian one of a wrong length.
 */
export function normalizePhone(text: string): string | undefined {
  const digits = text.replaceAll(SEPARATORS, '');
  const international = withCountryCode(digits);
  if (!E164.test(international)) return undefined;
  return international.startsWith('+380') && !UKRAINIAN.test(international) ? undefined : international;
}

function withCountryCode(digits: string): string {
  if (digits.startsWith('00')) return `+${digits.slice(2)}`;
  if (/^0\d{9}$/.test(digits)) return `+38${digits}`;
  return /^380\d{9}$/.test(digits) ? `+${digits}` : digits;
}
