import { ALIAS_PATH } from '../../../protocol/alias.ts';
import { signedRequest, tokenBody } from '../../../protocol/client/signed-request.ts';
import { HEADER_TOKEN_NAME } from '../../../protocol/header-token.ts';
import { P2P_ORDERS_PATH } from '../../../protocol/p2p/p2p-order.ts';
import { importSigningKey, signToken } from '../../../protocol/token.ts';
import type { RsaPrivateJwk } from '../../../protocol/web-crypto.ts';
import { ibanOf } from '../../../sandbox/world.ts';
import type { BenchBank } from '../payments/participants.ts';
import { waitFor } from '../../support/wait-for.ts';

export const MESSAGES_PATH = '/api/v1/p2p/payment-messages';

/** A signed request, ready to be sent. */
export interface PreparedRequest {
  readonly path: string;
  readonly headerToken: string;
  readonly body: string;
}

export interface PreparedOrder extends PreparedRequest {
  readonly debtorAccount: string;
}

/** Many payers, so that none has more under way than a person has. */
const PAYERS = 500;
const RECEIVERS = 50;
const RECEIVER_ACCOUNT = '26200000000066';

const phoneOf = (n: number): string => `+38063${String(n % RECEIVERS).padStart(7, '0')}`;
const base64OfSize = (bytes: number): string => Buffer.alloc(bytes, 5).toString('base64');

/** Ciphertexts of the right form, which the hub never opens: what banks spend on sealing is not the hub's. */
const SEALED = { profile: 'dcm-2', nonce: base64OfSize(12), encrypted_key: base64OfSize(256), alg: 'RSA-OAEP-256' };

/** What the two banks of the benchmark sign. */
export async function createPeople(o: { readonly edge: string; readonly payer: BenchBank; readonly receiver: BenchBank }) {
  const signerOf = async ({ state }: BenchBank) => ({
    kid: state.signKey.kid,
    key: await importSigningKey(state.signKey as unknown as RsaPrivateJwk), // made by generateKeyPair
  });
  const [payer, receiver] = [await signerOf(o.payer), await signerOf(o.receiver)];
  const account = ibanOf(o.receiver.bic, RECEIVER_ACCOUNT);
  let orders = 0;

  const signed = async (path: string, claims: object): Promise<PreparedRequest> => {
    const body = tokenBody(await signToken({ ...payer, payload: claims }));
    const request = await signedRequest({ ...payer, method: 'POST', url: o.edge + path, body });
    return { path, headerToken: request.headers[HEADER_TOKEN_NAME] ?? '', body };
  };

  const linkOne = async (n: number): Promise<Response> => {
    const body = JSON.stringify({ phone: phoneOf(n), account, linked: true });
    const { url, headers } = await signedRequest({ ...receiver, method: 'PUT', url: o.edge + ALIAS_PATH, body });
    return fetch(url, { method: 'PUT', headers, body });
  };

  return {
    /** The receiver's bank links the numbers of its customers. */
    async link(): Promise<void> {
      // A directory that knows the bank reaches the edge a moment after the registration.
      await waitFor(async () => (await linkOne(0)).status !== 401);
      for (let n = 0; n < RECEIVERS; n++) {
        const answer = await linkOne(n);
        if (!answer.ok) throw new Error(`a number was not linked: ${answer.status} ${await answer.text()}`);
      }
    },
    async order(): Promise<PreparedOrder> {
      const n = orders++;
      const debtorAccount = ibanOf(o.payer.bic, `262${String(n % PAYERS).padStart(9, '0')}`);
      const claims = {
        jti: crypto.randomUUID(),
        external_id: crypto.randomUUID(),
        type: 'phone',
        creditor: { phone: phoneOf(n) },
        debtor: { account: debtorAccount },
        amount: 125.5,
        currency: 'UAH',
        purpose: 'Bench transfer',
      };
      return { ...(await signed(P2P_ORDERS_PATH, claims)), debtorAccount };
    },
    message(orderGuid: string, debtorAccount: string): Promise<PreparedRequest> {
      const kyiv = new Date(Date.now() + 2 * 3_600_000 - 60_000).toISOString();
      return signed(MESSAGES_PATH, {
        jti: orderGuid,
        payment_message_external_id: orderGuid,
        amount: 125.5,
        currency: 'UAH',
        debtor_agent_bic: o.payer.bic,
        debtor: {
          debtor_name: base64OfSize(40),
          debtor_id: base64OfSize(26),
          debtor_account: debtorAccount,
          debtor_phone: '+380670000001',
        },
        creditor_agent_bic: o.receiver.bic,
        creditor: { creditor_name: base64OfSize(40), creditor_id: base64OfSize(26), creditor_account: account },
        order_id: orderGuid,
        purpose: 'Bench transfer',
        msg_creation_date: kyiv.slice(0, 10),
        msg_creation_time: kyiv.slice(11, 19),
        pm_type: 'p2p',
        sender_account_type: 'limit-related',
        encryption: SEALED,
      });
    },
    /** The receiver's bank says the same of every customer. */
    async receiverData(): Promise<string> {
      const claims = { jti: crypto.randomUUID(), name: base64OfSize(40), tax_number: base64OfSize(26), encryption: SEALED };
      return JSON.stringify({ jwt: await signToken({ ...receiver, payload: claims }) });
    },
  };
}

export type People = Awaited<ReturnType<typeof createPeople>>;
