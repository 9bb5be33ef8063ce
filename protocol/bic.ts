const BANK_CODE = /^\d{6}$/;

/** True for a six-digit bank code (MFO), which the guide calls BIC. */
export function isBankCode(text: string): boolean {
  return BANK_CODE.test(text);
}
