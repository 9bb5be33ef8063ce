import { randomUUID } from 'node:crypto';

import { P2P_ORDERS_PATH } from '../../../protocol/p2p/p2p-order.ts';
import { PAY_REQUESTS_PATH } from '../../../protocol/p2p/pay-request.ts';
import { P2P_CALLBACKS_PATH } from '../../../protocol/p2p/receiver-search.ts';
import { ibanOf } from '../../../sandbox/world.ts';
import type { HubUnderTest } from '../hub-under-test.ts';
import { MESSAGES_PATH, type P2pAnswer, type P2pWorld, type Ready } from './p2p-world.ts';

/** By what is wrong: the status and code that it must be answered with, and the request that makes it happen. */
export type Refusals = Readonly<
  Record<string, { readonly status: number; readonly code: string; readonly answer: () => Promise<P2pAnswer> }>
>;

type Case = Refusals[string];

/** What the cases are about, made once: orders and pay requests in the states that they need. */
interface Scene {
  readonly hub: HubUnderTest;
  readonly world: P2pWorld;
  /** By phone, 10 UAH, never paid. */
  readonly ready: Ready;
  /** A link that a payment holds. */
  readonly held: Ready;
  /** The message that holds it. */
  readonly holding: Record<string, unknown>;
  /** A search that was over as soon as it began. */
  readonly searched: { readonly orderGuid: string; readonly phone: string };
}

/** Every refusal of the p2p endpoints. */
export async function refusals(hub: HubUnderTest, world: P2pWorld): Promise<Refusals> {
  const ready = await world.readyByPhone({ amount: 10 });
  const held = await world.readyByLink(await world.newLink());
  const holding = await world.message(held);
  await world.post(hub.payer, MESSAGES_PATH, holding);
  const phone = world.newPhone();
  // From an account of its own: what one account may set off is limited.
  const { members } = await world.post(hub.bystander, P2P_ORDERS_PATH, world.phoneOrder(hub.bystander, phone));
  const searched = { orderGuid: String(members['guid']), phone };
  await world.wireStatus(searched.orderGuid, 'rejected', hub.bystander);
  const scene: Scene = { hub, world, ready, held, holding, searched };
  return {
    ...orderCases(scene),
    ...lookUpCases(scene),
    ...payRequestCases(scene),
    ...messageCases(scene),
    ...contextCases(scene),
    ...callbackCases(scene),
  };
}

const refused = (status: number, code: string, answer: () => Promise<P2pAnswer>): Case => ({ status, code, answer });

