import { fail, ok, type Result } from '../../kernel/core/result.ts';
import { requestHash } from '../digest.ts';
import type { TokenFailure } from '../errors.ts';
import { HUB_NAME } from '../header-token.ts';
import { receiptClaimsSchema } from '../receipt.ts';
import { readToken } from '../token.ts';
import { utf8 } from '../web-crypto.ts';
import { checkEdgeSignature, type HubKeys } from './hub-signature.ts';

/** A request as it was sent, and the answer that it got. */
export interface AnsweredRequest {
  readonly method: string;
  /** Path and query as in the request line. */
  readonly path: string;
  /** The raw bytes that were sent. */
  readonly body: string | Uint8Array;
  readonly status: number;
  /** The guid in the answer. */
  readonly guid: string;
}

/**
 * RECEIPT_MISSING: no header. RECEIPT_SHAPE: signed by the hub, but not a receipt that this version knows. RECEIPT_OF_ANOTHER_REQUEST: it
 * speaks of other bytes. RECEIPT_OF_ANOTHER_ANSWER: of this request, but it does not say what the answer says.
 */
export type ReceiptFailure =
  TokenFailure | { readonly code: 'RECEIPT_MISSING' | 'RECEIPT_SHAPE' | 'RECEIPT_OF_ANOTHER_REQUEST' | 'RECEIPT_OF_ANOTHER_ANSWER' };

/** What a bank can prove with a receipt that was believed: keep it with the bytes of the request. */
export interface Receipt {
  readonly guid: string;
  readonly status: 200 | 202;
  /** When the hub answered, in whole seconds. For a repeat this is the first answer. */
  readonly at: Date;
  /** The header's value, which proves it to others. */
  readonly text: string;
}

/**
 * Reads the receipt beside the answer to an accepted message. It is believed only under a key of the edge, for this participant, for
 * exactly these bytes, and where it says the same as the answer. An accepting answer without one is no proof: ask again with the same
 * bytes. Keys: `GET /api/v1/.well-known/jwks.json`, kept while the hub is away.
 */
export async function readReceipt(
  value: string | null | undefined,
  answered: AnsweredRequest,
  o: { readonly hubKeys: HubKeys; readonly audience: string },
): Promise<Result<Receipt, ReceiptFailure>> {
  if (value === null || value === undefined || value === '') return fail({ code: 'RECEIPT_MISSING' });
  const token = readToken(value);
  if (!token.ok) return token;
  const signed = await checkEdgeSignature(token.value, o.hubKeys);
  if (!signed.ok) return signed;
  const claims = receiptClaimsSchema.safeParse(token.value.claims);
  if (!claims.success) return fail({ code: 'RECEIPT_SHAPE' });
  const { iss, aud, iat, receipts } = claims.data;
  if (iss !== HUB_NAME || aud !== o.audience) return fail({ code: 'TOKEN_CLAIMS' });
  const { method, path, body } = answered;
  const hash = await requestHash({ method, path, body: typeof body === 'string' ? utf8(body) : body });
  const entry = receipts.find((candidate) => candidate.request_sha256 === hash);
  if (!entry) return fail({ code: 'RECEIPT_OF_ANOTHER_REQUEST' });
  if (entry.guid !== answered.guid || entry.status !== answered.status) return fail({ code: 'RECEIPT_OF_ANOTHER_ANSWER' });
  return ok({ guid: entry.guid, status: entry.status, at: new Date(iat * 1000), text: value });
}
