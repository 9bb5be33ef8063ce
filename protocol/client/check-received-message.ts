import { fail, type Result } from '../../kernel/core/result.ts';
import { bodySha256 } from '../digest.ts';
import type { TokenFailure } from '../errors.ts';
import { type ParticipantKey, selectVerificationKey } from '../participant-key.ts';
import { paymentGuid } from '../payment-guid.ts';
import { importVerificationKey } from '../rsa-key.ts';
import { readBodyToken, type ReadToken, verifyTokenSignature } from '../token.ts';

/** A payment message as the hub received it, with what the hub says of it. */
export interface ReceivedBytes {
  readonly text: string;
  /** SHA-256 of its bytes, base64url. */
  readonly sha256: string;
  readonly kid: string;
  readonly receivedAt: Date;
  readonly senderGuid: string;
  readonly paymentGuid: string;
  /** The sender's keys, or the one that is meant. */
  readonly keys: readonly ParticipantKey[];
}

/**
 * MESSAGE_HASH: other bytes than those that were hashed. MESSAGE_KID: signed by another key than the hub says. MESSAGE_GUID: sender and `jti` make the guid of
 * another payment.
 */
export type ReceivedFailure = TokenFailure | { readonly code: 'MESSAGE_HASH' | 'MESSAGE_KID' | 'MESSAGE_GUID' };

/** Repeats what the hub did with a payment message when it came: its bytes, its signature at that time, and the guid that follows from it. */
export async function checkReceivedMessage(received: ReceivedBytes): Promise<Result<ReadToken, ReceivedFailure>> {
  if ((await bodySha256(received.text)) !== received.sha256) return fail({ code: 'MESSAGE_HASH' });
  const token = readBodyToken(received.text);
  if (!token.ok) return token;
  if (token.value.header.kid !== received.kid) return fail({ code: 'MESSAGE_KID' });
  const key = selectVerificationKey(received.keys, received.kid, received.receivedAt);
  if (!key.ok) return key;
  if (!(await verifyTokenSignature(token.value, await importVerificationKey(key.value.jwk)))) return fail({ code: 'TOKEN_SIGNATURE' });
  const { jti } = token.value.claims;
  const guid = typeof jti === 'string' ? await paymentGuid(received.senderGuid, jti) : null;
  return guid === received.paymentGuid ? token : fail({ code: 'MESSAGE_GUID' });
}
