import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { addBusinessDays, businessDayOf, startOfBusinessDay } from '../../../kernel/core/time.ts';
import { waitFor } from '../../support/wait-for.ts';
import { checkedEvidence } from '../../support/whole-evidence.ts';
import { type HubUnderTest, startHubUnderTest } from '../hub-under-test.ts';
import { returnMessageRefusals } from './refusals.ts';
import { returnsWorld } from './returns-world.ts';

let hub: HubUnderTest;
let world: ReturnType<typeof returnsWorld>;
beforeAll(async () => {
  hub = await startHubUnderTest();
  world = returnsWorld(hub);
}, 120_000);
beforeEach(() => hub.reset());
afterAll(() => hub.stop(), 30_000);

const heard = async (id: string, guid: string): Promise<readonly { type: unknown; sequence: unknown; status: unknown }[]> =>
  (await hub.history(id))
    .map(({ body }) => body as Record<string, unknown>) // Callbacks are objects.
    .filter((body) => body['payment_message_guid'] === guid && typeof body['callback_type'] === 'string')
    .map((body) => ({ type: body['callback_type'], sequence: body['sequence'], status: body['status'] }));

/** What the bank of a request's original has of its merchant's money, and what of it is held. */
async function merchantMoney(): Promise<{ balance: bigint; held: bigint }> {
  const accounts = (await (await fetch(`${hub.sandbox.sandbox}/accounts/${hub.receiver.guid}`)).json()) as {
    iban: string;
    balanceMinor: string;
    heldMinor: string;
  }[]; // The sandbox's own answer.
  const account = accounts.find(({ iban }) => iban === hub.merchant.iban);
  return { balance: BigInt(account?.balanceMinor ?? 0), held: BigInt(account?.heldMinor ?? 0) };
}

const LEDGER = `query ($guid: String!) { payment(guid: $guid) { ledgerTransaction {
  businessDay amount { minor } fee { minor } debtorBank { guid } creditorBank { guid } } } }`;

