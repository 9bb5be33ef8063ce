import { randomUUID } from 'node:crypto';

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { P2P_ERRORS } from '../../../protocol/errors/p2p-errors.ts';
import { P2P_ORDERS_PATH } from '../../../protocol/p2p/p2p-order.ts';
import { P2P_BANKS_PATH, p2pBanksSchema } from '../../../protocol/p2p/payee-check.ts';
import { PAY_REQUESTS_PATH } from '../../../protocol/p2p/pay-request.ts';
import { waitFor } from '../../support/wait-for.ts';
import { checkedEvidence } from '../../support/whole-evidence.ts';
import { ibanOf } from '../../../sandbox/world.ts';
import { startHubUnderTest, type HubUnderTest, type SandboxBank } from '../hub-under-test.ts';
import { p2pWorld, MESSAGES_PATH, type P2pWorld } from './p2p-world.ts';
import { type Refusals, refusals } from './refusals.ts';

let hub: HubUnderTest;
let world: P2pWorld;

beforeAll(async () => {
  // The buckets of banks are small enough to be emptied in a moment, and large enough for everything else that happens here.
  hub = await startHubUnderTest({ env: { LOOK_UP_BANK_TOKENS: '640', LOOK_UP_BANK_REFILL: '6' } });
  world = p2pWorld(hub);
}, 90_000);
afterEach(() => hub.reset());
afterAll(() => hub.stop(), 30_000);

const P2P_ORDER = `query ($guid: String!) { p2pOrder(guid: $guid) {
  guid status type rejectReasonCode amount { minor } bank { guid } search { status askedBanks { standing bank { guid } } }
  payRequests { status failureCode payerBank { guid } } payment { guid status pmType ledgerTransaction { id } } } }`;
const seen = async (guid: string, token: string = hub.sandbox.ops.token) => (await hub.graphql(P2P_ORDER, { guid }, token)).data?.p2pOrder;
const typesHeard = async (bank: HubUnderTest['payer']) =>
  (await world.heard(bank)).map((body) => `${String(body['callback_type'])} ${String(body['answered'])}`);

