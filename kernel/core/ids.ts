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
  const bytes = Uint8Array.from(source.subarray(0, 16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | (version << 4);
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  // Four numbers instead of sixteen: ids are made several times per payment.
  const view = new DataView(bytes.buffer);
  const hex = [0, 4, 8, 12].map((at) => view.getUint32(at).toString(16).padStart(8, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
