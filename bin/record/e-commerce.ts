import { z } from 'zod';

import type { HeardMessage, Recorder } from './recorder.ts';

const CREATED = z.looseObject({ id: z.string() });

/** A customer of one bank pays an order of a merchant of another. */
export async function recordECommerce(recorder: Recorder): Promise<void> {
  const { calls, payer, receiver, merchant } = recorder;
  const wish = { amountMinor: '57645', reference: `book-${crypto.randomUUID()}`, purpose: 'Книга «Захар Беркут»' };
  const { id } = CREATED.parse(await calls.post(`/merchants/${merchant.uid}/orders`, wish));
  await calls.post(`/banks/${payer.guid}/pay`, { orderId: id });

  await recorder.heard('order', merchant, ({ path, answer }) => path === '/api/v1/merchants/order' && answer['id'] === id);
  await recorder.heard('order-json', payer, ({ path }) => path === `/api/v1/merchants/order/nbu/json?id=${id}`);
  const { answer } = await recorder.heard('payment-message', payer, isMessageOf(id));
  const { guid } = z.object({ guid: z.string() }).parse(answer);
  for (const [type, actor] of [
    ['pay-in', receiver],
    ['merchant-pay-in', merchant],
    ['pay-out', payer],
    ['credit', receiver],
  ] as const) {
    await recorder.heard(type, actor, ({ request }) => request['callback_type'] === type && request['payment_message_guid'] === guid);
  }
  await recorder.send('status', payer, { method: 'GET', path: `/api/v1/counterparty/${payer.guid}/payment-message/${guid}` });
}

function isMessageOf(orderId: string): (message: HeardMessage) => boolean {
  return ({ path, request }) => path.endsWith('/payment-message') && request['order_id'] === orderId;
}
