import { globalId } from '../../kernel/runtime/graphql/global-id.ts';
import { signEd25519Token } from '../../kernel/runtime/signing.ts';
import { PAGE_TOKEN_AUDIENCE, type PageToken } from '../../schema/page-token.ts';
import { waitFor } from '../support/wait-for.ts';
import { createApiKey, createOrder, dataOf, registerBank, registerMerchant, rsaKey, ukrainianIban } from './hub-actors.ts';
import { type HubWorld, hubWorld } from './hub-world.ts';

/** Everything of one tenant that another must not learn, by what it is. */
export interface Belongings {
  readonly orderId: string;
  readonly reference: string;
  readonly paymentGuid: string;
  readonly deliveryId: string;
  readonly ledgerTransactionId: string;
  readonly p2pOrderGuid: string;
  readonly merchantUid: string;
  readonly payerBankGuid: string;
  readonly merchantBankGuid: string;
}

export interface AccessWorld {
  readonly hub: HubWorld;
  /** One credential of each kind, all of the first tenant. */
  readonly credentials: Readonly<Record<'pk' | 'pkWithSecret' | 'pageToken' | 'sk' | 'bk', string>>;
  /** Credentials of a merchant and a bank who have nothing to do with the first tenant, and of a customer of that merchant. */
  readonly strangers: Readonly<Record<'sk' | 'bk' | 'pkWithSecret' | 'pageToken', string>>;
  readonly belongings: Belongings;
  close(): Promise<void>;
}

/** A hub with a paid order of one merchant, and strangers who must not see it. */
export async function accessWorld(): Promise<AccessWorld> {
  const hub = await hubWorld('local');
  const { orderId, clientSecret } = await hub.createOrder();
  const belongings = await paidBelongings(hub, orderId);
  const keyOf = (participantId: string, kind: 'SECRET' | 'PUBLISHABLE' | 'BANK') =>
    createApiKey({ query: hub.query, credential: hub.operationsToken }, { participantId, kind });
  const pk = await keyOf(hub.merchant.uid, 'PUBLISHABLE');
  const credentials = {
    pk,
    pkWithSecret: `${pk}.${clientSecret}`,
    pageToken: pageTokenOf(hub, { orderId, merchantUid: hub.merchant.uid }),
    sk: hub.merchant.secretKey,
    bk: await keyOf(hub.merchantBank, 'BANK'),
  };
  return { hub, credentials, strangers: await strangersOf(hub, keyOf), belongings, close: () => hub.close() };
}

async function strangersOf(hub: HubWorld, keyOf: (id: string, kind: 'SECRET' | 'PUBLISHABLE' | 'BANK') => Promise<string>) {
  const registrar = { query: hub.query, credential: hub.operationsToken, receiversUrl: hub.receiversUrl };
  const bankGuid = await registerBank(registrar, { bic: '322313', name: 'Strange Bank', key: rsaKey('strange') });
  const iban = ukrainianIban('322313', '0000026003242500003');
  const merchantUid = await registerMerchant(registrar, { name: 'Strange Shop', iban, bankGuid });
  const sk = await keyOf(merchantUid, 'SECRET');
  const { orderId, clientSecret } = await waitFor(() => createOrder(hub.query, sk, hub.receiversUrl), { timeoutMs: 10_000 });
  return {
    sk,
    bk: await keyOf(bankGuid, 'BANK'),
    pkWithSecret: `${await keyOf(merchantUid, 'PUBLISHABLE')}.${clientSecret}`,
    pageToken: pageTokenOf(hub, { orderId, merchantUid }),
  };
}

/** A page token as the edge signs it. */
function pageTokenOf({ secrets }: HubWorld, order: Pick<PageToken, 'orderId' | 'merchantUid'>): string {
  const [key] = secrets.envelope;
  if (!key) throw new Error('no envelope key');
  const iat = Math.floor(Date.now() / 1000);
  const claims: PageToken = { aud: PAGE_TOKEN_AUDIENCE, ...order, iat, exp: iat + 3_600 };
  return signEd25519Token(key, JSON.stringify(claims));
}

async function paidBelongings(hub: HubWorld, orderId: string): Promise<Belongings> {
  const paymentGuid = await hub.pay(orderId);
  const text = `query ($guid: String!) { payment(guid: $guid) {
    ledgerTransaction { id } deliveries { id } order { reference } } }`;
  const payment = await waitFor(async () => {
    const { payment } = dataOf(await hub.query(text, { variables: { guid: paymentGuid }, credential: hub.operationsToken }));
    return payment.ledgerTransaction ? payment : null;
  });
  const wireId = (id: string) => Buffer.from(id, 'base64').toString().split(':')[1] ?? '';
  return {
    orderId,
    reference: payment.order.reference,
    paymentGuid,
    deliveryId: wireId(payment.deliveries[0].id),
    ledgerTransactionId: wireId(payment.ledgerTransaction.id),
    p2pOrderGuid: await hub.makeP2pOrder(),
    merchantUid: hub.merchant.uid,
    payerBankGuid: hub.payerBank,
    merchantBankGuid: hub.merchantBank,
  };
}

/** Every spelling in which a client may name these things. */
export function spellingsOf(belongings: Belongings): readonly string[] {
  const global: Readonly<Record<keyof Belongings, string | null>> = {
    orderId: 'Order',
    reference: null,
    paymentGuid: 'Payment',
    deliveryId: 'Delivery',
    ledgerTransactionId: 'LedgerTransaction',
    p2pOrderGuid: 'P2pOrder',
    merchantUid: 'Merchant',
    payerBankGuid: 'Bank',
    merchantBankGuid: 'Bank',
  };
  return (Object.keys(global) as (keyof Belongings)[]).flatMap((name) => {
    const type = global[name];
    return type === null ? [belongings[name]] : [belongings[name], globalId(type, belongings[name])];
  }); // The keys of the literal above.
}
