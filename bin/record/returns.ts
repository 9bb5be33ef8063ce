import { z } from 'zod';

import { payOrderInSandbox, untilBooked, untilReturned } from '../demo/show-return.ts';
import type { Recorder } from './recorder.ts';

const PAYMENT_RETURN = `mutation ($input: PaymentReturnInput!) {
  paymentReturn(input: $input) {
    returnRequest { guid status amount { decimal currency } }
    errors { code message }
  }
}`;
const RETURNED = `query ($guid: String!) {
  payment(guid: $guid) {
    status
    returnRequestedAmount { decimal }
    returnedAmount { decimal }
    returnRequests { status amount { decimal } payment { status pmType } }
    order { status returnedAmount { decimal } returnRequestedAmount { decimal } }
  }
}`;
const LEDGER = `query ($guid: String!) {
  payment(guid: $guid) {
    pmType
    ledgerTransaction { amount { decimal } fee { decimal } debtorBank { name } creditorBank { name } }
  }
}`;

const asked = z.looseObject({ paymentReturn: z.looseObject({ returnRequest: z.looseObject({ guid: z.string() }).nullable() }) });

/** A merchant gives a part of a paid order back; then what can go wrong. */
export async function recordReturns(recorder: Recorder): Promise<void> {
  const { sandbox, payer, receiver, merchant } = recorder;
  const shop = { name: merchant.name, token: merchant.secretKey };
  const { guid, orderId } = await payOrderInSandbox(sandbox);
  const input = (minor: string) => ({
    input: { paymentGuid: guid, amount: { minor, currency: 'UAH' }, reason: 'Книгу повернули', idempotencyKey: crypto.randomUUID() },
  });

  const { paymentReturn } = await recorder.graphql('request', shop, { query: PAYMENT_RETURN, variables: input('20000'), data: asked });
  const requestGuid = paymentReturn.returnRequest?.guid ?? '';
  await recorder.heard(
    'return-request',
    receiver,
    ({ request }) => request['callback_type'] === 'return-request' && request['return_request_guid'] === requestGuid,
  );
  const { answer, request: message } = await recorder.heard(
    'return-message',
    receiver,
    ({ direction, request }) => direction === 'out' && request['return_request_guid'] === requestGuid,
  );
  const returnGuid = String(answer['guid']);
  for (const [name, actor] of [
    ['pay-in', payer],
    ['pay-out', receiver],
    ['merchant-pay-out', merchant],
  ] as const) {
    await recorder.heard(name, actor, ({ request }) => request['callback_type'] === name && request['payment_message_guid'] === returnGuid);
  }
  await untilBooked(sandbox, returnGuid);
  await untilReturned(sandbox, guid, 20_000n);
  await recorder.graphql('amounts', shop, { query: RETURNED, variables: { guid }, data: z.unknown() });
  await recorder.graphql(
    'ledger',
    { name: 'Operations', token: sandbox.ops.token },
    { query: LEDGER, variables: { guid: returnGuid }, data: z.unknown() },
  );
  await recorder.send('order-status', merchant, { method: 'GET', path: `/api/v1/merchants/order/status?id=${orderId}` });

  await recorder.graphql('too-much', shop, { query: PAYMENT_RETURN, variables: input('99999'), data: z.unknown() });
  await recorder.graphql('of-a-return', shop, {
    query: PAYMENT_RETURN,
    variables: { input: { ...input('100').input, paymentGuid: returnGuid } },
    data: z.unknown(),
  });
  // The same return in a message of its own.
  const claims = { ...message, jti: crypto.randomUUID(), payment_message_external_id: crypto.randomUUID() };
  await recorder.send('answered-twice', receiver, {
    method: 'POST',
    path: `/api/v1/counterparty/${receiver.guid}/payment-message`,
    claims,
  });
}