function orderCases({ hub, world }: Scene): Refusals {
  const { payer, receiver, bystander } = hub;
  const phone = '+380671112233';
  const order = (more: object) => () => world.post(payer, P2P_ORDERS_PATH, world.phoneOrder(payer, phone, more));
  const link = (more: object) => () => world.post(receiver, P2P_ORDERS_PATH, world.linkOrder(receiver, more));
  const taken = async () => {
    const claims = world.linkOrder(receiver);
    await world.post(receiver, P2P_ORDERS_PATH, claims);
    return await world.post(receiver, P2P_ORDERS_PATH, { ...claims, purpose: 'Another' });
  };
  return {
    'order: no type': refused(400, 'INVALID_TYPE', order({ type: 'email' })),
    'order: no debtor': refused(400, 'INVALID_REQUEST', order({ debtor: 'UA' })),
    'order: no jti': refused(400, 'INVALID_JTI', order({ jti: '' })),
    'order: debtor account': refused(400, 'INVALID_DEBTOR_ACCOUNT', order({ debtor: { account: 'UA00' } })),
    'order: debtor account of another bank': refused(
      400,
      'DEBTOR_ACCOUNT_NOT_OF_SENDER',
      order({ debtor: { account: world.accountOf(receiver) } }),
    ),
    'order: payee check that is not sealed': refused(400, 'INVALID_PAYEE_CHECK', order({ payee_check: { name: 'Марія Приклад' } })),
    'order: payee check without keys': refused(
      400,
      'INVALID_PAYEE_CHECK',
      order({
        payee_check: {
          name: 'QUJDREVGR0hJSktMTU5PUFFSU1RVVg==',
          encryption: { profile: 'dcm-2', nonce: 'AAAAAAAAAAAAAAAA', alg: 'RSA-OAEP-256', keys: [] },
        },
      }),
    ),
    'order: phone': refused(400, 'INVALID_CREDITOR_PHONE', order({ creditor: { phone: 'nobody' } })),
    'order: currency': refused(400, 'INVALID_CURRENCY', order({ currency: 'hryvnia' })),
    'order: other currency': refused(400, 'UNSUPPORTED_CURRENCY', order({ currency: 'EUR' })),
    'order: amount': refused(400, 'INVALID_AMOUNT', order({ amount: 1.234 })),
    'order: amount as text': refused(400, 'INVALID_AMOUNT', order({ amount: '10' })),
    'order: external id': refused(400, 'INVALID_EXTERNAL_ID', order({ external_id: ' ' })),
    'order: external id again': refused(400, 'EXTERNAL_ID_NOT_UNIQUE', taken),
    'order: purpose': refused(400, 'INVALID_PURPOSE', order({ purpose: '' })),
    'order: ends in the past': refused(400, 'EXPIRES_AT_IS_NOT-FUTURE_DATE', order({ expires_at: '2020-01-01T00:00:00Z' })),
    'order: end without a zone': refused(400, 'INVALID_EXPIRES_AT', order({ expires_at: '2030-01-01 00:00' })),
    'order: end too far': refused(400, 'INVALID_EXPIRES_AT', order({ expires_at: '2099-01-01T00:00:00Z' })),
    'link: account': refused(400, 'INVALID_CREDITOR_ACCOUNT', link({ creditor: { account: 'UA00' } })),
    'link: account of another bank': refused(400, 'ACCOUNT_NOT_OF_SENDER', link({ creditor: { account: world.accountOf(payer) } })),
    'order: signed by another': refused(401, 'AUTHORIZATION_FAILED', () =>
      world.post(payer, P2P_ORDERS_PATH, world.phoneOrder(payer, phone), { signer: receiver }),
    ),
    'order: not signed': refused(401, 'AUTHORIZATION_FAILED', () => world.send(payer, 'POST', P2P_ORDERS_PATH, '{}')),
    'order: what is its guid': refused(400, 'INVALID_ORDER_GUID', () => world.send(payer, 'GET', `${P2P_ORDERS_PATH}/17`)),
    'order: nobody’s': refused(404, 'ORDER NOT FOUND', () => world.send(payer, 'GET', `${P2P_ORDERS_PATH}/${randomUUID()}`)),
    'order: a second search for a number within its limits': refused(429, 'RECEIVER_SEARCH_LIMITED', async () => {
      const often = world.newPhone();
      const ask = () => world.post(bystander, P2P_ORDERS_PATH, world.phoneOrder(bystander, often));
      let last = await ask();
      for (let n = 0; n < 3 && last.status === 200; n++) last = await ask();
      return last;
    }),
  };
}

/** Numbers that lead nowhere, one after the other, for one account that nobody else uses. */
function lookUpCases({ hub, world }: Scene): Refusals {
  const account = ibanOf(hub.bystander.bic, '26200000000077');
  const ask = (phone: string) =>
    world.post(hub.bystander, P2P_ORDERS_PATH, { ...world.phoneOrder(hub.bystander, phone), debtor: { account } });
  return {
    'order: too many numbers that lead nowhere': refused(429, 'ALIAS_LOOK_UP_LIMITED', async () => {
      let last = await ask(world.newPhone());
      for (let n = 0; n < 10; n++) last = await ask(world.newPhone());
      return last;
    }),
    'order: then also one that leads somewhere': refused(429, 'ALIAS_LOOK_UP_LIMITED', async () => {
      const phone = world.newPhone();
      await world.link(hub.receiver, phone);
      return await ask(phone);
    }),
  };
}

