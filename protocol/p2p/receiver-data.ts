import { fail, ok, type Result } from '../../kernel/core/result.ts';
import { isIdCiphertext, isNameCiphertext, type MessageEncryption, readMessageEncryption } from '../payment-message.ts';
import { isJsonObject, type JsonObject } from '../strict-json.ts';

/** Name and tax number of a receiver, sealed by the receiver's bank for the payer's (guide 8.1.3). The hub cannot open them. */
export interface SealedReceiver {
  /** Ciphertext. */
  readonly name: string;
  /** Ciphertext. */
  readonly taxNumber: string;
  /** Ciphertext of the payee check's outcome; null where the bank said nothing of the payer's name. */
  readonly payeeCheck: string | null;
  readonly encryption: MessageEncryption;
}

/**
 * Reads what a receiver's bank answered: the claims of its signed JWT. Only the form is checked. `order_guid`, which a bank may repeat, must be
 * that of the question.
 */
export function readReceiverData(claims: JsonObject, orderGuid: string): Result<SealedReceiver, { readonly code: 'RECEIVER_DATA_FORM' }> {
  const { name, tax_number: taxNumber, payee_check: payeeCheck = null, encryption, order_guid: repeated = orderGuid } = claims;
  if (repeated !== orderGuid || !isJsonObject(encryption)) return fail({ code: 'RECEIVER_DATA_FORM' });
  if (!isNameCiphertext(name) || !isIdCiphertext(taxNumber)) return fail({ code: 'RECEIVER_DATA_FORM' });
  const sealed = readMessageEncryption(encryption);
  if (!sealed.ok || (payeeCheck !== null && !isNameCiphertext(payeeCheck))) return fail({ code: 'RECEIVER_DATA_FORM' });
  // Fields of dcm-1 share a nonce: an outcome, which everybody can guess, would give the name away.
  return ok({ name, taxNumber, payeeCheck: sealed.value.profile === 'dcm-2' ? payeeCheck : null, encryption: sealed.value });
}

/** Names of the query of `GET {receiver data route}`. */
export const RECEIVER_DATA_QUERY = {
  orderGuid: 'order_guid',
  account: 'account',
  publicKey: 'public_key',
  payeeCheck: 'payee_check',
} as const;

/**
 * The query of the question: which customer, for which order, and the key of the payer's bank to seal for, as a JWT of the hub, so that a bank
 * seals for nobody whom the hub has not named.
 */
export function receiverDataQuery(o: {
  readonly orderGuid: string;
  readonly account: string;
  readonly publicKeyToken: string;
  readonly payeeCheck: string | null;
}): string {
  return new URLSearchParams({
    [RECEIVER_DATA_QUERY.orderGuid]: o.orderGuid,
    [RECEIVER_DATA_QUERY.account]: o.account,
    [RECEIVER_DATA_QUERY.publicKey]: o.publicKeyToken,
    ...(o.payeeCheck === null ? {} : { [RECEIVER_DATA_QUERY.payeeCheck]: o.payeeCheck }),
  }).toString();
}