describe('a return that a merchant asks for', () => {
  test('goes from the request to the ledger, and everybody hears of it', async () => {
    const { guid, orderId } = await world.paid('10050');
    const before = await merchantMoney();
    const asked = await world.ask(guid, { amountMinor: '4000' });
    expect(asked).toMatchObject({ status: 'REQUESTED', replayed: false, codes: [] });
    await world.settled(guid, ['RETURNED']);
    const payment = await world.payment(guid);
    expect(payment).toMatchObject({
      status: 'SUCCESS',
      returnRequestedAmount: { minor: '0' },
      returnedAmount: { minor: '4000' },
      returnRequests: [
        {
          delivery: { state: 'DONE', callbackType: 'RETURN_REQUEST' },
          requestedBy: 'MERCHANT',
          reason: 'The book was wet',
          amount: { minor: '4000' },
          rejectReasonCode: null,
        },
      ],
    });
    const returned = payment.returnRequests[0].payment;
    expect(returned).toMatchObject({ status: 'SUCCESS', pmType: 'RETURN', original: { guid } });

    await waitFor(async () => (await heard(hub.merchant.uid, returned.guid)).length === 1);
    await waitFor(async () => (await heard(hub.receiver.guid, returned.guid)).length === 1);
    expect(await heard(hub.payer.guid, returned.guid)).toEqual([{ type: 'pay-in', sequence: 1, status: 'success' }]);
    expect(await heard(hub.receiver.guid, returned.guid)).toEqual([{ type: 'pay-out', sequence: 2, status: 'success' }]);
    expect(await heard(hub.merchant.uid, returned.guid)).toEqual([{ type: 'merchant-pay-out', sequence: 3, status: 'success' }]);
    await waitFor(async () => (await merchantMoney()).balance === before.balance - 4_000n);

    // The other direction, on its own, without a fee; the order stays paid, by the payment.
    const booked = await waitFor(
      async () => (await hub.graphql(LEDGER, { guid: returned.guid }, hub.sandbox.ops.token)).data.payment.ledgerTransaction ?? false,
    );
    expect(booked).toMatchObject({
      amount: { minor: '4000' },
      fee: { minor: '0' },
      debtorBank: { guid: hub.receiver.guid },
      creditorBank: { guid: hub.payer.guid },
    });
    expect(await checkedEvidence(hub, returned.guid)).toMatchObject({ holds: true, evidence: { payment: { pm_type: 'return' } } });
    const order = `query ($orderId: String) { order(orderId: $orderId) {
      status returnRequestedAmount { minor } returnedAmount { minor } payment { guid } payments { guid } } }`;
    const readOrder = async () => (await hub.graphql(order, { orderId })).data.order;
    await waitFor(async () => (await readOrder()).returnedAmount.minor === '4000');
    expect(await readOrder()).toEqual({
      status: 'SUCCESS',
      returnRequestedAmount: { minor: '0' },
      returnedAmount: { minor: '4000' },
      payment: { guid },
      payments: [{ guid }, { guid: returned.guid }],
    });
  });

  test('is on the streams of payment and order, with what is asked for and what was returned', async () => {
    const { guid, orderId } = await world.paid();
    const changes = `subscription ($orderId: ID!) { orderStatusChanged(orderId: $orderId, from: BEGINNING, types: [ORDER_RETURNS_CHANGED]) {
      ... on OrderStatusChanged { type status order { returnedAmount { minor } } } } }`;
    const subscriber = hub.subscribe(changes, { orderId });
    await world.ask(guid, { amountMinor: '50' });
    await world.settled(guid, ['RETURNED']);
    const events = `query ($guid: ID!) { paymentEvents(paymentGuid: $guid) { nodes { type status } } }`;
    for (const token of [hub.merchant.secretKey, hub.payer.apiKey, hub.receiver.apiKey]) {
      const types = async () => {
        const { data } = await hub.graphql(events, { guid }, token);
        return data.paymentEvents.nodes.filter(({ type }: { type: string }) => type.startsWith('RETURN_'));
      };
      // The log is a moment behind the record.
      await waitFor(async () => (await types()).length === 2);
      expect(await types()).toEqual([
        { type: 'RETURN_REQUESTED', status: 'SUCCESS' },
        { type: 'RETURN_SUCCEEDED', status: 'SUCCESS' },
      ]);
    }
    const seen = () => subscriber.items.filter(({ type }) => type !== undefined);
    await waitFor(() => seen().length === 2);
    expect(seen()).toMatchObject([{ type: 'ORDER_RETURNS_CHANGED', status: 'SUCCESS' }, { order: { returnedAmount: { minor: '50' } } }]);
    expect(subscriber.errors).toEqual([]);
    await subscriber.close();
  });

  test('may be in parts, and the last one is the rest', async () => {
    const { guid } = await world.paid('10000');
    for (const amountMinor of ['2500', '2500']) await world.ask(guid, { amountMinor });
    expect(await world.ask(guid)).toMatchObject({ status: 'REQUESTED' });
    await world.settled(guid, ['RETURNED', 'RETURNED', 'RETURNED']);
    expect((await world.payment(guid)).returnRequests.map(({ amount }: { amount: { minor: string } }) => amount.minor)).toEqual([
      '2500',
      '2500',
      '5000',
    ]);
    expect(await world.ask(guid, { amountMinor: '1' })).toMatchObject({ requestGuid: null, codes: ['RETURN_EXCEEDS_REST'] });
    expect(await world.ask(guid)).toMatchObject({ codes: ['RETURN_EXCEEDS_REST'] });
  });

  test('is never more than the payment, however many ask at once', async () => {
    const { guid } = await world.paid('10050');
    const asked = await Promise.all(Array.from({ length: 40 }, () => world.ask(guid, { amountMinor: '1000' })));
    expect(asked.filter(({ codes }) => codes.length === 0)).toHaveLength(10);
    expect(new Set(asked.flatMap(({ codes }) => codes))).toEqual(new Set(['RETURN_EXCEEDS_REST']));
    await world.settled(
      guid,
      Array.from({ length: 10 }, () => 'RETURNED'),
    );
    expect(await world.payment(guid)).toMatchObject({ returnRequestedAmount: { minor: '0' }, returnedAmount: { minor: '10000' } });
  });

  test('is made once for a key', async () => {
    const { guid } = await world.paid();
    const key = randomUUID();
    const first = await world.ask(guid, { amountMinor: '100', key });
    expect(await world.ask(guid, { amountMinor: '100', key })).toMatchObject({ requestGuid: first.requestGuid, replayed: true });
    expect(await world.ask(guid, { amountMinor: '200', key })).toMatchObject({ codes: ['IDEMPOTENCY_MISMATCH'] });
    await world.settled(guid, ['RETURNED']);
  });

  test('that the payer’s bank does not take is rejected, and may be asked for again', async () => {
    const { guid } = await world.paid('10050');
    await hub.control(hub.payer.guid, { callback: 'pay-in', behave: 'refuse', times: 1 });
    const before = await merchantMoney();
    await world.ask(guid, { amountMinor: '10050' });
    await world.settled(guid, ['REJECTED']);
    const { returnRequests } = await world.payment(guid);
    expect(returnRequests[0]).toMatchObject({ rejectReasonCode: 'RECEIVER_BANK_REFUSED', payment: { status: 'REJECT' } });
    const returned = returnRequests[0].payment.guid;
    await waitFor(async () => (await heard(hub.merchant.uid, returned)).length === 1);
    expect(await heard(hub.receiver.guid, returned)).toEqual([{ type: 'pay-out', sequence: 2, status: 'reject' }]);
    expect(await heard(hub.merchant.uid, returned)).toEqual([{ type: 'merchant-pay-out', sequence: 3, status: 'reject' }]);
    expect(await merchantMoney()).toEqual(before);
    expect(await world.ask(guid, { amountMinor: '10050' })).toMatchObject({ status: 'REQUESTED' });
    await world.settled(guid, ['REJECTED', 'RETURNED']);
  });

  test('may be asked for by operations, and comes from wherever the money is, also between people', async () => {
    const sent = await fetch(`${hub.sandbox.sandbox}/banks/${hub.receiver.guid}/ask-for-money`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ purpose: 'Pizza', amountMinor: '7000' }),
    });
    const { order } = (await sent.json()) as { order: { guid: string } }; // The sandbox's own answer.
    const paid = await fetch(`${hub.sandbox.sandbox}/banks/${hub.payer.guid}/send`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ orderGuid: order.guid, amountMinor: '7000', purpose: 'Pizza' }),
    });
    const { guid } = (await paid.json()) as { guid: string }; // The same.
    await waitFor(async () => (await world.payment(guid)).status === 'SUCCESS');
    // The merchant is not its merchant.
    expect(await world.ask(guid)).toMatchObject({ codes: ['PAYMENT_NOT_FOUND'] });
    expect(await world.ask(guid, { token: hub.sandbox.ops.token })).toMatchObject({ status: 'REQUESTED' });
    await world.settled(guid, ['RETURNED']);
    const [{ payment: returned, requestedBy }] = (await world.payment(guid)).returnRequests;
    expect(requestedBy).toBe('OPERATIONS');
    await waitFor(async () => (await heard(hub.receiver.guid, returned.guid)).length === 1);
    expect(await heard(hub.merchant.uid, returned.guid)).toEqual([]);
  });
});

