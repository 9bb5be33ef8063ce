import type { NewCallback } from '../../../kernel/wire/callback.ts';
import { wirePublicKey } from '../../../protocol/jwk-set.ts';
import { selectEncryptionKey } from '../../../protocol/participant-key.ts';
import { returnRequestPayload } from '../../../protocol/return-request.ts';
import type { StepTools } from './ports.ts';
import type { Original } from './returns-ports.ts';

export const RETURN_REQUEST_CALLBACK = 'return-request';

export type ReturnTools = Pick<StepTools, 'participants' | 'signer' | 'clock' | 'ids' | 'issuer'>;

/**
 * Asks the bank that received a payment to give it back. Null when it cannot be asked in a way that it could answer: the first payer's bank is gone,
 * or has no key to seal the return with.
 */
export async function returnRequestCallback(
  { participants, signer, clock, ids, issuer }: ReturnTools,
  original: Original,
  request: { readonly guid: string; readonly amountMinor: bigint },
): Promise<NewCallback | null> {
  const { receiverBankGuid, orderId } = original;
  const creditorAgent = participants.bankByGuid(original.initiatorBankGuid);
  const createdAt = clock.now();
  const key = creditorAgent && selectEncryptionKey(creditorAgent.keys, createdAt);
  if (receiverBankGuid === null || orderId === null || !key) return null;
  const id = ids.next();
  const payload = returnRequestPayload(
    { issuer, audience: receiverBankGuid, issuedAt: createdAt, callbackGuid: id, sequence: 1 },
    {
      requestGuid: request.guid,
      originalGuid: original.guid,
      orderId,
      money: { minor: request.amountMinor, currency: original.amount.currency },
      purpose: original.purpose,
      debtorAccount: original.creditorAccount,
      creditor: {
        account: original.debtorAccount,
        agentBic: creditorAgent.bic,
        publicKey: wirePublicKey(key),
        encryptionProfiles: key.encryptionProfiles,
      },
    },
  );
  return {
    id,
    type: RETURN_REQUEST_CALLBACK,
    receiver: { kind: 'bank', id: receiverBankGuid },
    subject: request.guid,
    body: JSON.stringify({ jwt: await signer.sign(payload) }),
    whenUnheard: 'review',
    createdAt,
  };
}
