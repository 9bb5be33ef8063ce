import { randomUUID } from 'node:crypto';

import { expect } from 'vitest';

import { RETURN_ERRORS } from '../../../protocol/errors/return-errors.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { HubUnderTest } from '../hub-under-test.ts';
import type { returnsWorld } from './returns-world.ts';

/** The codes that these cases must have met when they are over. */
const CODES = Object.keys(RETURN_ERRORS);

/** Everything that can be wrong with a return message, through the edge; after all of it the request is open, and its own return is taken. */
export async function returnMessageRefusals(hub: HubUnderTest, world: ReturnType<typeof returnsWorld>): Promise<void> {
  await world.holdBack();
  const { guid } = await world.paid('10050');
  const other = await world.paid('10050');
  const asked = await world.ask(guid, { amountMinor: '4000' });
  const request = await world.told(asked.requestGuid ?? '');
  const canceled = await world.told((await world.ask(guid, { amountMinor: '1' })).requestGuid ?? '');
  expect(await world.cancel(canceled.return_request_guid)).toMatchObject({ status: 'CANCELED' });
  const unpaid = await unpaidPayment(hub, world);
  const good = await world.message(request);
  const fresh = async (more: object): Promise<object> => ({ ...(await world.message(request)), ...more });
  const account = (iban: string | undefined, of: 'debtor' | 'creditor') => ({
    [of]: { ...(good as Record<string, object>)[of], [`${of}_account`]: iban }, // Both are objects of the message.
  });

  const cases: readonly (readonly [code: string, status: number, more: object])[] = [
    ['INVALID_ORIGINAL_GUID', 400, { original_payment_message_guid: 'x' }],
    ['INVALID_RETURN_REQUEST_GUID', 400, { return_request_guid: undefined }],
    ['ORIGINAL_NOT_FOUND', 400, { original_payment_message_guid: randomUUID() }],
    ['ORIGINAL_NOT_PAID', 400, { original_payment_message_guid: unpaid }],
    ['RETURN_EXCEEDS_REST', 400, { amount: 100.51 }],
    ['RETURN_REQUEST_NOT_FOUND', 400, { return_request_guid: randomUUID() }],
    // The request is about another payment.
    ['RETURN_REQUEST_NOT_FOUND', 400, { original_payment_message_guid: other.guid, order_id: other.orderId }],
    ['RETURN_REQUEST_CANCELED', 400, { return_request_guid: canceled.return_request_guid, amount: 0.01 }],
    ['RETURN_AMOUNT_MISMATCH', 400, { amount: 39.99 }],
    ['RETURN_AMOUNT_MISMATCH', 400, { amount: 40.01 }],
    ['RETURN_ORDER_MISMATCH', 400, { order_id: other.orderId }],
    ['RETURN_DEBTOR_MISMATCH', 400, account(hub.receiver.accounts[0]?.iban, 'debtor')],
    ['RETURN_CREDITOR_MISMATCH', 400, account(hub.payer.accounts[1]?.iban, 'creditor')],
    ['RETURN_CREDITOR_MISMATCH', 400, { creditor_agent_bic: hub.bystander.bic }],
    ['DEBTOR_AGENT_MISMATCH', 400, { debtor_agent_bic: hub.payer.bic }],
    ['RECEIVER_COUNTERPARTY_NOT_FOUND', 400, { creditor_agent_bic: '999999' }],
  ];
  const met = [...cases.map(([code]) => code), 'DUPLICATE_RETURN', 'RETURN_OF_RETURN'];
  expect(CODES.filter((code) => !met.includes(code))).toEqual([]);
  for (const [code, status, more] of cases) {
    expect(await world.post(hub.receiver, await fresh(more)), `${code} ${JSON.stringify(more)}`).toMatchObject({ status, code });
  }

  // Another bank, with everything else right, and with the key of another.
  const stolen = { debtor_agent_bic: hub.bystander.bic, ...account(hub.bystander.accounts[0]?.iban, 'debtor') };
  expect(await world.post(hub.bystander, await fresh(stolen))).toMatchObject({ status: 400, code: 'ORIGINAL_NOT_FOUND' });
  expect(await world.post(hub.receiver, good, { signer: hub.bystander })).toMatchObject({ status: 401 });
  const p2p = { at: '/api/v1/p2p/payment-messages' };
  expect(await world.post(hub.receiver, await fresh({}), p2p)).toMatchObject({ status: 400, code: 'PM_TYPE_NOT_ALLOWED' });

  expect(await world.payment(guid)).toMatchObject({
    returnRequestedAmount: { minor: '4000' },
    returnedAmount: { minor: '0' },
    returnRequests: [{ status: 'REQUESTED' }, { status: 'CANCELED' }],
  });
  const accepted = await world.post(hub.receiver, good);
  expect(accepted).toMatchObject({ status: 200 });
  const existing = { payment_message_guid: accepted.body['guid'] };
  await world.settled(guid, ['RETURNED', 'CANCELED']);
  // The same message again, and another one for the request.
  expect(await world.post(hub.receiver, good)).toMatchObject({ status: 409, code: 'DUPLICATE_JTI', body: existing });
  expect(await world.post(hub.receiver, await fresh({}))).toMatchObject({ status: 409, code: 'DUPLICATE_RETURN', body: existing });

  // The first payer's bank gives back what was given back to it.
  const back = {
    original_payment_message_guid: accepted.body['guid'],
    debtor_agent_bic: hub.payer.bic,
    ...account(request.creditor.account, 'debtor'),
    creditor_agent_bic: hub.receiver.bic,
  };
  expect(await world.post(hub.payer, await fresh(back))).toMatchObject({ status: 400, code: 'RETURN_OF_RETURN' });
  expect(await world.payment(guid)).toMatchObject({ returnedAmount: { minor: '4000' } });
}

/** A payment that its receiver's bank refused. */
async function unpaidPayment(hub: HubUnderTest, world: ReturnType<typeof returnsWorld>): Promise<string> {
  await hub.control(hub.receiver.guid, { callback: 'pay-in', behave: 'refuse', times: 1 });
  const { orderId } = await hub.createOrder();
  const { guid = '' } = await hub.pay(orderId);
  await waitFor(async () => (await world.payment(guid)).status === 'REJECT');
  return guid;
}