function payRequestCases({ hub, world, ready, held }: Scene): Refusals {
  const { payer, receiver } = hub;
  const ask = (more: object) => () =>
    world.post(payer, PAY_REQUESTS_PATH, {
      jti: randomUUID(),
      order_guid: randomUUID(),
      debtor: { account: world.accountOf(payer) },
      ...more,
    });
  return {
    'pay request: jti': refused(400, 'INVALID_JTI', ask({ jti: 7 })),
    'pay request: order guid': refused(400, 'INVALID_ORDER_GUID', ask({ order_guid: 'order' })),
    'pay request: no debtor': refused(400, 'INVALID_REQUEST', ask({ debtor: null })),
    'pay request: debtor account': refused(400, 'INVALID_DEBTOR_ACCOUNT', ask({ debtor: { account: 'UA00' } })),
    'pay request: account of another bank': refused(
      400,
      'DEBTOR_ACCOUNT_NOT_OF_SENDER',
      ask({ debtor: { account: world.accountOf(receiver) } }),
    ),
    'pay request: payee check': refused(400, 'INVALID_PAYEE_CHECK', ask({ payee_check: 'Марія' })),
    'pay request: no such order': refused(404, 'ORDER NOT FOUND', ask({})),
    'pay request: an order by phone': refused(404, 'ORDER NOT FOUND', ask({ order_guid: ready.orderGuid })),
    'pay request: an order that is held': refused(409, 'DUPLICATE_ORDER', ask({ order_guid: held.orderGuid })),
    'pay request: jti again': refused(409, 'JTI_NOT_UNIQUE', async () => {
      const jti = randomUUID();
      await ask({ jti, order_guid: await world.newLink() })();
      return await ask({ jti, order_guid: await world.newLink() })();
    }),
    'pay request: what is its guid': refused(400, 'INVALID_PAY_REQUEST_GUID', () => world.send(payer, 'GET', `${PAY_REQUESTS_PATH}/17`)),
    'pay request: nobody’s': refused(404, 'PAY_REQUEST_NOT_FOUND', () => world.send(payer, 'GET', `${PAY_REQUESTS_PATH}/${randomUUID()}`)),
    'pay request: another bank’s': refused(404, 'PAY_REQUEST_NOT_FOUND', () =>
      world.send(receiver, 'GET', `${PAY_REQUESTS_PATH}/${ready.payRequestGuid}`),
    ),
    'pay request: signed by another': refused(401, 'AUTHORIZATION_FAILED', () =>
      world.post(payer, PAY_REQUESTS_PATH, {}, { signer: receiver }),
    ),
  };
}

