/** A string that has been checked at a border and may not be mixed up with another kind of id. */
export type Brand<Name extends string> = string & { readonly __brand: Name };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The platform guide writes this value where a payment message does not exist yet. */
export const ZERO_UUID = '00000000-0000-0000-0000-000000000000';

/** True for a lower-case UUID of any version, the only spelling that the hub stores. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/**
 * A time-ordered UUID (RFC 9562, version 7).
 * `nowMs` is milliseconds since 1970, `random` at least ten random bytes; both are arguments so that tests can repeat an id.
 */
export function uuidv7(nowMs: number, random: Uint8Array): string {
  const bytes = new Uint8Array(16);
  let rest = nowMs;
  for (let i = 5; i >= 0; i--) {
    bytes[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  bytes.set(random.subarray(0, 10), 6);
  return formatUuid(bytes, 7);
}

/** Sixteen bytes as a UUID of the given version, with the RFC 9562 variant. The input is not changed. */
export function formatUuid(source: Uint8Array, version: 4 | 7 | 8): string {
  const hex = (at: number): string => HEX[source[at] ?? 0] ?? '';
  const versioned = HEX[((source[6] ?? 0) & 0x0f) | (version << 4)] ?? '';
  const variant = HEX[((source[8] ?? 0) & 0x3f) | 0x80] ?? '';
  return (
    `${hex(0)}${hex(1)}${hex(2)}${hex(3)}-${hex(4)}${hex(5)}-${versioned}${hex(7)}-${variant}${hex(9)}-` +
    `${hex(10)}${hex(11)}${hex(12)}${hex(13)}${hex(14)}${hex(15)}`
  );
}

/** Every byte in two digits. A table, because twenty ids are made for a payment. */
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