describe('a request for a return', () => {
  test('of a payment that is not there, or of a return, or of an unpaid one is refused', async () => {
    expect(await world.ask(randomUUID())).toMatchObject({ codes: ['PAYMENT_NOT_FOUND'] });
    expect(await world.ask('not-a-guid')).toMatchObject({ codes: ['PAYMENT_NOT_FOUND'] });
    const { guid } = await world.paid();
    await world.ask(guid, { amountMinor: '100' });
    await world.settled(guid, ['RETURNED']);
    const returned = (await world.payment(guid)).returnRequests[0].payment.guid;
    expect(await world.ask(returned)).toMatchObject({ codes: ['RETURN_OF_RETURN'] });

    await hub.control(hub.receiver.guid, { callback: 'pay-in', behave: 'refuse', times: 1 });
    const { orderId } = await hub.createOrder();
    const rejected = await hub.pay(orderId);
    await waitFor(async () => (await world.payment(rejected.guid ?? '')).status === 'REJECT');
    expect(await world.ask(rejected.guid ?? '')).toMatchObject({ codes: ['ORIGINAL_NOT_PAID'] });
  });

  test('of an amount that is none, or of no reason, or without a key is refused', async () => {
    const { guid } = await world.paid();
    expect(await world.ask(guid, { amountMinor: '0' })).toMatchObject({ codes: ['RETURN_AMOUNT_INVALID'] });
    expect(await world.ask(guid, { amountMinor: '-1' })).toMatchObject({ codes: ['RETURN_AMOUNT_INVALID'] });
    expect(await world.ask(guid, { amountMinor: '1', reason: ' ' })).toMatchObject({ codes: ['REASON_INVALID'] });
    expect(await world.ask(guid, { amountMinor: '1', key: '' })).toMatchObject({ codes: ['IDEMPOTENCY_KEY_INVALID'] });
    expect((await world.payment(guid)).returnRequests).toEqual([]);
  });

  test('by a bank is no request: banks answer them', async () => {
    const { guid } = await world.paid();
    await expect(world.ask(guid, { token: hub.receiver.apiKey })).rejects.toThrow('scope');
  });

  test('can be canceled until a return answers it', async () => {
    await world.holdBack();
    const { guid } = await world.paid();
    const { requestGuid } = await world.ask(guid);
    await world.told(requestGuid ?? '');
    const key = randomUUID();
    expect(await world.cancel(requestGuid ?? '', { key })).toMatchObject({ status: 'CANCELED', replayed: false });
    expect(await world.cancel(requestGuid ?? '', { key })).toMatchObject({ status: 'CANCELED', replayed: true });
    expect(await world.payment(guid)).toMatchObject({ returnRequestedAmount: { minor: '0' }, returnedAmount: { minor: '0' } });
    expect(await world.cancel(randomUUID())).toMatchObject({ codes: ['RETURN_REQUEST_NOT_FOUND'] });
    await hub.reset();
    const again = await world.ask(guid);
    await world.settled(guid, ['CANCELED', 'RETURNED']);
    expect(await world.cancel(again.requestGuid ?? '')).toMatchObject({ codes: ['RETURN_REQUEST_ANSWERED'] });
  });

  test('to a bank that no message can be sealed for any more is refused', async () => {
    const { orderId } = await hub.createOrder({ amountMinor: '500' });
    const { guid } = await hub.pay(orderId, hub.bystander);
    await hub.waitForOrder(orderId, 'SUCCESS');
    const retire = `mutation ($input: ParticipantKeyRetireInput!) { participantKeyRetire(input: $input) { errors { code } } }`;
    const input = {
      kid: hub.bystander.encryptKey.kid,
      revokedFrom: new Date(Date.now() - 60_000).toISOString(),
      idempotencyKey: randomUUID(),
    };
    const { data } = await hub.graphql(retire, { input }, hub.sandbox.ops.token);
    expect(data.participantKeyRetire.errors).toEqual([]);
    // The directory is a moment behind.
    await waitFor(async () => (await world.ask(guid ?? '', { amountMinor: '1' })).codes[0] === 'RETURN_NOT_POSSIBLE');
  });

  test('that the bank will not hear of is looked at by a person, who has it asked once more', async () => {
    await hub.control(hub.receiver.guid, { callback: 'return-request', behave: 'refuse', times: 2 });
    const { guid } = await world.paid();
    await world.ask(guid);
    await waitFor(async () => (await world.payment(guid)).returnRequests[0].delivery.state === 'PARKED', { timeoutMs: 20_000 });
    expect(await world.payment(guid)).toMatchObject({
      returnRequestedAmount: { minor: '10050' },
      returnRequests: [{ status: 'REQUESTED' }],
    });
    // The merchant learns that it is asked for, and nothing of the hub's work with the bank.
    expect((await world.payment(guid, hub.merchant.secretKey)).returnRequests).toMatchObject([{ status: 'REQUESTED', delivery: null }]);
    const retry = `mutation ($input: DeliveryRetryInput!) { deliveryRetry(input: $input) { errors { code } } }`;
    const { deliveryId } = (await world.payment(guid)).returnRequests[0].delivery;
    const { data } = await hub.graphql(retry, { input: { deliveryId, idempotencyKey: randomUUID() } }, hub.sandbox.ops.token);
    expect(data.deliveryRetry.errors).toEqual([]);
    await world.settled(guid, ['RETURNED']);
  });
});

