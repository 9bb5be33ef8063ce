import { graphql } from 'graphql';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import type { Caller } from '../../schema/caller.ts';
import { forgetMessages } from '../../subgraphs/payments/store/forget-messages.ts';
import { type Hub, type Message, PaymentsWorld } from './support/payments-world.ts';

let world: PaymentsWorld;
beforeAll(async () => {
  world = await PaymentsWorld.open();
});
afterEach(() => world.reset());
afterAll(() => world.close());

const OPERATIONS: Caller = { kind: 'operations', subject: 'olena', scopes: [] };
const DAY_MS = 86_400_000;

async function ask(hub: Hub, source: string): Promise<unknown> {
  const contextValue = hub.subgraph.contextFor({ caller: OPERATIONS, requestId: 'test' });
  const { data, errors } = await graphql({ schema: hub.subgraph.schema, source, contextValue });
  if (errors) throw errors[0] ?? new Error('no data');
  return JSON.parse(JSON.stringify(data)) as unknown; // Results have no prototype, which toEqual minds.
}

async function aPayment(hub: Hub): Promise<Message> {
  const message = await world.message();
  await world.send(hub, message);
  await world.untilSettled(message.guid);
  return message;
}

/** Forgets what is older than 40 days. */
const forget = (from = new Date(0)): Promise<number> =>
  forgetMessages(world.database.pool, { from, before: new Date(world.time.now().getTime() - 40 * DAY_MS) });
const kept = async (): Promise<string[]> =>
  (await world.rows<{ guid: string }>('select guid from payment_message where body is not null order by guid')).map(({ guid }) => guid);

describe('messages whose retention is over', () => {
  it('are forgotten with their callbacks, and leave the payment, its hash and its key', async () => {
    const hub = await world.hub();
    const old = await aPayment(hub);
    const before = await world.rows('select body_sha256, sender_kid, order_snapshot from payment_message');
    world.time.advance(41 * DAY_MS);
    const young = await aPayment(hub);
    expect(await forget()).toBe(1);
    expect(await kept()).toEqual([young.guid]);
    expect(
      await world.rows('select 1 from delivery_payload p join delivery d on d.id = p.delivery_id where payment_guid = $1', old.guid),
    ).toEqual([]);
    expect(await world.rows('select body_sha256, sender_kid, order_snapshot from payment_message where guid = $1', old.guid)).toEqual(
      before,
    );
    expect(await ask(hub, `{ payment(guid: "${old.guid}") { status amount { minor } deliveries { state } } }`)).toEqual({
      payment: { status: 'SUCCESS', amount: { minor: '150075' }, deliveries: Array.from({ length: 4 }, () => ({ state: 'DONE' })) },
    });
    expect(await forget()).toBe(0);
  });

  it('are known all the same when they come again', async () => {
    const hub = await world.hub();
    const old = await aPayment(hub);
    world.time.advance(41 * DAY_MS);
    await forget();
    expect(await world.send(hub, old, { mode: 'promised' })).toMatchObject({ status: 200, body: { guid: old.guid } });
    const again = { ...old, receivedAt: new Date(Date.parse(old.receivedAt) + 1000).toISOString() };
    expect(await world.send(hub, again)).toMatchObject({ status: 409, body: { payment_message_guid: old.guid } });
    expect((await world.status(hub, old.guid)).body['status']).toBe('Success');
  });

  it('are kept as long as a callback waits for a person, and nobody can decide about one that ended', async () => {
    const hub = await world.hub();
    world.receivers.script('initiator', 'pay-out', [400, 400]);
    const old = await aPayment(hub);
    world.time.advance(41 * DAY_MS);
    expect(await forget()).toBe(0);
    const [parked] = await world.rows<{ id: string }>("select id from delivery where state = 'PARKED'");
    const resolve = (key: string) =>
      ask(
        hub,
        `mutation { deliveryResolve(input: { deliveryId: "${parked?.id}", outcome: ABANDONED, reason: "told", idempotencyKey: "${key}" }) { errors { code } } }`,
      );
    expect(await resolve('one')).toEqual({ deliveryResolve: { errors: [] } });
    expect(await kept()).toEqual([old.guid]);
    expect(await forget(world.time.now())).toBe(0); // Not where nobody looks.
    expect(await forget()).toBe(1);
    expect(await resolve('two')).toEqual({ deliveryResolve: { errors: [{ code: 'DELIVERY_NOT_IN_REVIEW' }] } });
  });

  it('are more than one statement forgets', async () => {
    const hub = await world.hub();
    await aPayment(hub);
    await world.rows(
      `insert into payment_message (guid, pm_type, initiator_bank_guid, external_id, amount_minor, currency, debtor_account, creditor_account,
         purpose, accepted_at, body, body_sha256, sender_kid, received_at)
       select gen_random_uuid(), pm_type, initiator_bank_guid, external_id, amount_minor, currency, debtor_account, creditor_account,
         purpose, accepted_at + n * interval '1 millisecond', body, body_sha256, sender_kid, received_at
       from payment_message cross join generate_series(1, 1200) n`,
    );
    world.time.advance(41 * DAY_MS);
    expect(await forget()).toBe(1201);
    expect(await kept()).toEqual([]);
  });
});
