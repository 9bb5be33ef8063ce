import { setTimeout as pause } from 'node:timers/promises';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { type Hub, type Message, PaymentsWorld } from './support/payments-world.ts';
import type { Behaviour } from './support/receivers.ts';

let world: PaymentsWorld;
beforeAll(async () => {
  world = await PaymentsWorld.open();
});
afterAll(() => world.close());

const PROCESSES = 3;
const MESSAGES = 24;
const DISTURBANCES = 25;
const HASTY = { tryTimeoutMs: 300, sweepMs: 500 };
const BAD_ANSWERS: readonly Behaviour[] = [503, 408, 500, 'lose', 'hang', 400];

/** A number from 0 to 1 at each call, the same row of them for a seed. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

type Random = ReturnType<typeof seeded>;

/** The pace of a story, which its seed decides; nothing is expected of the world when it is over. */
const aWhile = (random: Random, fromMs: number, upToMs: number): Promise<void> => pause(fromMs + random() * (upToMs - fromMs));

/** Never undefined: the list is not empty. */
function oneOf<T>(list: readonly [T, ...T[]] | readonly T[], random: Random): T {
  return list[Math.floor(random() * list.length)] as T; // The line above.
}

/** Receivers that answer badly now and then, and well in the end. */
function scriptReceivers(random: Random): void {
  const answers = (badShare: number) => Array.from({ length: 300 }, () => (random() < badShare ? oneOf(BAD_ANSWERS, random) : 200));
  world.receivers.script('receiver', 'pay-in', answers(0.3));
  world.receivers.script('merchant', 'merchant-pay-in', answers(0.3));
  world.receivers.script('initiator', 'pay-out', answers(0.5));
  world.receivers.script('receiver', 'credit', answers(0.5));
}

/** Connections are cut, processes die and are replaced, leases end early, and orders gives claims up: all while payments go on. */
async function disturb(hubs: Hub[], messages: readonly Message[], random: Random): Promise<void> {
  const cut = `select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'payments-hub' and datname = current_database() and random() < 0.6`;
  for (let n = 0; n < DISTURBANCES; n++) {
    await aWhile(random, 20, 80);
    const kind = random();
    if (kind < 0.5) await world.rows(cut);
    else if (kind < 0.6) {
      hubs.shift()?.die();
      hubs.push(await world.hub({ settings: HASTY }));
    } else if (kind < 0.9) world.time.advance(random() < 0.2 ? 25_000 : random() * 3_000);
    else await world.claimOutcome(oneOf(hubs, random), oneOf(messages, random)).catch(() => undefined); // It met a cut; orders asks again.
  }
}

/** Sends as the edge does: once while the bank waits, then, without a clear answer, until it is taken. Gives what the bank was told. */
async function sendAsEdge(hubs: Hub[], message: Message, random: Random): Promise<'taken' | 'refused'> {
  await aWhile(random, 0, 1_500);
  const answer = await world.send(oneOf(hubs, random), message).catch(() => null);
  if (answer) return answer.status === 200 ? 'taken' : 'refused';
  for (;;) {
    await aWhile(random, 20, 120);
    const later = await world.send(oneOf(hubs, random), message, { mode: 'promised' }).catch(() => null);
    if (later) return 'taken';
  }
}

interface StoredDelivery {
  readonly id: string;
  readonly callback_type: string;
  readonly receiver_id: string;
  readonly attempts: number;
  readonly last_answer: string | null;
}

async function expectWholeStory(guid: string, state: string): Promise<void> {
  const events = await world.events(guid);
  expect(events.filter((type) => type === 'PaymentSucceeded' || type === 'PaymentRejected')).toHaveLength(state === 'TOMBSTONE' ? 0 : 1);
  const [stored] = await world.rows<{ event_version: number }>('select event_version from payment where guid = $1', guid);
  expect(stored?.event_version).toBe(events.length);
  const deliveries = await world.rows<StoredDelivery>('select * from delivery where payment_guid = $1 order by sequence', guid);
  const types = deliveries.map(({ callback_type: type }) => type);
  if (state === 'SUCCESS') expect(types).toEqual(['pay-in', 'merchant-pay-in', 'pay-out', 'credit']);
  if (state === 'REJECT') {
    const believers = deliveries.filter((one) => one.callback_type.endsWith('pay-in') && one.attempts > 0 && one.last_answer !== 'refused');
    const told = deliveries.filter((one) => one.callback_type === 'reject-notice').map((one) => one.receiver_id);
    expect(types.filter((type) => type === 'pay-out' || type === 'credit')).toEqual(['pay-out']);
    expect(told.sort()).toEqual(believers.map((one) => one.receiver_id).sort());
  }
  for (const { id, attempts } of deliveries) {
    const tries = await world.rows<{ attempt: number }>('select attempt from attempt where delivery_id = $1 and not stray order by 1', id);
    expect(tries.map(({ attempt }) => attempt)).toEqual(Array.from({ length: attempts }, (_, index) => index + 1));
  }
  const results = new Set(world.receivers.of('initiator', 'pay-out').flatMap((one) => (one.paymentGuid === guid ? [one.status] : [])));
  expect([...results]).toEqual(state === 'TOMBSTONE' ? [] : [state === 'SUCCESS' ? 'success' : 'reject']);
}

it.each([Date.now()])(
  'whatever is cut, dies or comes late, each payment has one story, and nobody was told another (seed %i)',
  { timeout: 180_000 },
  async (seed) => {
    const random = seeded(seed);
    scriptReceivers(random);
    const hubs = await Promise.all(Array.from({ length: PROCESSES }, () => world.hub({ settings: HASTY })));
    const messages = await Promise.all(Array.from({ length: MESSAGES }, () => world.message()));
    const [told] = await Promise.all([
      Promise.all(messages.map((message) => sendAsEdge(hubs, message, random))),
      disturb(hubs, messages, random),
    ]);
    await world.until(async () => (await world.rows("select 1 from delivery where state = 'WAITING'")).length === 0);

    const payments = await world.rows<{ guid: string; state: string }>('select guid, state from payment');
    const stateOf = new Map(payments.map(({ guid, state }) => [guid, state]));
    for (const [guid, state] of stateOf) await expectWholeStory(guid, state);
    for (const [index, { guid }] of messages.entries()) {
      if (told[index] === 'taken') expect(['SUCCESS', 'REJECT']).toContain(stateOf.get(guid));
      else expect([undefined, 'TOMBSTONE']).toContain(stateOf.get(guid));
    }
    const copies = Map.groupBy(world.receivers.received, ({ callbackGuid }) => callbackGuid);
    for (const same of copies.values()) expect(new Set(same.map(({ payloadToken }) => payloadToken)).size).toBe(1);
    await world.reset();
  },
);
