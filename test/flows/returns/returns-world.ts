import { randomUUID } from 'node:crypto';

import { buildReturnMessage } from '../../../protocol/client/build-payment-message.ts';
import { signedRequest, tokenBody } from '../../../protocol/client/signed-request.ts';
import { type ReturnRequest, returnRequestSchema } from '../../../protocol/return-request.ts';
import { importSigningKey, signToken } from '../../../protocol/token.ts';
import type { RsaPrivateJwk } from '../../../protocol/web-crypto.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { HubUnderTest, SandboxBank } from '../hub-under-test.ts';

const PAYMENT_RETURN = `mutation ($input: PaymentReturnInput!) {
  paymentReturn(input: $input) { returnRequest { guid status amount { minor } } replayed errors { code } }
}`;
const PAYMENT_RETURN_CANCEL = `mutation ($input: PaymentReturnCancelInput!) {
  paymentReturnCancel(input: $input) { returnRequest { guid status } replayed errors { code } }
}`;
const REQUESTS = `query ($guid: String!) { payment(guid: $guid) {
  status pmType returnRequestedAmount { minor } returnedAmount { minor }
  returnRequests { guid status delivery { deliveryId state callbackType } requestedBy reason rejectReasonCode amount { minor } payment { guid status pmType original { guid } } } } }`;

export interface MutationAnswer {
  readonly requestGuid: string | null;
  readonly status: string | null;
  readonly replayed: boolean;
  readonly codes: readonly string[];
}

export interface EdgeAnswer {
  readonly status: number;
  readonly code: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Returns through a whole hub: whoever asks for them, and a receiver's bank that speaks for itself with the key of the sandbox's. */
export function returnsWorld(hub: HubUnderTest) {
  const ask = async (
    paymentGuid: string,
    o: { amountMinor?: string; token?: string; key?: string; reason?: string; currency?: string } = {},
  ): Promise<MutationAnswer> => {
    const amount = o.amountMinor === undefined ? null : { minor: o.amountMinor, currency: o.currency ?? 'UAH' };
    const input = { paymentGuid, amount, reason: o.reason ?? 'The book was wet', idempotencyKey: o.key ?? randomUUID() };
    return answerOf(await hub.graphql(PAYMENT_RETURN, { input }, o.token), 'paymentReturn');
  };

  async function payment(guid: string, token = hub.sandbox.ops.token) {
    return (await hub.graphql(REQUESTS, { guid }, token)).data.payment;
  }

  /** The callback "Return request" of a request, as the bank got it. */
  async function told(requestGuid: string, bank: SandboxBank = hub.receiver): Promise<ReturnRequest> {
    const found = await waitFor(
      async () => {
        const bodies = (await hub.history(bank.guid)).map(({ body }) => body as Record<string, unknown>); // Callbacks are objects.
        return bodies.find((body) => body['return_request_guid'] === requestGuid && body['callback_type'] === 'return-request') ?? false;
      },
      { timeoutMs: 20_000 },
    );
    return returnRequestSchema.parse(found);
  }

  async function post(bank: SandboxBank, claims: object, o: { signer?: SandboxBank; at?: string } = {}): Promise<EdgeAnswer> {
    const { signKey } = o.signer ?? bank;
    const key = await importSigningKey(signKey as RsaPrivateJwk);
    const own = { kid: bank.signKey.kid, key: await importSigningKey(bank.signKey as RsaPrivateJwk) };
    const body = tokenBody(await signToken({ kid: signKey.kid, key, payload: claims }));
    const path = o.at ?? `/api/v1/counterparty/${bank.guid}/payment-message`;
    const request = await signedRequest({ ...own, method: 'POST', url: hub.sandbox.edge + path, body });
    const response = await fetch(request.url, { method: 'POST', headers: request.headers, body });
    const answered = (await response.json()) as Record<string, unknown>; // The edge answers JSON objects here.
    return { status: response.status, code: typeof answered['code'] === 'string' ? answered['code'] : undefined, body: answered };
  }

  async function get(bank: SandboxBank, path: string): Promise<EdgeAnswer> {
    const own = { kid: bank.signKey.kid, key: await importSigningKey(bank.signKey as RsaPrivateJwk) };
    const request = await signedRequest({ ...own, method: 'GET', url: hub.sandbox.edge + path });
    const response = await fetch(request.url, { headers: request.headers });
    return { status: response.status, code: undefined, body: (await response.json()) as Record<string, unknown> }; // The edge answers JSON objects here.
  }

  return {
    ask,
    get,
    payment,
    told,
    post,
    async cancel(returnRequestGuid: string, o: { token?: string; key?: string } = {}): Promise<MutationAnswer> {
      const input = { returnRequestGuid, idempotencyKey: o.key ?? randomUUID() };
      return answerOf(await hub.graphql(PAYMENT_RETURN_CANCEL, { input }, o.token), 'paymentReturnCancel');
    },
    /** A paid order of the merchant: the guid of its payment. */
    async paid(amountMinor = '10050'): Promise<{ readonly guid: string; readonly orderId: string }> {
      const { orderId } = await hub.createOrder({ amountMinor });
      const { guid } = await hub.pay(orderId);
      await hub.waitForOrder(orderId, 'SUCCESS');
      // Credited, so that the merchant has what it gives back.
      await waitFor(async () => (await hub.history(hub.receiver.guid)).some(({ path, body }) => isCredit(path, body, guid)), {
        timeoutMs: 20_000,
      });
      return { guid: guid ?? '', orderId };
    },
    /** The receiver's bank takes the request and waits for us to answer it. */
    holdBack: () => hub.control(hub.receiver.guid, { callback: 'return', behave: 'refuse' }),
    /** The claims of the return that a request asks for. */
    message: async (request: ReturnRequest, more: object = {}) => {
      const { iban, name, taxId } = { iban: request.debtor.account, name: 'Sova', taxId: '90000999' };
      const payer = hub.payer.accounts.find((account) => account.iban === request.creditor.account);
      const claims = await buildReturnMessage({
        payer: { agentBic: hub.receiver.bic, name, taxNumber: taxId, iban },
        request,
        creditor: { name: payer?.name ?? '', taxNumber: payer?.taxId ?? '' },
        // A slow machine must not make it a message from the future.
        now: new Date(Date.now() - 60_000),
      });
      return { ...claims, ...more };
    },
    /** Waits until the requests of a payment stand so. */
    async settled(guid: string, statuses: readonly string[]): Promise<void> {
      await waitFor(
        async () => (await payment(guid)).returnRequests.map(({ status }: { status: string }) => status).join() === statuses.join(),
        { timeoutMs: 20_000 },
      );
    },
  };
}

function isCredit(path: string, body: unknown, guid: string | undefined): boolean {
  return path.endsWith('/credit') && (body as Record<string, unknown>)['payment_message_guid'] === guid; // Callbacks are objects.
}

function answerOf({ data, errors }: Awaited<ReturnType<HubUnderTest['graphql']>>, mutation: string): MutationAnswer {
  const payload = data?.[mutation];
  if (!payload) throw new Error(JSON.stringify(errors));
  return {
    requestGuid: payload.returnRequest?.guid ?? null,
    status: payload.returnRequest?.status ?? null,
    replayed: payload.replayed,
    codes: payload.errors.map(({ code }: { code: string }) => code),
  };
}