describe('a return message', () => {
  test('that is not what was asked for is refused, with a code of its own, and changes nothing', async () => {
    await returnMessageRefusals(hub, world);
  });

  test('is one, however many answer a request at once', async () => {
    await world.holdBack();
    const { guid } = await world.paid();
    const { requestGuid } = await world.ask(guid, { amountMinor: '900' });
    const request = await world.told(requestGuid ?? '');
    const messages = await Promise.all(Array.from({ length: 12 }, () => world.message(request)));
    const answers = await Promise.all(messages.map((claims) => world.post(hub.receiver, claims)));
    const accepted = answers.filter(({ status }) => status === 200);
    expect(accepted).toHaveLength(1);
    const winner = accepted[0]?.body['guid'];
    for (const refused of answers.filter(({ status }) => status !== 200)) {
      expect(refused).toMatchObject({ status: 409, code: 'DUPLICATE_RETURN', body: { payment_message_guid: winner } });
    }
    await world.settled(guid, ['RETURNED']);
    expect(await world.payment(guid)).toMatchObject({ returnedAmount: { minor: '900' } });
  });

  test('and a cancellation never both win', async () => {
    await world.holdBack();
    const { guid } = await world.paid();
    for (let round = 1; round <= 4; round++) {
      const { requestGuid } = await world.ask(guid, { amountMinor: '100' });
      const claims = await world.message(await world.told(requestGuid ?? ''));
      const [canceled, posted] = await Promise.all([world.cancel(requestGuid ?? ''), world.post(hub.receiver, claims)]);
      const outcomes = [canceled.codes[0] ?? 'CANCELED', posted.code ?? 'ACCEPTED'];
      expect([
        ['CANCELED', 'RETURN_REQUEST_CANCELED'],
        ['RETURN_REQUEST_ANSWERED', 'ACCEPTED'],
      ]).toContainEqual(outcomes);
    }
  });
});

