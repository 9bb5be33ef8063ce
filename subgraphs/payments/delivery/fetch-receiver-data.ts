import { createHash } from 'node:crypto';

import type { OutboundClient } from '../../../kernel/runtime/outbound.ts';
import type { createMessageVerifier } from '../../../kernel/wire/message-signature.ts';
import { HEADER_TOKEN_NAME, headerTokenClaims } from '../../../protocol/header-token.ts';
import { wirePublicKey } from '../../../protocol/jwk-set.ts';
import { payeeCheckParameter } from '../../../protocol/p2p/payee-check.ts';
import { readReceiverData, receiverDataQuery } from '../../../protocol/p2p/receiver-data.ts';
import { type ParticipantKey, selectEncryptionKey } from '../../../protocol/participant-key.ts';
import { classifyAnswer, TRY_TIMEOUT_MS } from '../../../protocol/retry.ts';
import { readBodyToken } from '../../../protocol/token.ts';
import type { BankEntry } from '../../../schema/directory.ts';
import type { P2pTools } from '../app/p2p-callbacks.ts';
import type { FetchLease } from '../app/p2p-ports.ts';
import type { ReceiverData } from '../domain/pay-request.ts';

export interface FetchDeps {
  readonly outbound: OutboundClient;
  readonly tools: P2pTools;
  readonly verify: ReturnType<typeof createMessageVerifier>;
  readonly tryTimeoutMs?: number;
}

/** `unclear`: no answer that can be used, so the bank is asked again. */
export type Fetched =
  | { readonly kind: 'data'; readonly data: ReceiverData }
  | { readonly kind: 'refused' }
  | { readonly kind: 'unclear'; readonly why: string };

const EMPTY_BODY_SHA256 = createHash('sha256').update('').digest('base64url');

/**
 * Asks the receiver's bank once for its customer's name and tax number, sealed for the payer's bank (guide 8.1.3). The header token is bound to
 * this request and its query; the answer counts only under the receiver bank's own signature.
 */
export async function fetchReceiverData(deps: FetchDeps, fetch: FetchLease): Promise<Fetched> {
  const { tools } = deps;
  const at = tools.clock.now();
  const receiverBank = tools.participants.bankByGuid(fetch.receiver.bankGuid);
  const payerBank = tools.participants.bankByGuid(fetch.bankGuid);
  const key = payerBank && selectEncryptionKey(payerBank.keys, at);
  const url = URL.parse(receiverBank?.routes.receiverData ?? '');
  if (!receiverBank || !key || !url) return { kind: 'unclear', why: key ? 'NO_ADDRESS' : 'NO_KEY' };
  url.search = receiverDataQuery({
    orderGuid: fetch.orderGuid,
    account: fetch.receiver.account,
    payeeCheck: fetch.payeeCheck && payeeCheckParameter(fetch.payeeCheck, kidsOf(receiverBank)),
    publicKeyToken: await tools.signer.sign(publicKeyClaims(deps, receiverBank, key)),
  });
  const claims = headerTokenClaims({
    jti: tools.ids.next(),
    now: at,
    binding: { audience: receiverBank.guid, method: 'GET', path: `${url.pathname}${url.search}`, bodySha256: EMPTY_BODY_SHA256 },
  });
  const headers = { [HEADER_TOKEN_NAME]: await tools.signer.sign(JSON.stringify(claims)) };
  const answer = await deps.outbound.get({ url: url.href, headers, timeoutMs: deps.tryTimeoutMs ?? TRY_TIMEOUT_MS });
  if (answer.kind === 'failed') return { kind: 'unclear', why: answer.reason };
  switch (classifyAnswer(answer.status)) {
    case 'refused':
      return { kind: 'refused' };
    case 'unclear':
      return { kind: 'unclear', why: `STATUS_${answer.status}` };
    case 'accepted':
      return readAnswer(deps, { body: answer.body, receiverBank, orderGuid: fetch.orderGuid, kid: key.kid });
  }
}

function readAnswer(
  { tools, verify }: FetchDeps,
  o: { readonly body: string; readonly receiverBank: BankEntry; readonly orderGuid: string; readonly kid: string },
): Fetched {
  const token = readBodyToken(o.body.trim());
  if (!token.ok) return { kind: 'unclear', why: token.failure.code };
  const verified = verify(token.value, o.receiverBank, tools.clock.now());
  if (!verified.ok) return { kind: 'unclear', why: verified.failure.code };
  const data = readReceiverData(token.value.claims, o.orderGuid);
  return data.ok ? { kind: 'data', data: { ...data.value, kid: o.kid } } : { kind: 'unclear', why: data.failure.code };
}

const kidsOf = ({ keys }: BankEntry): readonly string[] => keys.map(({ kid }) => kid);

/** The payer bank's key as the hub vouches for it, to this one bank. */
function publicKeyClaims({ tools }: FetchDeps, { guid }: BankEntry, key: ParticipantKey): string {
  const iat = Math.floor(tools.clock.now().getTime() / 1000);
  return JSON.stringify({ iss: tools.issuer, aud: guid, iat, ...wirePublicKey(key), encryption_profiles: key.encryptionProfiles });
}