describe('money to a number that is in the directory', () => {
  test('reaches the receiver with one pay-in and one pay-out, is booked, and its order is paid', async () => {
    const ready = await world.readyByPhone({ amount: 123.45 });
    expect(ready).toMatchObject({ name: hub.receiver.accounts[0]?.name, taxNumber: hub.receiver.accounts[0]?.taxId });
    expect(ready.creditor.encryption.profile).toBe('dcm-2');
    const sent = await world.post(hub.payer, MESSAGES_PATH, await world.message(ready));
    expect(sent).toMatchObject({ status: 200, contentType: 'application/jwt', members: { iss: 'dcm-hub', aud: hub.payer.guid } });
    const guid = String(sent.members['guid']);
    await waitFor(async () => (await seen(ready.orderGuid)).payment?.ledgerTransaction, { timeoutMs: 20_000 });
    await waitFor(async () => (await seen(ready.orderGuid)).status === 'PAID');
    expect(await seen(ready.orderGuid)).toMatchObject({
      payment: { guid, status: 'SUCCESS', pmType: 'P2P' },
      payRequests: [{ status: 'COMPLETED' }],
    });
    await waitFor(async () => (await typesHeard(hub.payer)).includes('pay-out 200'));
    expect(await checkedEvidence(hub, guid)).toMatchObject({
      holds: true,
      evidence: { message: { mode: 'answer' }, ledger: expect.any(String) },
    });
    expect(await typesHeard(hub.receiver)).toEqual(['receiver-data 200', 'pay-in 200']);
    expect(await typesHeard(hub.payer)).toEqual(['pay-request 200', 'pay-out 200']);
    expect(await world.orderStatus(ready.orderGuid)).toMatchObject({
      status: 200,
      members: { status: 'processing', payment_message_guid: guid },
    });
    const status = await world.send(hub.payer, 'GET', `${MESSAGES_PATH}/${guid}`);
    expect(status).toMatchObject({
      status: 200,
      contentType: 'application/jwt',
      members: { guid, status: 'Success', order_id: ready.orderGuid },
    });
  });

  test('may be asked for twice: the same request is the same order, and a plain-text JWT is read as well', async () => {
    const phone = world.newPhone();
    await world.link(hub.receiver, phone);
    const claims = world.phoneOrder(hub.payer, phone);
    const first = await world.post(hub.payer, P2P_ORDERS_PATH, claims);
    const again = await world.post(hub.payer, P2P_ORDERS_PATH, claims, { plain: true });
    expect(again.members['guid']).toBe(first.members['guid']);
    expect(first.members).toMatchObject({ status: 'processing', type: 'phone', creditor: { phone }, external_id: claims.external_id });
    expect(first.members).not.toHaveProperty('jti');
  });

  test('is refused by the receiver’s bank with a reject, and the order can be paid again', async () => {
    const ready = await world.readyByPhone();
    await hub.control(hub.receiver.guid, { callback: 'pay-in', behave: 'refuse', times: 1 });
    const first = await world.post(hub.payer, MESSAGES_PATH, await world.message(ready));
    await waitFor(async () => (await typesHeard(hub.payer)).includes('pay-out 200'));
    const payOut = (await world.heard(hub.payer)).find((body) => body['callback_type'] === 'pay-out');
    expect(payOut).toMatchObject({ status: 'reject', payment_message_guid: first.members['guid'] });
    const second = await world.post(hub.payer, MESSAGES_PATH, await world.message(ready));
    expect(second.status).toBe(200);
    await waitFor(async () => (await seen(ready.orderGuid)).status === 'PAID', { timeoutMs: 20_000 });
  });

  test('goes to a person when the receiver’s bank refuses after a try that nobody knows the end of', async () => {
    const ready = await world.readyByPhone();
    await hub.control(hub.receiver.guid, { callback: 'pay-in', behave: 'fail', times: 1 });
    const sent = await world.post(hub.payer, MESSAGES_PATH, await world.message(ready));
    await hub.control(hub.receiver.guid, { callback: 'pay-in', behave: 'refuse' });
    const text = 'query ($guid: String!) { payment(guid: $guid) { status deliveries { state callbackType } } }';
    const payment = async () => (await hub.graphql(text, { guid: sent.members['guid'] }, hub.sandbox.ops.token)).data.payment;
    await waitFor(async () => (await payment()).deliveries[0]?.state === 'PARKED', { timeoutMs: 20_000 });
    expect(await payment()).toEqual({ status: 'PENDING', deliveries: [{ state: 'PARKED', callbackType: 'PAY_IN' }] });
  });

  test('keeps its receiver when the number is linked to another account afterwards', async () => {
    const ready = await world.readyByPhone();
    await world.link(hub.bystander, ready.phone);
    expect((await world.post(hub.payer, MESSAGES_PATH, await world.message(ready))).status).toBe(200);
    await waitFor(async () => (await seen(ready.orderGuid)).status === 'PAID', { timeoutMs: 20_000 });
  });
});

describe('data of a receiver', () => {
  test('that its bank refuses end the pay request and the order', async () => {
    const phone = world.newPhone();
    await world.link(hub.receiver, phone);
    await hub.control(hub.receiver.guid, { callback: 'receiver-data', behave: 'refuse' });
    const { members } = await world.post(hub.payer, P2P_ORDERS_PATH, world.phoneOrder(hub.payer, phone));
    const told = await world.payRequestOf(hub.payer, String(members['pay_request_guid']));
    expect(told).toMatchObject({ status: 'failed', reason: 'pay request is failed', reason_code: 'RECEIVER_DATA_REFUSED' });
    expect(told).not.toHaveProperty('creditor');
    await world.wireStatus(String(members['guid']), 'rejected');
    const asked = await world.send(hub.payer, 'GET', `${PAY_REQUESTS_PATH}/${String(members['pay_request_guid'])}`);
    expect(asked).toMatchObject({ status: 200, contentType: 'application/jwt', members: { status: 'failed' } });
  });

  test('are asked for again after an answer that was lost', async () => {
    const phone = world.newPhone();
    await world.link(hub.receiver, phone);
    await hub.control(hub.receiver.guid, { callback: 'receiver-data', behave: 'fail', times: 1 });
    const { members } = await world.post(hub.payer, P2P_ORDERS_PATH, world.phoneOrder(hub.payer, phone));
    expect(await world.payRequestOf(hub.payer, String(members['pay_request_guid']))).toMatchObject({ status: 'completed' });
  });

  test('that the payer’s bank cannot open end as a failed pay request', async () => {
    const phone = world.newPhone();
    await world.link(hub.receiver, phone);
    await hub.control(hub.payer.guid, { callback: 'pay-request', behave: 'refuse' });
    const { members } = await world.post(hub.payer, P2P_ORDERS_PATH, world.phoneOrder(hub.payer, phone));
    await world.wireStatus(String(members['guid']), 'rejected');
    expect(await seen(String(members['guid']))).toMatchObject({
      status: 'REJECTED',
      rejectReasonCode: 'PAY_REQUEST_FAILED',
      payRequests: [{ status: 'FAILED', failureCode: 'REFUSED_BY_PAYER_BANK' }],
    });
  });
});