/** What is wrong with a message by itself. */
function messageCases({ hub, world, ready }: Scene): Refusals {
  const { payer } = hub;
  const say = (more: object) => async () => world.post(payer, MESSAGES_PATH, await world.message(ready, { amountMinor: 1_000n, more }));
  const inside = (member: 'debtor' | 'creditor' | 'encryption', more: object) => async () => {
    const message = await world.message(ready, { amountMinor: 1_000n });
    return await world.post(payer, MESSAGES_PATH, { ...message, [member]: { ...(message as Record<string, object>)[member], ...more } });
  };
  return {
    'message: no creditor': refused(400, 'INVALID_REQUEST', say({ creditor: null })),
    'message: debtor account': refused(400, 'INVALID_DEBTOR_ACCOUNT', inside('debtor', { debtor_account: 'UA00' })),
    'message: debtor name': refused(400, 'INVALID_DEBTOR_NAME', inside('debtor', { debtor_name: 'Payer' })),
    'message: debtor id': refused(400, 'INVALID_DEBTOR_ID', inside('debtor', { debtor_id: '1' })),
    'message: debtor phone': refused(400, 'INVALID_DEBTOR_PHONE', inside('debtor', { debtor_phone: '067' })),
    'message: creditor account': refused(400, 'INVALID_CREDITOR_ACCOUNT', inside('creditor', { creditor_account: 'UA00' })),
    'message: creditor name': refused(400, 'INVALID_CREDITOR_NAME', inside('creditor', { creditor_name: '' })),
    'message: creditor id': refused(400, 'INVALID_CREDITOR_ID', inside('creditor', { creditor_id: 7 })),
    'message: nonce': refused(400, 'INVALID_NONCE', inside('encryption', { nonce: 'AA==' })),
    'message: encrypted key': refused(400, 'INVALID_ENCRYPTED_KEY', inside('encryption', { encrypted_key: 'AA==' })),
    'message: currency': refused(400, 'INVALID_CURRENCY', say({ currency: 'uah' })),
    'message: other currency': refused(400, 'UNSUPPORTED_CURRENCY', say({ currency: 'EUR' })),
    'message: amount': refused(400, 'INVALID_AMOUNT', say({ amount: -1 })),
    'message: external id': refused(400, 'INVALID_EXTERNAL_ID', say({ payment_message_external_id: '' })),
    'message: purpose': refused(400, 'INVALID_PURPOSE', say({ purpose: 'line\nbreak' })),
    'message: creation date': refused(400, 'INVALID_CREATION_DATE', say({ msg_creation_date: '2020-01-01' })),
    'message: creation time': refused(400, 'INVALID_CREATION_TIME', say({ msg_creation_time: '25:00' })),
    'message: creation in the future': refused(400, 'CREATION_DATE_IS_NOT_PAST', say({ msg_creation_date: '2099-01-01' })),
    'message: aid': refused(400, 'PM_TYPE_NOT_ALLOWED', say({ pm_type: 'aid' })),
    'message: trade': refused(400, 'PM_TYPE_NOT_ALLOWED', say({ pm_type: 'trade' })),
    'message: no type': refused(400, 'INVALID_PM_TYPE', say({ pm_type: 'gift' })),
    'message: what is its guid': refused(400, 'INVALID_PAYMENT_MESSAGE_GUID', () => world.send(payer, 'GET', `${MESSAGES_PATH}/17`)),
    'message: nobody’s': refused(404, 'PAYMENT_MESSAGE_NOT_FOUND', () => world.send(payer, 'GET', `${MESSAGES_PATH}/${randomUUID()}`)),
  };
}

