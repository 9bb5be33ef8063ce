import { formatUuid } from '../../../kernel/core/ids.ts';

export type Sha256Bytes = (text: string) => Uint8Array;

/**
 * The unique end-to-end transaction reference (ISO 20022, a UUID of version 4) of a payment or of a register's settlement: always the same one for the same
 * subject, so it need not be stored.
 */
export function uetrOf(subject: string, sha256: Sha256Bytes): string {
  return formatUuid(sha256(`uetr|${subject}`), 4);
}