describe('the name that a payer gives', () => {
  const send = async (wish: object) => {
    const answer = await fetch(`${hub.sandbox.sandbox}/banks/${hub.payer.guid}/send`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ amountMinor: '100', ...wish }),
    });
    return (await answer.json()) as { kind: string; orderGuid: string; payeeCheck?: string; reason?: string };
  };
  const ownName = () => hub.receiver.accounts[0]?.name ?? '';

  test.each([
    ['MATCH', 'Mariia Pryklad', { kind: 'accepted', payeeCheck: 'MATCH' }],
    ['CLOSE_MATCH', 'М. Приклад', { kind: 'accepted', payeeCheck: 'CLOSE_MATCH' }],
    ['NO_MATCH', 'Тарас Зразок', { kind: 'no-receiver', reason: 'NO_MATCH' }],
    ['NOT_POSSIBLE', '12345', { kind: 'accepted', payeeCheck: 'NOT_POSSIBLE' }],
  ])('is said by the receiver’s bank to be a %s', async (_outcome, payeeName, expected) => {
    const phone = world.newPhone();
    await world.link(hub.receiver, phone);
    const sent = await send({ phone, payeeName });
    expect(sent).toMatchObject(expected);
    // Neither the name nor what was said of it is anything that the hub, or anybody on the way, could read.
    const told = (await world.heard(hub.payer)).find((body) => body['order_guid'] === sent.orderGuid);
    const sealed = String((told as { creditor?: { payee_check?: string } }).creditor?.payee_check);
    expect(Buffer.from(sealed, 'base64')).toHaveLength(32);
    expect(JSON.stringify(await world.heard(hub.receiver))).not.toContain(payeeName);
  });

  test('goes with a link too, and comes back as nothing where none was given', async () => {
    const sent = await send({ orderGuid: await world.newLink(), payeeName: ownName() });
    expect(sent).toMatchObject({ kind: 'accepted', payeeCheck: 'MATCH' });
    const ready = await world.readyByPhone();
    expect(ready.creditor).not.toHaveProperty('payee_check');
    expect(ready).toMatchObject({ payeeCheck: 'NOT_POSSIBLE' });
  });

  test('is sealed for the banks whose keys the hub lists, for banks alone', async () => {
    const listed = await world.send(hub.payer, 'GET', P2P_BANKS_PATH);
    expect(listed.status).toBe(200);
    const { banks } = p2pBanksSchema.parse(listed.members);
    expect(banks.map(({ bic }) => bic).toSorted()).toEqual(hub.sandbox.banks.map(({ bic }) => bic).toSorted());
    expect(banks.find(({ bic }) => bic === hub.receiver.bic)?.public_key.kid).toBe(hub.receiver.encryptKey.kid);
    expect(await world.send({ ...hub.payer, signKey: hub.merchant.signKey }, 'GET', P2P_BANKS_PATH)).toMatchObject({
      status: 401,
      code: 'AUTHORIZATION_FAILED',
    });
  });
});

