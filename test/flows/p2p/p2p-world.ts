import { randomUUID } from 'node:crypto';

import { buildP2pPaymentMessage } from '../../../protocol/client/build-payment-message.ts';
import { openReceiverData } from '../../../protocol/client/receiver-data.ts';
import { signedRequest, tokenBody } from '../../../protocol/client/signed-request.ts';
import { importDecryptionKey } from '../../../protocol/field-encryption.ts';
import { P2P_ORDERS_PATH } from '../../../protocol/p2p/p2p-order.ts';
import { PAY_REQUESTS_PATH, payRequestCallbackSchema, type PayRequestCreditor } from '../../../protocol/p2p/pay-request.ts';
import { P2P_CALLBACKS_PATH } from '../../../protocol/p2p/receiver-search.ts';
import { importSigningKey, readToken, signToken } from '../../../protocol/token.ts';
import type { RsaPrivateJwk } from '../../../protocol/web-crypto.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { HubUnderTest, SandboxBank } from '../hub-under-test.ts';

export const MESSAGES_PATH = '/api/v1/p2p/payment-messages';

export interface P2pAnswer {
  readonly status: number;
  readonly code: string | undefined;
  readonly text: string;
  readonly contentType: string | null;
  /** Members of the JSON, or claims of the JWT. */
  readonly members: Readonly<Record<string, unknown>>;
}

/** What a payer's bank has after its pay request was completed. */
export interface Ready {
  readonly orderGuid: string;
  readonly payRequestGuid: string;
  readonly name: string;
  readonly taxNumber: string;
  readonly payeeCheck: string;
  readonly creditor: PayRequestCreditor;
}

