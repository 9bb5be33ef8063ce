import { z } from 'zod';

import { P2P_ORDERS_PATH } from '../../protocol/p2p/p2p-order.ts';
import { P2P_BANKS_PATH } from '../../protocol/p2p/payee-check.ts';
import { PAY_REQUESTS_PATH } from '../../protocol/p2p/pay-request.ts';
import { P2P_CALLBACKS_PATH } from '../../protocol/p2p/receiver-search.ts';
import type { HeardMessage, Recorder } from './recorder.ts';

const MESSAGES_PATH = '/api/v1/p2p/payment-messages';
const SENT = z.looseObject({ kind: z.string(), guid: z.string().optional(), orderGuid: z.string() });
const LINK = z.looseObject({ order: z.looseObject({ guid: z.string() }) });
const WISH = { amountMinor: '25000', purpose: 'За піцу' };

/** A transfer to a number that the directory knows, one to a number that it does not, one that fails, and one by a link. */
export async function recordP2pTransfers(recorder: Recorder): Promise<void> {
  await byPhone(recorder);
  await withoutData(recorder);
  await byUnknownPhone(recorder);
  await byLink(recorder);
}

async function byPhone(recorder: Recorder): Promise<void> {
  const { payer, receiver } = recorder;
  await recorder.send('banks', payer, { method: 'GET', path: P2P_BANKS_PATH });
  // In the other alphabet and order, as a payer may have it among the contacts.
  const { guid, orderGuid } = await sent(recorder, { phone: await linked(recorder, true), payeeName: 'Pryklad Mariia' });
  await recorder.heard('order', payer, isOrder(orderGuid));
  await recorder.heard('receiver-data', receiver, ({ request }) => isCallback(request, 'receiver-data', orderGuid));
  await recorder.heard('pay-request', payer, ({ request }) => isCallback(request, 'pay-request', orderGuid));
  await recorder.heard('payment-message', payer, ({ path, request }) => path === MESSAGES_PATH && request['order_id'] === orderGuid);
  for (const [type, bank] of [
    ['pay-in', receiver],
    ['pay-out', payer],
  ] as const) {
    await recorder.heard(type, bank, ({ request }) => request['callback_type'] === type && request['payment_message_guid'] === guid);
  }
  await recorder.send('order-status', payer, { method: 'GET', path: `${P2P_ORDERS_PATH}/${orderGuid}` });
  await recorder.send('message-status', payer, { method: 'GET', path: `${MESSAGES_PATH}/${guid}` });
}

/** The receiver's bank says nothing of its customer. */
async function withoutData(recorder: Recorder): Promise<void> {
  const { calls, payer, receiver } = recorder;
  await calls.post(`/control/${receiver.guid}`, { callback: 'receiver-data', behave: 'refuse', times: 1 });
  const { orderGuid } = await sent(recorder, { phone: await linked(recorder, true) });
  await recorder.heard('pay-request-failed', payer, ({ request }) => isCallback(request, 'pay-request', orderGuid));
}

async function byUnknownPhone(recorder: Recorder): Promise<void> {
  const { payer, receiver, bystander } = recorder;
  const { orderGuid } = await sent(recorder, { phone: await linked(recorder, false) });
  await recorder.heard('search', payer, isOrder(orderGuid));
  await recorder.heard('link-creditor', receiver, ({ request }) => isCallback(request, 'link-creditor', orderGuid));
  await recorder.heard('link-creditor-unknown', bystander, ({ request }) => isCallback(request, 'link-creditor', orderGuid));
  await recorder.heard(
    'creditor-linked',
    receiver,
    ({ path, request }) => path === P2P_CALLBACKS_PATH && request['order_guid'] === orderGuid,
  );
}

async function byLink(recorder: Recorder): Promise<void> {
  const { calls, payer, receiver } = recorder;
  const { order } = LINK.parse(await calls.post(`/banks/${receiver.guid}/ask-for-money`, { purpose: WISH.purpose }));
  const { orderGuid } = await sent(recorder, { orderGuid: order.guid });
  await recorder.heard('link-order', receiver, isOrder(order.guid));
  await recorder.heard('pay-request-post', payer, ({ path, request }) => path === PAY_REQUESTS_PATH && request['order_guid'] === orderGuid);
}

/** A customer of the payer's bank sends money; answers when the payment was accepted. */
async function sent(
  { calls, payer }: Recorder,
  to: { readonly phone: string; readonly payeeName?: string } | { readonly orderGuid: string },
) {
  return SENT.parse(await calls.post(`/banks/${payer.guid}/send`, { ...WISH, ...to }));
}

/** The number of a customer of the receiver's bank, which leads to the account, or nowhere. */
async function linked({ calls, receiver }: Recorder, isLinked: boolean): Promise<string> {
  const [customer] = receiver.accounts;
  if (!customer) throw new Error('the receiver’s bank has no customer');
  await calls.post(`/banks/${receiver.guid}/alias`, { phone: customer.phone, account: customer.iban, linked: isLinked });
  return customer.phone;
}

function isOrder(orderGuid: string): (message: HeardMessage) => boolean {
  return ({ path, answer }) => path === P2P_ORDERS_PATH && answer['guid'] === orderGuid;
}

function isCallback(request: HeardMessage['request'], type: string, orderGuid: string): boolean {
  return request['callback_type'] === type && request['order_guid'] === orderGuid;
}