describe('the registers of a day', () => {
  test('count its returns, in the direction from the bank that returned', async () => {
    const day = businessDayOf(new Date());
    const { guid } = await world.paid('3000');
    await world.ask(guid, { amountMinor: '1200' });
    await world.settled(guid, ['RETURNED']);
    const returned = (await world.payment(guid)).returnRequests[0].payment.guid;
    await waitFor(
      async () => (await hub.graphql(LEDGER, { guid: returned }, hub.sandbox.ops.token)).data.payment.ledgerTransaction !== null,
    );
    // Half a minute after midnight the day closes.
    await hub.advanceClock(startOfBusinessDay(addBusinessDays(day, 1)).getTime() + 61_000 - Date.now());
    const registers = `query ($day: BusinessDay!) { registers(day: $day, first: 100) { nodes { number debtorBank { guid } creditorBank { guid } paymentCount } } }`;
    type Register = { number: string; debtorBank: { guid: string }; creditorBank: { guid: string }; paymentCount: number };
    const made = async (): Promise<readonly Register[]> =>
      (await hub.graphql(registers, { day }, hub.sandbox.ops.token)).data.registers.nodes;
    await waitFor(async () => (await made()).length > 0, { timeoutMs: 60_000 });
    const register = (await made()).find(
      ({ debtorBank, creditorBank }) => debtorBank.guid === hub.receiver.guid && creditorBank.guid === hub.payer.guid,
    );
    const path = `/api/v1/counterparty/${hub.receiver.guid}/gross-settlement/${register?.number}`;
    const listed = await world.get(hub.receiver, path);
    const rows = listed.body['payments'] as Record<string, unknown>[]; // Of a register.
    expect(rows.find((row) => row['payment_message_guid'] === returned)).toMatchObject({
      pm_type: 'return',
      amount: '12.00',
      fee_amount: '0.00',
      amount_to_pay: '12.00',
    });
    expect(rows.every((row) => row['pm_type'] === 'return')).toBe(true);
  }, 90_000);
});
