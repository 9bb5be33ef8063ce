import { z } from 'zod';

import { isUuid } from '../../kernel/core/ids.ts';
import { fail, ok, type Result } from '../../kernel/core/result.ts';
import { callbackHead, callbackHeadSchema, type CallbackIdentity } from '../callbacks.ts';
import type { ErrorCode } from '../errors.ts';
import { isUkrainianIban } from '../iban.ts';
import { type WirePublicKey, wirePublicKeySchema } from '../jwk-set.ts';
import { ENCRYPTION_PROFILES, type EncryptionProfile } from '../participant-key.ts';
import { wireEncryption } from '../payment-message.ts';
import { isJsonObject, type JsonObject } from '../strict-json.ts';
import { isText, JTI_LENGTH_MAX } from '../wire-fields.ts';
import { readPayeeCheck, type SealedPayeeName } from './payee-check.ts';
import type { SealedReceiver } from './receiver-data.ts';

/** Where a payer's bank asks who is behind a link. */
export const PAY_REQUESTS_PATH = '/api/v1/p2p/pay-requests';

/** What a payer's bank asks with `POST /api/v1/p2p/pay-requests` (guide 8.2.2). */
export interface PayRequestRequest {
  readonly jti: string;
  readonly orderGuid: string;
  readonly debtorAccount: string;
  /** The name that the payer believes to pay, sealed for the banks that may be asked. */
  readonly payeeCheck: SealedPayeeName | null;
}

export type PayRequestRequestFailure = {
  readonly code: Extract<
    ErrorCode,
    'INVALID_REQUEST' | 'INVALID_JTI' | 'INVALID_ORDER_GUID' | 'INVALID_DEBTOR_ACCOUNT' | 'INVALID_PAYEE_CHECK'
  >;
};

export function readPayRequestRequest(claims: JsonObject): Result<PayRequestRequest, PayRequestRequestFailure> {
  const { jti, order_guid: orderGuid, debtor } = claims;
  if (!isText(jti, JTI_LENGTH_MAX)) return fail({ code: 'INVALID_JTI' });
  if (typeof orderGuid !== 'string' || !isUuid(orderGuid)) return fail({ code: 'INVALID_ORDER_GUID' });
  if (!isJsonObject(debtor)) return fail({ code: 'INVALID_REQUEST' });
  const debtorAccount = debtor['account'];
  if (typeof debtorAccount !== 'string' || !isUkrainianIban(debtorAccount)) return fail({ code: 'INVALID_DEBTOR_ACCOUNT' });
  const payeeCheck = readPayeeCheck(claims, jti);
  return payeeCheck.ok ? ok({ jti, orderGuid, debtorAccount, payeeCheck: payeeCheck.value }) : payeeCheck;
}

/** The `reason` of a failed pay request (guide 8.1.4). */
export const PAY_REQUEST_FAILED_REASON = 'pay request is failed';

/** Whom the payer pays, as the payer's bank is told: sealed for it, with the key to seal the payment message for the receiver's bank. */
export interface ToldCreditor {
  readonly account: string;
  readonly data: SealedReceiver;
  /** The key of the payer's bank that `data` is sealed for. */
  readonly sealedFor: WirePublicKey;
  readonly agent: { readonly bic: string; readonly publicKey: WirePublicKey; readonly encryptionProfiles: readonly EncryptionProfile[] };
}

export interface ToldPayRequest {
  readonly guid: string;
  readonly orderGuid: string;
  readonly debtorAccount: string;
  readonly outcome:
    | { readonly status: 'created' }
    /** Null: some time after the order has ended, the data are forgotten. */
    | { readonly status: 'completed'; readonly creditor: ToldCreditor | null }
    | { readonly status: 'failed'; readonly code: string };
}

/** Payload of the callback "Pay request" (guide 8.1.4). `reason_code` says in one word more than the guide's one sentence. */
export function payRequestPayload(identity: CallbackIdentity, request: ToldPayRequest): string {
  return JSON.stringify({
    ...callbackHead('pay-request', identity),
    order_guid: request.orderGuid,
    pay_request_guid: request.guid,
    debtor: { account: request.debtorAccount },
    ...outcomeMembers(request.outcome),
  });
}

/** Claims of the answer to `POST` (status created) and `GET /api/v1/p2p/pay-requests/{guid}`: a JWT as plain text. */
export function payRequestClaims(o: {
  readonly issuer: string;
  readonly audience: string;
  readonly issuedAt: Date;
  readonly request: ToldPayRequest;
}): string {
  const { issuer: iss, audience: aud, issuedAt, request } = o;
  return JSON.stringify({
    iss,
    aud,
    iat: Math.floor(issuedAt.getTime() / 1000),
    debtor: { account: request.debtorAccount },
    order_guid: request.orderGuid,
    guid: request.guid,
    ...outcomeMembers(request.outcome),
  });
}

function outcomeMembers(outcome: ToldPayRequest['outcome']): Readonly<Record<string, unknown>> {
  switch (outcome.status) {
    case 'created':
      return { status: outcome.status };
    case 'failed':
      return { status: outcome.status, reason: PAY_REQUEST_FAILED_REASON, reason_code: outcome.code };
    case 'completed': {
      if (!outcome.creditor) return { status: outcome.status };
      const { account, data, sealedFor, agent } = outcome.creditor;
      return {
        status: outcome.status,
        creditor: {
          name: data.name,
          tax_number: data.taxNumber,
          ...(data.payeeCheck === null ? {} : { payee_check: data.payeeCheck }),
          account,
          encryption: { ...wireEncryption(data.encryption), public_key: sealedFor },
          agent: { bic: agent.bic, public_key: agent.publicKey, encryption_profiles: agent.encryptionProfiles },
        },
      };
    }
    default:
      return outcome satisfies never;
  }
}

const creditorSchema = z.looseObject({
  name: z.string(),
  tax_number: z.string(),
  /** The outcome of the payee check, sealed with the others. */
  payee_check: z.string().optional(),
  account: z.string(),
  encryption: z.looseObject({
    profile: z.enum(ENCRYPTION_PROFILES).optional(),
    nonce: z.string(),
    encrypted_key: z.string(),
    alg: z.string().optional(),
    public_key: wirePublicKeySchema,
  }),
  agent: z.looseObject({
    bic: z.string(),
    public_key: wirePublicKeySchema,
    encryption_profiles: z.array(z.enum(ENCRYPTION_PROFILES)).default([]),
  }),
});
export type PayRequestCreditor = z.infer<typeof creditorSchema>;

const outcomeSchema = {
  status: z.enum(['created', 'completed', 'failed']),
  reason: z.string().optional(),
  reason_code: z.string().optional(),
  creditor: creditorSchema.optional(),
};

/** The callback as the payer's bank reads it. */
export const payRequestCallbackSchema = z.looseObject({
  ...callbackHeadSchema('pay-request'),
  order_guid: z.uuid(),
  pay_request_guid: z.uuid(),
  debtor: z.looseObject({ account: z.string() }),
  ...outcomeSchema,
});
export type PayRequestCallback = z.infer<typeof payRequestCallbackSchema>;

/** The answer to `POST` and `GET /api/v1/p2p/pay-requests`, inside its JWT. */
export const payRequestStatusSchema = z.looseObject({
  guid: z.uuid(),
  order_guid: z.uuid(),
  debtor: z.looseObject({ account: z.string() }),
  ...outcomeSchema,
});
