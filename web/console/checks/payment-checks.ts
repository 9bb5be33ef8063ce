import { checkReceivedMessage } from '../../../protocol/client/check-received-message.ts';
import { checkSentCallback, type SentCallback } from '../../../protocol/client/check-sent-callback.ts';
import type { HubKeys } from '../../../protocol/client/hub-signature.ts';
import { type ParticipantKey, participantKeySchema } from '../../../protocol/participant-key.ts';
import { readBodyToken, readToken } from '../../../protocol/token.ts';
import type { CallbackType, SenderKeysQuery } from '../generated/documents.ts';
import type { PaymentFacts } from '../pages/timeline.ts';
import { indented, wordsOfFailure } from './check-words.ts';

// The hub's own checks of a message, and a receiver's checks of a callback, repeated where somebody looks at them.

export interface Check {
  /** `open`: nothing was found wrong, and not everything could be looked at. */
  readonly result: 'ok' | 'failed' | 'open';
  readonly line: string;
  /** Header and claims, indented; null where there are no bytes, or none that can be read. */
  readonly payload: string | null;
}

export type SenderKeys = NonNullable<SenderKeysQuery['bank']>['keys'];

/** Of the message under `received`, of each callback under its id; nothing of what the viewer may not read. */
export type Checks = ReadonlyMap<string, Check>;

export async function checkPayment(o: {
  readonly payment: PaymentFacts;
  /** Null where they are not the viewer's to read. */
  readonly senderKeys: SenderKeys;
  readonly senderName: string;
  readonly hubKeys: HubKeys;
}): Promise<Checks> {
  const received = await checkMessage(o);
  const sent = o.payment.deliveries.map(
    async (delivery) => [delivery.deliveryId, await checkDelivery(o.payment, delivery, o.hubKeys)] as const,
  );
  const checks = [['received', received] as const, ...(await Promise.all(sent))];
  return new Map(checks.flatMap(([key, check]) => (check ? [[key, check] as const] : [])));
}

async function checkMessage({ payment, senderKeys, senderName }: Parameters<typeof checkPayment>[0]): Promise<Check | null> {
  const { message, initiatorBank } = payment;
  if (!message) return null;
  const { text, sha256, kid, receivedAt } = message;
  if (text === null) return { result: 'open', line: `The bytes are past their retention. Their SHA-256 was ${sha256}`, payload: null };
  const read = readBodyToken(text);
  const payload = read.ok ? payloadText(read.value) : null;
  if (senderKeys === null) return { result: 'open', line: `Not checked here: the keys of ${senderName} are not yours to read`, payload };
  const checked = await checkReceivedMessage({
    text,
    sha256,
    kid,
    receivedAt: new Date(receivedAt),
    senderGuid: initiatorBank?.guid ?? '',
    paymentGuid: payment.guid,
    keys: senderKeys.map(participantKeyOf),
  });
  if (!checked.ok) return { result: 'failed', line: wordsOfFailure(checked.failure.code), payload };
  return {
    result: 'ok',
    line: `${checked.value.header.alg}, signed by ${senderName}, key ${kid}, valid at that time; these very bytes, and the guid follows from them`,
    payload,
  };
}

function participantKeyOf(key: NonNullable<SenderKeys>[number]): ParticipantKey {
  return participantKeySchema.parse({ ...key, encryptionProfiles: [] });
}

const WIRE_NAMES: Readonly<Record<CallbackType, string>> = {
  PAY_IN: 'pay-in',
  MERCHANT_PAY_IN: 'merchant-pay-in',
  PAY_OUT: 'pay-out',
  CREDIT: 'credit',
  REJECT_NOTICE: 'reject-notice',
  MERCHANT_PAY_OUT: 'merchant-pay-out',
  RETURN_REQUEST: 'return-request',
  LINK_CREDITOR: 'link-creditor',
  PAY_REQUEST: 'pay-request',
};

async function checkDelivery(payment: PaymentFacts, delivery: PaymentFacts['deliveries'][number], hubKeys: HubKeys): Promise<Check> {
  const { request, deliveryId, callbackType, sequence, receiverBank, receiverMerchant } = delivery;
  if (!request) return { result: 'open', line: 'What was sent is past its retention', payload: null };
  const sent: SentCallback = {
    token: request.token,
    callbackGuid: deliveryId,
    callbackType: WIRE_NAMES[callbackType],
    sequence,
    receiverId: receiverMerchant?.uid ?? receiverBank?.guid ?? '',
    paymentGuid: payment.guid,
  };
  const read = readToken(sent.token);
  const payload = read.ok ? payloadText(read.value) : null;
  const checked = await checkSentCallback(sent, hubKeys);
  if (checked.ok)
    return {
      result: 'ok',
      line: `${checked.value.header.alg}, signed by the hub, key ${checked.value.header.kid}; this callback, to this receiver`,
      payload,
    };
  // A key that was rotated away has left the key set: that proves nothing against the callback.
  const { code } = checked.failure;
  return { result: code === 'TOKEN_KEY_UNKNOWN' ? 'open' : 'failed', line: wordsOfFailure(code), payload };
}

function payloadText({ header, payloadText: claims }: { readonly header: object; readonly payloadText: string }): string {
  return `${indented(JSON.stringify(header))}\n${indented(claims)}`;
}
