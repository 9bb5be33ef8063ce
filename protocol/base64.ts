import { type Bytes, utf8 } from './web-crypto.ts';

const LETTERS_AND_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const URL_SYMBOLS = utf8(`${LETTERS_AND_DIGITS}-_`);
const STANDARD_SYMBOLS = utf8(`${LETTERS_AND_DIGITS}+/`);
const URL_VALUES = valuesOf(URL_SYMBOLS);
const STANDARD_VALUES = valuesOf(STANDARD_SYMBOLS);
/** Of what `encode` writes, which is nothing but the symbols above. */
const ASCII_DECODER = new TextDecoder();

/**
 * Reads canonical base64url (RFC 4648 section 5 without padding): no padding, no white space, no bits set after the last byte.
 * Undefined for anything else, so that one byte string has exactly one accepted spelling.
 */
export function decodeBase64url(text: string): Bytes | undefined {
  return decode(text, text.length, URL_VALUES);
}

export function encodeBase64url(bytes: Uint8Array): string {
  return encode(bytes, URL_SYMBOLS);
}

/** Reads canonical standard base64 (RFC 4648 section 4, with padding), the form of ciphertexts in payment messages. */
export function decodeBase64(text: string): Bytes | undefined {
  const end = unpaddedLength(text);
  return end === undefined ? undefined : decode(text, end, STANDARD_VALUES);
}

export function encodeBase64(bytes: Uint8Array): string {
  return encode(bytes, STANDARD_SYMBOLS).padEnd(Math.ceil(bytes.length / 3) * 4, '=');
}

/** How many bytes a canonical standard base64 text stands for; undefined when it is not canonical. Allocates nothing. */
export function base64ByteLength(text: string): number | undefined {
  const end = unpaddedLength(text);
  if (end === undefined) return undefined;
  for (let at = 0; at < end; at++) {
    if (valueAt(text, at, STANDARD_VALUES) < 0) return undefined;
  }
  return hasStrayBits(text, end, STANDARD_VALUES) ? undefined : (end * 3) >> 2;
}

function valuesOf(symbols: Bytes): Int8Array {
  const values = new Int8Array(128).fill(-1);
  symbols.forEach((symbol, value) => values.fill(value, symbol, symbol + 1));
  return values;
}

function valueAt(text: string, at: number, values: Int8Array): number {
  return values[text.charCodeAt(at)] ?? -1;
}

function unpaddedLength(text: string): number | undefined {
  if (text.length % 4 !== 0) return undefined;
  if (text.endsWith('==')) return text.length - 2;
  return text.endsWith('=') ? text.length - 1 : text.length;
}

/** True when the last symbol carries bits that belong to no byte, or when there is half a byte too few. */
function hasStrayBits(text: string, end: number, values: Int8Array): boolean {
  const rest = end & 3;
  if (rest === 0) return false;
  return rest === 1 || (valueAt(text, end - 1, values) & (rest === 2 ? 0x0f : 0x03)) !== 0;
}

function decode(text: string, end: number, values: Int8Array): Bytes | undefined {
  if (hasStrayBits(text, end, values)) return undefined;
  const bytes = new Uint8Array((end * 3) >> 2);
  const whole = end - (end & 3);
  let out = 0;
  // A symbol outside the alphabet is -1, which keeps the sign of the whole group.
  for (let at = 0; at < whole; at += 4) {
    const group =
      (valueAt(text, at, values) << 18) |
      (valueAt(text, at + 1, values) << 12) |
      (valueAt(text, at + 2, values) << 6) |
      valueAt(text, at + 3, values);
    if (group < 0) return undefined;
    bytes[out++] = group >> 16;
    bytes[out++] = group >> 8;
    bytes[out++] = group;
  }
  if (whole === end) return bytes;
  const third = end - whole === 3 ? valueAt(text, whole + 2, values) : 0;
  const group = (valueAt(text, whole, values) << 18) | (valueAt(text, whole + 1, values) << 12) | (third << 6);
  if (group < 0) return undefined;
  bytes[out++] = group >> 16;
  if (end - whole === 3) bytes[out] = group >> 8;
  return bytes;
}

function encode(bytes: Uint8Array, symbols: Bytes): string {
  const text = new Uint8Array(Math.ceil((bytes.length * 4) / 3));
  const whole = bytes.length - (bytes.length % 3);
  let out = 0;
  for (let at = 0; at < whole; at += 3) {
    const group = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    text[out++] = symbols[group >> 18] ?? 0;
    text[out++] = symbols[(group >> 12) & 63] ?? 0;
    text[out++] = symbols[(group >> 6) & 63] ?? 0;
    text[out++] = symbols[group & 63] ?? 0;
  }
  if (whole < bytes.length) {
    const group = ((bytes[whole] ?? 0) << 16) | ((bytes[whole + 1] ?? 0) << 8);
    text[out++] = symbols[group >> 18] ?? 0;
    text[out++] = symbols[(group >> 12) & 63] ?? 0;
    if (whole + 1 < bytes.length) text[out] = symbols[(group >> 6) & 63] ?? 0;
  }
  return ASCII_DECODER.decode(text);
}
