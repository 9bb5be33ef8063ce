/** The characters that people of operations give: the reason, which is kept, and the key of their request. */
const REASON_LENGTH_MAX = 500;
const KEY_LENGTH_MAX = 128;

export const isReasonText = (text: string): boolean => text.trim() !== '' && text.trim().length <= REASON_LENGTH_MAX;

export const isKeyText = (text: string): boolean => text.length > 0 && text.length <= KEY_LENGTH_MAX;