/** Banks that speak for themselves, with the keys of the sandbox's, beside a whole hub. */
export function p2pWorld(hub: HubUnderTest) {
  let numbers = 0;
  const accountOf = (bank: SandboxBank, n = 0): string => bank.accounts[n]?.iban ?? '';

  async function send(bank: SandboxBank, method: 'GET' | 'POST', path: string, body?: string, contentType?: string): Promise<P2pAnswer> {
    const signing = { kid: bank.signKey.kid, key: await importSigningKey(bank.signKey as RsaPrivateJwk) };
    const request = await signedRequest({
      ...signing,
      method,
      url: hub.sandbox.edge + path,
      body,
      ...(contentType === undefined ? {} : { contentType }),
    });
    const response = await fetch(request.url, { method, headers: request.headers, ...(body === undefined ? {} : { body }) });
    const text = await response.text();
    const members = membersOf(text);
    return {
      status: response.status,
      text,
      contentType: response.headers.get('content-type'),
      members,
      code: typeof members['code'] === 'string' ? members['code'] : undefined,
    };
  }

  /** A request whose body is a JWT of the bank, or of another. */
  async function post(
    bank: SandboxBank,
    path: string,
    claims: object,
    o: { signer?: SandboxBank; plain?: boolean } = {},
  ): Promise<P2pAnswer> {
    const { signKey } = o.signer ?? bank;
    const token = await signToken({ kid: signKey.kid, key: await importSigningKey(signKey as RsaPrivateJwk), payload: claims });
    return o.plain ? await send(bank, 'POST', path, token, 'text/plain') : await send(bank, 'POST', path, tokenBody(token));
  }

  const newPhone = (): string => `+38067${String(7_000_000 + ++numbers)}`;
  const phoneOrder = (bank: SandboxBank, phone: string, more: object = {}) => ({
    jti: randomUUID(),
    external_id: randomUUID(),
    type: 'phone',
    creditor: { phone },
    debtor: { account: accountOf(bank) },
    currency: 'UAH',
    purpose: 'Lunch',
    ...more,
  });
  const linkOrder = (bank: SandboxBank, more: object = {}) => ({
    jti: randomUUID(),
    external_id: randomUUID(),
    type: 'link',
    creditor: { account: accountOf(bank) },
    currency: 'UAH',
    purpose: 'Lunch',
    ...more,
  });

  async function link(bank: SandboxBank, phone: string): Promise<void> {
    const answer = await fetch(`${hub.sandbox.sandbox}/banks/${bank.guid}/alias`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ phone, account: accountOf(bank), linked: true }),
    });
    if (!answer.ok) throw new Error(`the number was not linked: ${await answer.text()}`);
  }

  /** The callback "Pay request" of an order, as the payer's bank got it. */
  async function payRequestOf(bank: SandboxBank, payRequestGuid: string) {
    const found = await waitFor(async () => (await heard(bank)).find((body) => body['pay_request_guid'] === payRequestGuid) ?? false, {
      timeoutMs: 20_000,
    });
    return payRequestCallbackSchema.parse(found);
  }

  async function heard(bank: SandboxBank): Promise<Record<string, unknown>[]> {
    const entries = (await hub.history(bank.guid)).filter(({ direction }) => direction === 'in');
    return entries.map(({ body, status }) => ({ ...(body as Record<string, unknown>), answered: status })); // Callbacks are objects.
  }

  async function opened(bank: SandboxBank, orderGuid: string, payRequestGuid: string): Promise<Ready> {
    const { creditor } = await payRequestOf(bank, payRequestGuid);
    if (!creditor) throw new Error('the pay request has failed');
    const decryptionKey = await importDecryptionKey(bank.encryptKey as RsaPrivateJwk);
    const data = await openReceiverData({ orderGuid, creditor, decryptionKey });
    if (!data.ok) throw new Error(data.failure.code);
    return { orderGuid, payRequestGuid, creditor, ...data.value };
  }

  return {
    accountOf,
    send,
    post,
    newPhone,
    phoneOrder,
    linkOrder,
    link,
    heard,
    payRequestOf,
    opened,
    /** An order by phone of the payer's bank whose receiver is known, up to the completed pay request. */
    async readyByPhone(more: object = {}): Promise<Ready & { readonly phone: string }> {
      const phone = newPhone();
      await link(hub.receiver, phone);
      const { members } = await post(hub.payer, P2P_ORDERS_PATH, phoneOrder(hub.payer, phone, more));
      return { ...(await opened(hub.payer, String(members['guid']), String(members['pay_request_guid']))), phone };
    },
    async newLink(more: object = {}): Promise<string> {
      const { members } = await post(hub.receiver, P2P_ORDERS_PATH, linkOrder(hub.receiver, more));
      return String(members['guid']);
    },
    async readyByLink(orderGuid: string, bank = hub.payer): Promise<Ready> {
      const claims = { jti: randomUUID(), order_guid: orderGuid, debtor: { account: accountOf(bank) } };
      const { members } = await post(bank, PAY_REQUESTS_PATH, claims);
      return await opened(bank, orderGuid, String(members['guid']));
    },
    /** The claims of the payment message of a completed pay request. */
    message: (ready: Ready, o: { bank?: SandboxBank; amountMinor?: bigint; more?: object } = {}) => {
      const bank = o.bank ?? hub.payer;
      const { orderGuid, name, taxNumber, creditor } = ready;
      return buildP2pPaymentMessage({
        payer: { agentBic: bank.bic, name: 'Payer', taxNumber: '1234567890', iban: accountOf(bank), phone: '+380670000001' },
        orderGuid,
        amountMinor: o.amountMinor ?? 12_345n,
        currency: 'UAH',
        purpose: 'Lunch',
        creditor: { name, taxNumber, account: creditor.account, agent: creditor.agent },
        // A slow machine must not make it a message from the future.
        now: new Date(Date.now() - 60_000),
      }).then((claims) => ({ ...claims, ...o.more }));
    },
    consent: (bank: SandboxBank, orderGuid: string, phone: string, more: object = {}) =>
      post(bank, P2P_CALLBACKS_PATH, {
        jti: randomUUID(),
        type: 'creditor_linked',
        order_guid: orderGuid,
        phone,
        account: accountOf(bank),
        status: 'completed',
        ...more,
      }),
    async orderStatus(orderGuid: string, bank = hub.payer): Promise<P2pAnswer> {
      return await send(bank, 'GET', `${P2P_ORDERS_PATH}/${orderGuid}`);
    },
    async wireStatus(orderGuid: string, status: string, bank = hub.payer): Promise<void> {
      await waitFor(async () => (await send(bank, 'GET', `${P2P_ORDERS_PATH}/${orderGuid}`)).members['status'] === status, {
        timeoutMs: 20_000,
      });
    },
  };
}

export type P2pWorld = ReturnType<typeof p2pWorld>;

function membersOf(text: string): Readonly<Record<string, unknown>> {
  const token = readToken(text);
  if (token.ok) return token.value.claims;
  return text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {};
}
