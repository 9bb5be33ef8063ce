import type { Bytes } from '../web-crypto.ts';

const BYTE_VALUES = 256;

/** The bytes of a text in Windows-1251, undefined when it has a character that the code page lacks. */
export function encodeWindows1251(text: string): Bytes | undefined {
  const bytes = Array.from(text, (character) => BYTES_BY_CHARACTER.get(character));
  return bytes.every((byte) => byte !== undefined) ? Uint8Array.from(bytes) : undefined;
}

export function decodeWindows1251(bytes: Uint8Array): string {
  return new TextDecoder('windows-1251').decode(bytes);
}

/** The runtime knows the code page in one direction; this is the other one. */
const BYTES_BY_CHARACTER: ReadonlyMap<string, number> = new Map(
  Array.from(decodeWindows1251(Uint8Array.from({ length: BYTE_VALUES }, (_, byte) => byte)), (character, byte) => [character, byte]),
);
