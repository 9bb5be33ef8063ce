import { fail, ok, type Result } from '../../kernel/core/result.ts';
import type { TokenFailure } from '../errors.ts';
import { HUB_NAME } from '../header-token.ts';
import { readToken, type ReadToken } from '../token.ts';
import { checkHubSignature, type HubKeys } from './hub-signature.ts';

/** A callback of a payment as the hub says that it sent it. */
export interface SentCallback {
  readonly token: string;
  readonly callbackGuid: string;
  /** Its name on the wire, `pay-in` for one. */
  readonly callbackType: string;
  readonly sequence: number;
  /** Guid of the bank or uid of the merchant. */
  readonly receiverId: string;
  readonly paymentGuid: string;
}

/** CALLBACK_OF_ANOTHER: signed by the hub, but not this callback of this payment to this receiver. */
export type SentFailure = TokenFailure | { readonly code: 'CALLBACK_OF_ANOTHER' };

/** Whether a token is the callback that it is said to be, under a signing key of the hub. */
export async function checkSentCallback(sent: SentCallback, hubKeys: HubKeys): Promise<Result<ReadToken, SentFailure>> {
  const token = readSentCallback(sent);
  return token.ok ? checkHubSignature(token.value, hubKeys) : token;
}

/** The same without keys, for whoever has none: everything but the signature. */
export function readSentCallback(sent: SentCallback): Result<ReadToken, SentFailure> {
  const token = readToken(sent.token);
  if (!token.ok) return token;
  const { iss, aud, callback_guid: guid, callback_type: type, sequence, payment_message_guid: payment } = token.value.claims;
  const own = guid === sent.callbackGuid && type === sent.callbackType && sequence === sent.sequence && payment === sent.paymentGuid;
  return own && iss === HUB_NAME && aud === sent.receiverId ? ok(token.value) : fail({ code: 'CALLBACK_OF_ANOTHER' });
}