describe('money to a number that nobody has linked', () => {
  const search = async (phone: string) => {
    const { members } = await world.post(hub.payer, P2P_ORDERS_PATH, world.phoneOrder(hub.payer, phone));
    expect(members).toMatchObject({ status: 'pending' });
    return { orderGuid: String(members['guid']), payRequestGuid: String(members['pay_request_guid']) };
  };

  test('finds its receiver, whose bank asks the customer, and the directory knows the number from then on', async () => {
    const phone = hub.receiver.accounts[0]?.phone ?? '';
    const { orderGuid, payRequestGuid } = await search(phone);
    expect(await world.payRequestOf(hub.payer, payRequestGuid)).toMatchObject({
      status: 'completed',
      creditor: { account: world.accountOf(hub.receiver) },
    });
    await world.wireStatus(orderGuid, 'processing');
    const standings = Object.fromEntries(
      (await seen(orderGuid)).search.askedBanks.map((asked: { standing: string; bank: { guid: string } }) => [
        asked.bank.guid,
        asked.standing,
      ]),
    );
    expect(Object.keys(standings)).toHaveLength(3);
    await waitFor(async () => {
      const { data } = await hub.graphql('query ($phone: String!) { alias(phone: $phone) { account } }', { phone }, hub.sandbox.ops.token);
      return data.alias?.account === world.accountOf(hub.receiver);
    });
  });

  test('is rejected when no bank knows the number', async () => {
    const { orderGuid, payRequestGuid } = await search(world.newPhone());
    expect(await world.payRequestOf(hub.payer, payRequestGuid)).toMatchObject({ status: 'failed', reason_code: 'RECEIVER_NOT_FOUND' });
    await world.wireStatus(orderGuid, 'rejected');
    expect((await world.orderStatus(orderGuid)).members['reason']).toBe('receiver did not link the number as alias');
  });

  test('is rejected when the customer refuses', async () => {
    await hub.control(hub.bystander.guid, { callback: 'consent', behave: 'refuse' });
    const { orderGuid } = await search(hub.bystander.accounts[0]?.phone ?? '');
    await world.wireStatus(orderGuid, 'rejected');
  });

  test('ends when nobody has answered in time, and a consent afterwards is too late', async () => {
    await hub.control(hub.payer.guid, { callback: 'consent', behave: 'hang' });
    const phone = hub.payer.accounts[1]?.phone ?? '';
    const { orderGuid } = await search(phone);
    await hub.advanceClock(601_000);
    await world.wireStatus(orderGuid, 'rejected');
    expect(await world.consent(hub.payer, orderGuid, phone)).toMatchObject({ status: 409, code: 'SEARCH_OVER' });
  });

  test('has one winner when two banks consent at the same moment', async () => {
    for (const { guid } of hub.sandbox.banks) await hub.control(guid, { callback: 'link-creditor', behave: 'fail' });
    const phone = world.newPhone();
    const { orderGuid, payRequestGuid } = await search(phone);
    const answers = await Promise.all([hub.receiver, hub.bystander].map((bank) => world.consent(bank, orderGuid, phone)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 409]));
    const winner = answers[0]?.status === 200 ? hub.receiver : hub.bystander;
    expect(await world.payRequestOf(hub.payer, payRequestGuid)).toMatchObject({ creditor: { account: world.accountOf(winner) } });
    // The winner may say so again; whoever was late stays late.
    expect((await world.consent(winner, orderGuid, phone)).status).toBe(200);
  });
});

describe('money by a link', () => {
  test('shows a page and a QR code, takes many pay requests, and is paid once with the amount that the payer enters', async () => {
    const made = await world.post(hub.receiver, P2P_ORDERS_PATH, world.linkOrder(hub.receiver));
    const orderGuid = String(made.members['guid']);
    expect(made.members).toMatchObject({ status: 'created', type: 'link' });
    expect(made.members).not.toHaveProperty('pay_request_guid');
    expect(Buffer.from(String(made.members['qr_code']), 'base64').subarray(1, 4).toString()).toBe('PNG');
    const pageUrl = String(made.members['deeplinks_page_url']);
    const page = await (await fetch(pageUrl)).text();
    expect(page).toContain(`kalyna://p2p?order_guid=${orderGuid}`);
    expect(page).not.toContain(world.accountOf(hub.receiver));
    expect((await fetch(pageUrl.replace('?id=', '?order_guid='))).status).toBe(200);
    expect((await fetch(pageUrl.replace(orderGuid, randomUUID()))).status).toBe(404);

    const [one, other] = await Promise.all([world.readyByLink(orderGuid), world.readyByLink(orderGuid, hub.bystander)]);
    const answers = await Promise.all([
      world.post(hub.payer, MESSAGES_PATH, await world.message(one, { amountMinor: 700n })),
      world.post(hub.bystander, MESSAGES_PATH, await world.message(other, { bank: hub.bystander, amountMinor: 900n })),
    ]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 409]));
    const [held] = answers.filter(({ status }) => status === 200);
    const [late] = answers.filter(({ status }) => status === 409);
    expect(late).toMatchObject({ code: 'DUPLICATE_ORDER', members: { payment_message_guid: held?.members['guid'] } });
    await waitFor(async () => (await seen(orderGuid)).status === 'PAID', { timeoutMs: 20_000 });
  });

  test('ends at its end: no pay request and no payment after it, and one under way fails', async () => {
    const orderGuid = await world.newLink({ expires_at: new Date(Date.now() + 3_600_000 * 2).toISOString() });
    const ready = await world.readyByLink(orderGuid);
    await hub.advanceClock(3_600_000 * 3);
    const late = await world.post(hub.payer, MESSAGES_PATH, await world.message(ready));
    expect(late).toMatchObject({ status: 400, code: 'ORDER_IS_EXPIRED' });
    await world.wireStatus(orderGuid, 'rejected', hub.receiver);
    expect((await world.orderStatus(orderGuid, hub.receiver)).members['reason']).toBe('order is expired');
  });
});