/** What is wrong with a message against its order and its pay request. */
function contextCases({ hub, world, ready, held, holding }: Scene): Refusals {
  const { payer, receiver, bystander } = hub;
  const say = (o: Parameters<P2pWorld['message']>[1]) => async () =>
    world.post(payer, MESSAGES_PATH, await world.message(ready, { amountMinor: 1_000n, ...o }));
  const creditor = (more: object) => async () => {
    const message = await world.message(ready, { amountMinor: 1_000n });
    return await world.post(payer, MESSAGES_PATH, { ...message, creditor: { ...(message as { creditor: object }).creditor, ...more } });
  };
  const ofOther = async () => world.message(held, { bank: bystander });
  return {
    'message: no such order': refused(400, 'ORDER_NOT_FOUND', say({ more: { order_id: randomUUID() } })),
    'message: another bank’s order by phone': refused(400, 'ORDER_NOT_FOUND', async () =>
      world.post(bystander, MESSAGES_PATH, await world.message(ready, { bank: bystander, amountMinor: 1_000n })),
    ),
    'message: a link without a pay request of the bank': refused(400, 'PAY_REQUEST_MISMATCH', async () =>
      world.post(bystander, MESSAGES_PATH, await ofOther()),
    ),
    'message: another account of the payer': refused(400, 'PAY_REQUEST_MISMATCH', async () => {
      const message = await world.message(ready, { amountMinor: 1_000n });
      const debtor = { ...(message as unknown as { debtor: object }).debtor, debtor_account: world.accountOf(payer, 1) };
      return await world.post(payer, MESSAGES_PATH, { ...message, debtor });
    }),
    'message: another receiver': refused(400, 'CREDITOR_ACCOUNT_MISMATCH', creditor({ creditor_account: world.accountOf(bystander) })),
    'message: another receiver’s bank': refused(400, 'CREDITOR_AGENT_MISMATCH', say({ more: { creditor_agent_bic: bystander.bic } })),
    'message: nobody’s bank': refused(400, 'RECEIVER_COUNTERPARTY_NOT_FOUND', say({ more: { creditor_agent_bic: '999999' } })),
    'message: another payer’s bank': refused(400, 'DEBTOR_AGENT_MISMATCH', say({ more: { debtor_agent_bic: receiver.bic } })),
    'message: another amount': refused(400, 'AMOUNT_MISMATCH', say({ amountMinor: 1_001n })),
    'message: external id again': refused(
      400,
      'EXTERNAL_ID_IS_ALREADY_TAKEN',
      say({ more: { payment_message_external_id: holding['payment_message_external_id'] } }),
    ),
    'message: jti again': refused(409, 'DUPLICATE_JTI', () => world.post(payer, MESSAGES_PATH, holding)),
    'message: an order that is held': refused(409, 'DUPLICATE_ORDER', async () =>
      world.post(payer, MESSAGES_PATH, await world.message(held)),
    ),
    'message: signed by another': refused(401, 'AUTHORIZATION_FAILED', async () =>
      world.post(payer, MESSAGES_PATH, await world.message(ready, { amountMinor: 1_000n }), { signer: receiver }),
    ),
    'message: another bank’s': refused(404, 'PAYMENT_MESSAGE_NOT_FOUND', async () => {
      const { members } = await world.post(payer, MESSAGES_PATH, holding);
      return await world.send(receiver, 'GET', `${MESSAGES_PATH}/${String(members['payment_message_guid'])}`);
    }),
  };
}

function callbackCases({ hub, world, ready, searched }: Scene): Refusals {
  const { receiver, payer } = hub;
  const { orderGuid, phone } = searched;
  const tell = (more: object) => () => world.consent(receiver, orderGuid, phone, more);
  return {
    'callback: jti': refused(400, 'INVALID_JTI', tell({ jti: null })),
    'callback: type': refused(400, 'INVALID_TYPE', tell({ type: 'creditor_lost' })),
    'callback: order guid': refused(400, 'INVALID_ORDER_GUID', tell({ order_guid: 1 })),
    'callback: phone': refused(400, 'INVALID_CREDITOR_PHONE', tell({ phone: '1' })),
    'callback: account': refused(400, 'INVALID_ACCOUNT', tell({ account: 'UA00' })),
    'callback: account of another bank': refused(400, 'ACCOUNT_NOT_OF_SENDER', tell({ account: world.accountOf(payer) })),
    'callback: status': refused(400, 'INVALID_STATUS', tell({ status: 'perhaps' })),
    'callback: no such order': refused(404, 'SEARCH_NOT_FOUND', tell({ order_guid: randomUUID() })),
    'callback: an order that nobody searched for': refused(404, 'SEARCH_NOT_FOUND', tell({ order_guid: ready.orderGuid })),
    'callback: another number': refused(404, 'SEARCH_NOT_FOUND', tell({ phone: world.newPhone() })),
    'callback: a search that is over': refused(409, 'SEARCH_OVER', tell({})),
    'callback: signed by another': refused(401, 'AUTHORIZATION_FAILED', () =>
      world.post(receiver, P2P_CALLBACKS_PATH, {}, { signer: payer }),
    ),
  };
}
