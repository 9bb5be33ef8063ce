/** Synchronous, for whoever hashes millions. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** A first byte that says what the others are, so that the hash of one kind of thing is never taken for that of another. */
export function taggedBytes(tag: number, parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(1 + parts.reduce((length, part) => length + part.length, 0));
  bytes[0] = tag;
  let at = 1;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
