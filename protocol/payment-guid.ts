import { formatUuid } from '../kernel/core/ids.ts';
import { sha256 } from './digest.ts';
import { utf8 } from './web-crypto.ts';

/**
 * The guid of a payment message: UUIDv8 over SHA-256(initiator guid || payload jti), so that every retry by anyone names the same
 * payment. `initiatorGuid` is the bank's lower-case guid: its fixed length keeps the two parts apart.
 */
export async function paymentGuid(initiatorGuid: string, payloadJti: string): Promise<string> {
  return formatUuid(await sha256(utf8(initiatorGuid + payloadJti)), 8);
}

/** The same with a SHA-256 that answers at once, for whoever has one: WebCrypto's goes through a thread, which takes longer than the hash. */
export function paymentGuidBy(hash: (bytes: Uint8Array) => Uint8Array, initiatorGuid: string, payloadJti: string): string {
  return formatUuid(hash(utf8(initiatorGuid + payloadJti)), 8);
}