describe('who may see an order between people', () => {
  const EVENTS = `query ($guid: ID!) { p2pOrderEvents(orderGuid: $guid) { nodes { type status p2pOrderVersion p2pOrder { guid } } } }`;
  const LIST = '{ p2pOrders(first: 100) { nodes { guid } } }';

  test('the bank that made it and operations, at the edge and in GraphQL; for others it does not exist', async () => {
    const { orderGuid } = await world.readyByPhone();
    for (const token of [hub.receiver.apiKey, hub.bystander.apiKey, hub.merchant.secretKey]) {
      expect(await seen(orderGuid, token)).toBeNull();
      expect(JSON.stringify(await hub.graphql(LIST, {}, token))).not.toContain(orderGuid);
      expect((await hub.graphql(EVENTS, { guid: orderGuid }, token)).data.p2pOrderEvents.nodes).toEqual([]);
    }
    expect(await world.orderStatus(orderGuid, hub.bystander)).toMatchObject({ status: 404, code: 'ORDER NOT FOUND' });
    expect(JSON.stringify(await hub.graphql(LIST, {}, hub.payer.apiKey))).toContain(orderGuid);
    await waitFor(async () => (await hub.graphql(EVENTS, { guid: orderGuid }, hub.payer.apiKey)).data.p2pOrderEvents.nodes.length === 2);
    expect((await hub.graphql(EVENTS, { guid: orderGuid }, hub.payer.apiKey)).data.p2pOrderEvents.nodes).toEqual([
      { type: 'P2P_ORDER_CREATED', status: 'PROCESSING', p2pOrderVersion: 1, p2pOrder: { guid: orderGuid } },
      { type: 'P2P_PAY_REQUEST_COMPLETED', status: 'PROCESSING', p2pOrderVersion: 2, p2pOrder: { guid: orderGuid } },
    ]);
  });

  test('its stream tells of each step, and neither of payments nor of other banks’ orders', async () => {
    const text = `subscription { p2pOrderStatusChanged { __typename ... on P2pOrderStatusChanged { type status p2pOrder { guid } } } }`;
    const subscriber = hub.subscribe(text, {}, hub.payer.apiKey);
    await waitFor(() => subscriber.items.some((item) => item.__typename === 'StreamReady'));
    const ready = await world.readyByPhone();
    await world.newLink();
    await world.post(hub.payer, MESSAGES_PATH, await world.message(ready));
    const events = () => subscriber.items.filter((item) => item.__typename === 'P2pOrderStatusChanged');
    await waitFor(() => events().length === 3, { timeoutMs: 20_000 });
    expect(events().map(({ type }) => type)).toEqual(['P2P_ORDER_CREATED', 'P2P_PAY_REQUEST_COMPLETED', 'P2P_ORDER_PAID']);
    expect(new Set(events().map(({ p2pOrder }) => p2pOrder.guid))).toEqual(new Set([ready.orderGuid]));
    expect(subscriber.errors).toEqual([]);
    await subscriber.close();
  });
});

describe('every refusal, through the edge', () => {
  let cases: Refusals;
  beforeAll(async () => {
    cases = await refusals(hub, world);
  }, 60_000);

  test('has its code and its status, in the shape of the guide', async () => {
    const wrong: unknown[] = [];
    for (const [name, { status, code, answer }] of Object.entries(cases)) {
      const got = await answer();
      const shaped = code === 'DUPLICATE_ORDER' || code === 'DUPLICATE_JTI' ? 'error' in got.members : 'message' in got.members;
      if (got.status !== status || got.code !== code || !shaped) wrong.push({ name, expected: { status, code }, got });
    }
    expect(wrong).toEqual([]);
  }, 120_000);

  test('is there for each code of guide 8', () => {
    const made = new Set(Object.values(cases).map(({ code }) => code));
    expect(Object.keys(P2P_ERRORS).filter((code) => !made.has(code))).toEqual([]);
  });
});

