import { buildPaymentMessage } from '../../../protocol/client/build-payment-message.ts';
import { signedRequest, tokenBody } from '../../../protocol/client/signed-request.ts';
import { HEADER_TOKEN_NAME } from '../../../protocol/header-token.ts';
import { orderJsonSchema, type OrderJson } from '../../../protocol/order-answers.ts';
import { paymentGuid } from '../../../protocol/payment-guid.ts';
import { importSigningKey, signToken } from '../../../protocol/token.ts';
import type { RsaPrivateJwk } from '../../../protocol/web-crypto.ts';
import { ibanOf } from '../../../sandbox/world.ts';
import type { PreparedMessage } from './outside-world.ts';

/** A bank with the private key that it signs with. */
export interface SigningBank {
  readonly guid: string;
  readonly bic: string;
  readonly signKey: JsonWebKey & { readonly kid: string };
}

const PAYER_ACCOUNT = '0000026200000000055';

/** Signs and encrypts payment messages ahead, so that the load generator only sends. A header token is fresh for five minutes. */
export function messagePreparer(o: { edge: string; payer: SigningBank }) {
  const { payer } = o;
  const kid = payer.signKey.kid;
  const imported = importSigningKey(payer.signKey as unknown as RsaPrivateJwk); // made by generateKeyPair
  let template: OrderJson | null = null;

  /** All orders of the benchmark are alike but for their id, so one of them is read through the edge. */
  const readTemplate = async (orderId: string): Promise<OrderJson> => {
    const key = await imported;
    const read = await signedRequest({ key, kid, method: 'GET', url: `${o.edge}/api/v1/merchants/order/nbu/json?id=${orderId}` });
    const response = await fetch(read.url, { headers: read.headers });
    if (!response.ok) throw new Error(`the order could not be read (${response.status}): ${await response.text()}`);
    return orderJsonSchema.parse(await response.json());
  };

  return async (orderId: string): Promise<PreparedMessage> => {
    const key = await imported;
    template ??= await readTemplate(orderId);
    const message = await buildPaymentMessage({
      order: { ...template, id: orderId },
      payer: {
        agentBic: payer.bic,
        name: 'Олена Тестова',
        taxNumber: '2900000011',
        iban: ibanOf(payer.bic, PAYER_ACCOUNT),
        phone: '+380670000001',
      },
    });
    const body = tokenBody(await signToken({ kid, key, payload: message }));
    const path = `/api/v1/counterparty/${payer.guid}/payment-message`;
    const request = await signedRequest({ key, kid, method: 'POST', url: o.edge + path, body });
    return {
      guid: await paymentGuid(payer.guid, String(message['jti'])),
      path,
      headerToken: request.headers[HEADER_TOKEN_NAME] ?? '',
      body,
    };
  };
}
