import { z } from 'zod';

import { HUB_NAME } from './header-token.ts';

/**
 * The header beside the answer to an accepted message: a compact JWS of the edge that says what the hub accepted, from whom and when.
 * The answer to the same bytes, sent again, has the same receipt.
 */
export const RECEIPT_HEADER = 'Cx-Receipt';

/** Messages that one receipt speaks of at most, so that the header stays below 4 KB. */
export const RECEIPT_ENTRIES_MAX = 16;

/** One accepted message. */
export interface ReceiptEntry {
  /** `requestHash`: SHA-256 over method, path with query, and the raw body, base64url. */
  readonly request_sha256: string;
  readonly guid: string;
  /** 200: the hub has it. 202: the hub has written it down and will process it. */
  readonly status: number;
}

/**
 * The claims of a receipt. `receipts` holds every message of this one participant that was answered in the same few milliseconds: an RSA
 * signature costs as much as all the rest of an answer, so under load several answers share one.
 */
export interface ReceiptClaims {
  readonly iss: string;
  /** Guid of the bank. */
  readonly aud: string;
  /** Unix seconds: when the hub answered. */
  readonly iat: number;
  readonly receipts: readonly ReceiptEntry[];
}

export function receiptClaims(o: {
  readonly audience: string;
  readonly now: Date;
  readonly entries: readonly ReceiptEntry[];
}): ReceiptClaims {
  return { iss: HUB_NAME, aud: o.audience, iat: Math.floor(o.now.getTime() / 1000), receipts: o.entries };
}

export const receiptClaimsSchema = z.looseObject({
  iss: z.string(),
  aud: z.string(),
  iat: z.number().int().positive(),
  receipts: z
    .array(z.looseObject({ request_sha256: z.string().length(43), guid: z.guid(), status: z.union([z.literal(200), z.literal(202)]) }))
    .min(1)
    .max(RECEIPT_ENTRIES_MAX),
});
