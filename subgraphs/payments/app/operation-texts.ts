/** The characters that people of operations give: the reason for the audit log, and the key of their request. */
const REASON_LENGTH_MAX = 500;
const KEY_LENGTH_MAX = 128;

export const isReasonText = (text: string): boolean => isText(text, REASON_LENGTH_MAX);

export const isKeyText = (text: string): boolean => isText(text, KEY_LENGTH_MAX);

function isText(text: string, lengthMax: number): boolean {
  return text.trim() !== '' && text.length <= lengthMax;
}
