import { z } from 'zod';

import { fail, ok, type Result } from '../../kernel/core/result.ts';
import { bodySha256 } from '../digest.ts';
import type { TokenFailure } from '../errors.ts';
import { bestProfile, importEncryptionKey, openFields, type OpenFailure, sealFields, type WireEncryption } from '../field-encryption.ts';
import { checkHeaderToken, readHeaderToken } from '../header-token.ts';
import { type PayeeCheckOutcome, type PayeeQuestion, readPayeeQuestion } from '../p2p/payee-check.ts';
import { RECEIVER_DATA_QUERY } from '../p2p/receiver-data.ts';
import { ENCRYPTION_PROFILES } from '../participant-key.ts';
import { readToken } from '../token.ts';
import type { WebCryptoKey } from '../web-crypto.ts';
import { checkHubSignature } from './hub-signature.ts';
import { outcomeOf, outcomeText } from './payee-check.ts';
import type { CallbackReceiver, IncomingCallback } from './read-callback.ts';

const publicKeySchema = z.looseObject({
  kty: z.literal('RSA'),
  kid: z.string(),
  n: z.string(),
  e: z.string(),
  encryption_profiles: z.array(z.enum(ENCRYPTION_PROFILES)).default([]),
});

/** What the hub asks of a receiver's bank (guide 8.1.3). */
export interface ReceiverQuestion {
  readonly orderGuid: string;
  readonly account: string;
  /** The key of the payer's bank, as the hub vouches for it. */
  readonly publicKey: z.infer<typeof publicKeySchema>;
  /** The name that the payer gave, sealed for this bank (`openPayeeName`); null where the payer gave none, or none that this bank could open. */
  readonly payee: PayeeQuestion | null;
}

/**
 * Reads `GET {receiver data route}`. It is believed only when header token and key are signed by a key of the hub, for this receiver and this
 * request. QUESTION_SHAPE: believed, but one of its three parts is missing.
 */
export async function readReceiverQuestion(
  request: Omit<IncomingCallback, 'body'>,
  receiver: CallbackReceiver,
): Promise<Result<ReceiverQuestion, TokenFailure | { readonly code: 'QUESTION_SHAPE' }>> {
  const header = readHeaderToken(request.authorization);
  if (!header.ok) return header;
  const signed = await checkHubSignature(header.value, receiver.hubKeys);
  if (!signed.ok) return signed;
  const { hubKeys, audience, now } = receiver;
  const claims = checkHeaderToken(header.value, {
    now,
    method: request.method,
    path: request.path,
    bodySha256: await bodySha256(''),
    audience,
    bindingRequired: true,
  });
  if (!claims.ok) return claims;
  const query = URL.parse(request.path, 'http://bank')?.searchParams;
  const orderGuid = query?.get(RECEIVER_DATA_QUERY.orderGuid);
  const account = query?.get(RECEIVER_DATA_QUERY.account);
  const token = readToken(query?.get(RECEIVER_DATA_QUERY.publicKey) ?? '');
  if (!token.ok) return token;
  const vouched = await checkHubSignature(token.value, hubKeys);
  if (!vouched.ok) return vouched;
  const publicKey = publicKeySchema.safeParse(token.value.claims);
  if (!orderGuid || !account || !publicKey.success || token.value.claims['aud'] !== audience) return fail({ code: 'QUESTION_SHAPE' });
  const payee = query?.get(RECEIVER_DATA_QUERY.payeeCheck);
  return ok({ orderGuid, account, publicKey: publicKey.data, payee: payee ? readPayeeQuestion(payee) : null });
}

/**
 * The claims of the answer, to be signed with `signToken` and sent as plain text: name and tax number, sealed for the payer's bank and this order, and with
 * them what the bank says of the payer's name. In dcm-1 it says nothing: there an outcome would give the name away.
 */
export async function sealReceiverData(
  { orderGuid, publicKey }: Pick<ReceiverQuestion, 'orderGuid' | 'publicKey'>,
  receiver: { readonly name: string; readonly taxNumber: string; readonly payeeCheck?: PayeeCheckOutcome },
): Promise<Record<string, unknown>> {
  const profile = bestProfile(publicKey.encryption_profiles);
  const { name, taxNumber: tax_number, payeeCheck } = receiver;
  const sealing = { profile, recipientKey: await importEncryptionKey(publicKey), jti: orderGuid };
  const { fields, encryption } =
    payeeCheck !== undefined && profile === 'dcm-2'
      ? await sealFields({ ...sealing, fields: { name, tax_number, payee_check: outcomeText(payeeCheck) } })
      : await sealFields({ ...sealing, fields: { name, tax_number } });
  return { jti: crypto.randomUUID(), order_guid: orderGuid, ...fields, encryption };
}

export interface OpenedReceiver {
  readonly name: string;
  readonly taxNumber: string;
  /** NOT_POSSIBLE also where the payer gave no name, or the receiver's bank says nothing of names. */
  readonly payeeCheck: PayeeCheckOutcome;
}

/** Opens what the callback "Pay request" brought. Fails as `openFields` does: then the payer's bank answers the callback with 4xx. */
export async function openReceiverData(o: {
  readonly orderGuid: string;
  readonly creditor: {
    readonly name: string;
    readonly tax_number: string;
    readonly payee_check?: string | undefined;
    readonly encryption: WireEncryption;
  };
  readonly decryptionKey: WebCryptoKey;
}): Promise<Result<OpenedReceiver, OpenFailure>> {
  const { name, tax_number, payee_check, encryption } = o.creditor;
  const opening = { encryption, recipientKey: o.decryptionKey, jti: o.orderGuid };
  if (payee_check === undefined) {
    const plain = await openFields({ ...opening, fields: { name, tax_number } });
    return plain.ok ? ok({ name: plain.value.name, taxNumber: plain.value.tax_number, payeeCheck: 'NOT_POSSIBLE' }) : plain;
  }
  const opened = await openFields({ ...opening, fields: { name, tax_number, payee_check } });
  if (!opened.ok) return opened;
  return ok({ name: opened.value.name, taxNumber: opened.value.tax_number, payeeCheck: outcomeOf(opened.value.payee_check) });
}
