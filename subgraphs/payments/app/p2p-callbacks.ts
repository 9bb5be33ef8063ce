import type { NewCallback } from '../../../kernel/wire/callback.ts';
import type { CallbackIdentity } from '../../../protocol/callbacks.ts';
import { wirePublicKey } from '../../../protocol/jwk-set.ts';
import { type ToldCreditor, type ToldPayRequest, payRequestPayload } from '../../../protocol/p2p/pay-request.ts';
import { linkCreditorPayload } from '../../../protocol/p2p/receiver-search.ts';
import { selectEncryptionKey } from '../../../protocol/participant-key.ts';
import type { PayRequest } from '../domain/pay-request.ts';
import type { ReceiverSearch } from '../domain/receiver-search.ts';
import type { Participants, StepTools } from './ports.ts';

/** What callbacks of p2p orders are made with. */
export type P2pTools = Pick<StepTools, 'participants' | 'signer' | 'clock' | 'businessClock' | 'ids' | 'issuer'>;

export const PAY_REQUEST_CALLBACK = 'pay-request';
export const LINK_CREDITOR_CALLBACK = 'link-creditor';

/** Asks every bank of a search at once. A bank that is asked has so long as the search. */
export function linkCreditorCallbacks(
  tools: P2pTools,
  { search, orderGuid, phone }: { readonly search: ReceiverSearch; readonly orderGuid: string; readonly phone: string },
): Promise<readonly NewCallback[]> {
  const banks = search.status === 'OPEN' ? [...search.banks.keys()] : [];
  return Promise.all(
    banks.map((bankGuid) =>
      question(tools, { type: LINK_CREDITOR_CALLBACK, bankGuid, subject: orderGuid }, (identity) =>
        linkCreditorPayload(identity, { orderGuid, phone, deadline: search.deadline }),
      ),
    ),
  );
}

/** Tells the payer's bank how its pay request ended. A 4xx says that it cannot use what it got. */
export async function payRequestCallback(tools: P2pTools, request: PayRequest): Promise<NewCallback> {
  const told = await Promise.resolve(toldPayRequest(request, tools.participants, tools.clock.now()));
  return await question(tools, { type: PAY_REQUEST_CALLBACK, bankGuid: request.facts.bankGuid, subject: request.facts.guid }, (identity) =>
    payRequestPayload(identity, told),
  );
}

/** A pay request as its bank may know it. */
export function toldPayRequest(request: PayRequest, participants: Participants, at: Date): ToldPayRequest {
  const { guid, orderGuid, debtorAccount } = request.facts;
  const facts = { guid, orderGuid, debtorAccount };
  switch (request.status) {
    case 'CREATED':
    case 'FETCHING':
      return { ...facts, outcome: { status: 'created' } };
    case 'FAILED':
      return { ...facts, outcome: { status: 'failed', code: request.reason } };
    case 'COMPLETED':
      return { ...facts, outcome: { status: 'completed', creditor: toldCreditor(request, participants, at) } };
    default:
      return request satisfies never;
  }
}

/** Null when the data were forgotten: the order has ended, and nobody pays it any more. */
function toldCreditor(request: Extract<PayRequest, { status: 'COMPLETED' }>, participants: Participants, at: Date): ToldCreditor | null {
  const { receiver, data } = request;
  if (!data) return null;
  const agent = participants.bankByGuid(receiver.bankGuid);
  const agentKey = agent && selectEncryptionKey(agent.keys, at);
  const sealedFor = participants.bankByGuid(request.facts.bankGuid)?.keys.find(({ kid }) => kid === data.kid);
  if (!agent || !agentKey || !sealedFor) throw new Error(`pay request ${request.facts.guid}: a bank has no key for encryption any more`);
  return {
    account: receiver.account,
    data,
    sealedFor: wirePublicKey(sealedFor),
    agent: { bic: agent.bic, publicKey: wirePublicKey(agentKey), encryptionProfiles: agentKey.encryptionProfiles },
  };
}

async function question(
  { signer, clock, ids, issuer }: P2pTools,
  to: { readonly type: string; readonly bankGuid: string; readonly subject: string },
  payload: (identity: CallbackIdentity) => string,
): Promise<NewCallback> {
  const id = ids.next();
  const createdAt = clock.now();
  const identity = { issuer, audience: to.bankGuid, issuedAt: createdAt, callbackGuid: id, sequence: 1 };
  return {
    id,
    type: to.type,
    receiver: { kind: 'bank', id: to.bankGuid },
    subject: to.subject,
    body: JSON.stringify({ jwt: await signer.sign(payload(identity)) }),
    whenUnheard: 'answer',
    createdAt,
  };
}
