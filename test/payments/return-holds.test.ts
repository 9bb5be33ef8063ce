import { randomUUID } from 'node:crypto';

import { graphql } from 'graphql';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { paymentGuid } from '../../protocol/payment-guid.ts';
import type { Caller } from '../../schema/caller.ts';
import type { KillPoint } from '../../subgraphs/payments/app/kill-points.ts';
import { waitFor } from '../support/wait-for.ts';
import { MERCHANT_ACCOUNT, PAYER_ACCOUNT } from './support/parties.ts';
import { type Hub, type Message, PaymentsWorld } from './support/payments-world.ts';

// Between the check of a return and its first commit anything may happen to its request: the first statement looks again, under the original's lock.

let world: PaymentsWorld;
beforeAll(async () => {
  world = await PaymentsWorld.open();
}, 30_000);
beforeEach(async () => {
  await world.reset();
  // In a return the bank that paid is the one that is paid.
  const { initiator, receiver } = world.parties;
  world.directory.set(
    world.directory.banks.map((bank) => {
      const payIn = world.receivers.address(bank.guid === initiator.entry.guid ? 'initiator' : 'receiver', 'pay-in');
      const payOut = world.receivers.address(bank.guid === receiver.entry.guid ? 'receiver' : 'initiator', 'pay-out');
      return { ...bank, routes: { ...bank.routes, payIn, payOut } };
    }),
  );
});
afterAll(() => world.close());

/** Whatever happens to the request while a return that was admitted waits for its first commit; once. */
let meanwhile: (() => Promise<void>) | null = null;
const hub = (): Promise<Hub> =>
  world.hub({
    settings: { sweepMs: 50 },
    kill: async (point: KillPoint) => {
      if (point !== 'after-claim-before-pending' || !meanwhile) return;
      const act = meanwhile;
      meanwhile = null;
      await act();
    },
  });

const OPERATIONS: Caller = { kind: 'operations', subject: 'olena', scopes: [] };
// A test reads what it asked for; the shape is its own document's.
async function ask(on: Hub, source: string): Promise<any> /* oxlint-disable-line typescript/no-explicit-any -- see above */ {
  const contextValue = on.subgraph.contextFor({ caller: OPERATIONS, requestId: 'test' });
  const { data, errors } = await graphql({ schema: on.subgraph.schema, source, contextValue });
  if (errors) throw errors[0] ?? new Error('no data');
  return data;
}

interface Requested {
  readonly originalGuid: string;
  readonly orderId: string;
  readonly requestGuid: string;
}

/** A paid order with an open request for 500.25 of it. */
async function requested(on: Hub): Promise<Requested> {
  const { guid: originalGuid, orderId } = await paid(on);
  const { paymentReturn } = await ask(
    on,
    `mutation { paymentReturn(input: { paymentGuid: "${originalGuid}", amount: { minor: "50025", currency: UAH }, reason: "wet", idempotencyKey: "${randomUUID()}" }) {
      returnRequest { guid } errors { code } } }`,
  );
  expect(paymentReturn.errors).toEqual([]);
  return { originalGuid, orderId, requestGuid: paymentReturn.returnRequest.guid };
}

async function paid(on: Hub): Promise<Message> {
  const message = await world.message();
  expect(await world.send(on, message)).toMatchObject({ status: 200 });
  await waitFor(async () => (await world.state(message.guid)) === 'SUCCESS');
  return message;
}

const cancel = (on: Hub, requestGuid: string) =>
  ask(
    on,
    `mutation { paymentReturnCancel(input: { returnRequestGuid: "${requestGuid}", idempotencyKey: "${randomUUID()}" }) { errors { code } } }`,
  );

