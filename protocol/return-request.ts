import { z } from 'zod';

import { type Money, wireNumberFromMinor } from '../kernel/core/money.ts';
import { callbackHead, callbackHeadSchema, type CallbackIdentity } from './callbacks.ts';
import { type WirePublicKey, wirePublicKeySchema } from './jwk-set.ts';
import { ENCRYPTION_PROFILES, type EncryptionProfile } from './participant-key.ts';

/** A wish that a payment, or a part of it, be given back, as the bank that received it is asked. */
export interface ToldReturnRequest {
  readonly requestGuid: string;
  readonly originalGuid: string;
  readonly orderId: string;
  readonly money: Money;
  /** What the return is to say it is for. */
  readonly purpose: string;
  /** The account that the money is on, at the asked bank. */
  readonly debtorAccount: string;
  /** Whoever paid, and the bank whose key the return is sealed with. */
  readonly creditor: {
    readonly account: string;
    readonly agentBic: string;
    readonly publicKey: WirePublicKey;
    readonly encryptionProfiles: readonly EncryptionProfile[];
  };
}

/**
 * Payload of the callback "Return request": send a payment message `pm_type: return` with these facts. Names and tax numbers are not in it: the
 * asked bank has them from the payment that it received, and the hub has them from nobody.
 */
export function returnRequestPayload(identity: CallbackIdentity, request: ToldReturnRequest): string {
  const { account, agentBic, publicKey, encryptionProfiles } = request.creditor;
  return JSON.stringify({
    ...callbackHead('return-request', identity),
    return_request_guid: request.requestGuid,
    original_payment_message_guid: request.originalGuid,
    order_id: request.orderId,
    amount: wireNumberFromMinor(request.money.minor),
    currency: request.money.currency,
    purpose: request.purpose,
    debtor: { account: request.debtorAccount },
    creditor: { account, agent: { bic: agentBic, public_key: publicKey, encryption_profiles: encryptionProfiles } },
  });
}

/** The callback as the asked bank reads it. */
export const returnRequestSchema = z.looseObject({
  ...callbackHeadSchema('return-request'),
  return_request_guid: z.uuid(),
  original_payment_message_guid: z.uuid(),
  order_id: z.uuid(),
  amount: z.number(),
  currency: z.string(),
  purpose: z.string(),
  debtor: z.looseObject({ account: z.string() }),
  creditor: z.looseObject({
    account: z.string(),
    agent: z.looseObject({
      bic: z.string(),
      public_key: wirePublicKeySchema,
      encryption_profiles: z.array(z.enum(ENCRYPTION_PROFILES)).default([]),
    }),
  }),
});
export type ReturnRequest = z.infer<typeof returnRequestSchema>;
