import { fail, ok, type Result } from '../kernel/core/result.ts';

/** An entry as it is kept, hashes in lower-case hex: `hash` is SHA-256 over the bytes of `previousHash` and the UTF-8 of `entry`. */
export interface ChainedEntry {
  readonly sequence: bigint;
  /** The JSON that was hashed, to the byte. */
  readonly entry: string;
  readonly previousHash: string;
  readonly hash: string;
}

/** The number and hash of an entry; before the first one, 0 and the hash of the log's name. */
export interface AuditPlace {
  readonly sequence: bigint;
  readonly hash: string;
}

export type AuditBreak =
  /** The entry is not where it must be: it, or one beside it, was added, removed or moved. */
  | { readonly code: 'ENTRY_MISSING'; readonly sequence: bigint }
  /** The entry does not have the hash that is in it, or not the one that the entry after it was chained to: it was edited. */
  | { readonly code: 'ENTRY_EDITED'; readonly sequence: bigint }
  /** The first entry is not chained to the beginning of this log. */
  | { readonly code: 'BEGINNING_WRONG'; readonly sequence: bigint };

/** What the first entry of a log is chained to. */
export async function auditBeginning(logName: string): Promise<AuditPlace> {
  return { sequence: 0n, hash: await sha256Hex(utf8(`audit of ${logName}`)) };
}

/**
 * Recomputes the hashes of a stretch of the log, newest first, from `place`: the head, or where the page before ended. Gives where the next
 * page must begin. Lists are read newest first, and what is appended meanwhile changes nothing behind the head that one began with.
 */
export async function verifyAuditPage(
  logName: string,
  place: AuditPlace,
  entries: readonly ChainedEntry[],
): Promise<Result<AuditPlace, AuditBreak>> {
  let expected = place;
  for (const { sequence, entry, previousHash, hash } of entries) {
    if (sequence !== expected.sequence || sequenceIn(entry) !== sequence)
      return fail({ code: 'ENTRY_MISSING', sequence: expected.sequence });
    const computed = await sha256Hex(joined(fromHex(previousHash), utf8(entry)));
    if (hash !== expected.hash || computed !== hash) return fail({ code: 'ENTRY_EDITED', sequence });
    expected = { sequence: sequence - 1n, hash: previousHash };
  }
  if (expected.sequence > 0n) return ok(expected);
  const beginning = await auditBeginning(logName);
  return expected.hash === beginning.hash ? ok(beginning) : fail({ code: 'BEGINNING_WRONG', sequence: 1n });
}

/** The entry says itself which one it is. */
function sequenceIn(entry: string): bigint | null {
  const digits = /^\{"sequence":([1-9]\d{0,18}),/.exec(entry)?.[1];
  return digits === undefined ? null : BigInt(digits);
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

async function sha256Hex(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(bytes)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