/** The return that a request asks for, signed by the bank that was paid. */
async function returnMessage({ originalGuid, orderId, requestGuid }: Requested): Promise<Message> {
  const { initiator, receiver } = world.parties;
  const jti = randomUUID();
  const message = await world.message({
    jti,
    orderId,
    from: receiver,
    claims: {
      amount: 500.25,
      debtor_agent_bic: receiver.entry.bic,
      debtor: { debtor_name: 'A'.repeat(64), debtor_id: 'A'.repeat(36), debtor_account: MERCHANT_ACCOUNT },
      creditor_agent_bic: initiator.entry.bic,
      creditor: { creditor_name: 'A'.repeat(64), creditor_id: 'A'.repeat(36), creditor_account: PAYER_ACCOUNT },
      pm_type: 'return',
      original_payment_message_guid: originalGuid,
      return_request_guid: requestGuid,
    },
  });
  return { ...message, guid: await paymentGuid(receiver.entry.guid, jti), sender: receiver.entry.guid };
}

const statusOf = async (guid: string) =>
  (await world.rows<{ status: string }>('select status from return_request where guid = $1', guid))[0]?.status;
const returns = () => world.rows<{ guid: string }>(`select guid from payment_message where pm_type = 'return'`);

test('a request that is canceled between check and commit is answered by nobody', async () => {
  const on = await hub();
  const request = await requested(on);
  meanwhile = () => cancel(on, request.requestGuid);
  expect(await world.send(on, await returnMessage(request))).toMatchObject({ status: 400, body: { code: 'RETURN_REQUEST_CANCELED' } });
  expect(await returns()).toEqual([]);
  expect(await statusOf(request.requestGuid)).toBe('CANCELED');
});

test('of two returns that were both admitted one is there, and the other names it', async () => {
  const on = await hub();
  const request = await requested(on);
  const first = await returnMessage(request);
  meanwhile = async () => {
    expect((await world.send(on, first)).status).toBe(200);
  };
  expect(await world.send(on, await returnMessage(request))).toMatchObject({
    status: 409,
    body: { code: 'DUPLICATE_RETURN', payment_message_guid: first.guid },
  });
  expect(await returns()).toEqual([{ guid: first.guid }]);
  await waitFor(async () => (await statusOf(request.requestGuid)) === 'RETURNED');
});

test('a promised return whose request is gone becomes a rejected payment that concerns its sender alone', async () => {
  const on = await hub();
  const request = await requested(on);
  const sent = await returnMessage(request);
  await cancel(on, request.requestGuid);
  expect(await world.send(on, sent, { mode: 'promised' })).toMatchObject({ status: 200, body: { guid: sent.guid } });
  expect(await world.state(sent.guid)).toBe('REJECT');
  expect(await world.deliveries(sent.guid)).toEqual([expect.stringMatching(/^pay-out: /)]);
  expect(await statusOf(request.requestGuid)).toBe('CANCELED');
});

test('a hub that dies before it has heard how its return ended hears it when it is back', async () => {
  const first = await hub();
  const request = await requested(first);
  const sent = await returnMessage(request);
  expect((await world.send(first, sent)).status).toBe(200);
  await waitFor(async () => (await world.state(sent.guid)) === 'SUCCESS');
  await first.stop();
  // As if its commit had been the last thing that the process did.
  await world.rows(`update return_request set status = 'PENDING' where guid = $1`, request.requestGuid);
  await world.rows(`update inbox_position set pos = 0 where publisher = 'payments'`);
  await hub();
  await waitFor(async () => (await statusOf(request.requestGuid)) === 'RETURNED');
});

test('the events of the original are numbered without a hole while its own callbacks are still under way', async () => {
  const on = await hub();
  world.receivers.script('receiver', 'credit', [503, 503]);
  const request = await requested(on);
  await cancel(on, request.requestGuid);
  await world.untilSettled(request.originalGuid);
  const events = () =>
    world.rows<{ version: number; type: string }>(
      `select version, type from event_log where subject = $1 union all select version, type from event_outbox where subject = $1 order by version`,
      request.originalGuid,
    );
  await waitFor(async () => (await events()).length >= 8);
  const seen = await events();
  expect(seen.map(({ version }) => version)).toEqual(seen.map((_, index) => index + 1));
  expect(seen.map(({ type }) => type)).toEqual(expect.arrayContaining(['ReturnRequested', 'ReturnCanceled']));
});