describe('the directory', () => {
  const PROTECTION = `{ aliasLookUpProtection { hitCost missCost paymentCredit bankLimit { capacity refillPerMinute }
    accountLimit { capacity refillPerMinute } levels { bank { guid } account tokens fullAt } } }`;
  const protection = async (token: string = hub.sandbox.ops.token) => (await hub.graphql(PROTECTION, {}, token)).data.aliasLookUpProtection;
  const levelOf = async (bank: SandboxBank, account: string | null) =>
    (await protection()).levels.find(
      (level: { account: string | null; bank: { guid: string } }) => level.bank.guid === bank.guid && level.account === account,
    );

  test('gives a customer who pays the token of the look-up back', async () => {
    const account = world.accountOf(hub.payer, 1);
    const phone = world.newPhone();
    await world.link(hub.receiver, phone);
    const { members } = await world.post(hub.payer, P2P_ORDERS_PATH, { ...world.phoneOrder(hub.payer, phone), debtor: { account } });
    const ready = await world.opened(hub.payer, String(members['guid']), String(members['pay_request_guid']));
    const before = await levelOf(hub.payer, account);
    const message = await world.message(ready);
    const debtor = { ...(message as unknown as { debtor: object }).debtor, debtor_account: account };
    expect(await world.post(hub.payer, MESSAGES_PATH, { ...message, debtor })).toMatchObject({ status: 200 });
    // A token of an account is half a minute. A bucket that is full is no longer in the list.
    const fullAt = Date.parse(before.fullAt) - 30_000;
    await waitFor(async () => Date.parse((await levelOf(hub.payer, account))?.fullAt ?? new Date(fullAt).toISOString()) === fullAt, {
      timeoutMs: 20_000,
    });
  });

  test('cannot be read out: a bank that tries numbers is stopped, whatever accounts it names, and other banks are not', async () => {
    const linked = [1, 2, 3, 4].map(() => world.newPhone());
    for (const phone of linked) await world.link(hub.receiver, phone);
    const tries = Array.from({ length: 40 }, (_, n) => ({
      phone: n % 10 === 9 ? (linked[(n - 9) / 10] ?? '') : `+38063${String(1_000_000 + n)}`,
      account: ibanOf(hub.bystander.bic, String(26_200_000_001_000 + n)),
    }));
    const found: string[] = [];
    const limited: unknown[] = [];
    for (const { phone, account } of tries) {
      const claims = { ...world.phoneOrder(hub.bystander, phone), debtor: { account } };
      const { members, status, code } = await world.post(hub.bystander, P2P_ORDERS_PATH, claims);
      if (members['status'] === 'processing') found.push(phone);
      if (code === 'ALIAS_LOOK_UP_LIMITED') limited.push({ status, ...members });
    }
    // The bucket of the bank holds 32 misses, and those before this test came out of it too.
    expect(found.length).toBeLessThan(linked.length);
    expect(limited.length).toBeGreaterThan(10);
    expect(limited.at(-1)).toEqual({
      status: 429,
      code: 'ALIAS_LOOK_UP_LIMITED',
      message: P2P_ERRORS.ALIAS_LOOK_UP_LIMITED.message,
      retry_after: expect.any(Number),
    });
    expect((await levelOf(hub.bystander, null)).tokens).toBeLessThan(1);
    expect(await world.readyByPhone()).toMatchObject({ name: hub.receiver.accounts[0]?.name });
  }, 60_000);

  test('shows its limits, and who has asked for much, to operations alone', async () => {
    expect(await protection()).toMatchObject({
      hitCost: 1,
      missCost: 20,
      paymentCredit: 1,
      bankLimit: { capacity: 640, refillPerMinute: 6 },
      accountLimit: { capacity: 200, refillPerMinute: 2 },
    });
    const { errors } = await hub.graphql(PROTECTION, {}, hub.payer.apiKey);
    expect(errors?.[0]?.extensions?.['code']).toBe('FORBIDDEN');
  });
});
