import { randomUUID } from 'node:crypto';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { KILL_POINTS, type KillPoint } from '../../subgraphs/payments/app/kill-points.ts';
import { waitFor } from '../support/wait-for.ts';
import { type Hub, type Message, PaymentsWorld } from './support/payments-world.ts';

let world: PaymentsWorld;
beforeAll(async () => {
  world = await PaymentsWorld.open();
});
afterEach(() => world.reset());
afterAll(() => world.close());

const NEVER = new Promise<never>(() => {});

/** A process that dies the first time it comes to the point. */
async function doomedHub(point: KillPoint): Promise<{ hub: Hub; dead: Promise<void> }> {
  const { promise: dead, resolve } = Promise.withResolvers<void>();
  let alive = true;
  const hub: Hub = await world.hub({
    kill: (reached) => {
      if (!alive) return NEVER;
      if (reached !== point) return undefined;
      alive = false;
      hub.die();
      resolve();
      return NEVER;
    },
  });
  return { hub, dead };
}

/** What brings a process to a kill point, and what must have come of it in the end. */
interface Ending {
  readonly state: string;
  readonly story: readonly string[];
  prepare?(): void;
  /** The first process; the edge sends a message again as promised when it got no answer. */
  begin(hub: Hub, message: Message): Promise<unknown>;
}

const SUCCESS: Ending = {
  state: 'SUCCESS',
  story: ['initiator pay-out success', 'merchant merchant-pay-in success', 'receiver credit success', 'receiver pay-in success'],
  begin: (hub, message) => world.send(hub, message),
};
const REFUSED_BY_MERCHANT: Ending = {
  state: 'REJECT',
  story: ['initiator pay-out reject', 'merchant merchant-pay-in success', 'receiver pay-in success', 'receiver reject-notice reject'],
  prepare: () => world.receivers.script('merchant', 'merchant-pay-in', [], 400),
  begin: (hub, message) => world.send(hub, message),
};
const REFUSED_PROMISE: Ending = {
  state: 'REJECT',
  story: ['initiator pay-out reject'],
  prepare: () => (world.orders.refusal = 'AMOUNT_MISMATCH'),
  begin: (hub, message) => world.send(hub, message, { mode: 'promised' }),
};
const ABANDONED: Ending = {
  state: 'REJECT',
  story: ['initiator pay-out reject'],
  begin: (hub, message) => world.claimOutcome(hub, message),
};

const ENDINGS: Record<KillPoint, Ending> = {
  'after-claim-before-pending': SUCCESS,
  'after-accept-commit-before-answer': SUCCESS,
  'after-refusal-commit-before-answer': REFUSED_PROMISE,
  'before-send': SUCCESS,
  'after-send-before-record': SUCCESS,
  'after-step-commit-before-next': SUCCESS,
  'after-point-of-no-return-commit': SUCCESS,
  'after-reject-commit': REFUSED_BY_MERCHANT,
  'after-tombstone': ABANDONED,
};

describe('a process that dies', () => {
  it.each(KILL_POINTS)('%s: another finishes the payment, and nothing is lost, doubled or changed', async (point) => {
    const ending = ENDINGS[point];
    ending.prepare?.();
    const { hub, dead } = await doomedHub(point);
    const message = await world.message();
    void ending.begin(hub, message); // The process dies in the middle of it, or before it could answer.
    await dead;

    const next = await world.hub();
    expect(await world.send(next, message, { mode: 'promised' })).toEqual({ status: 200, body: { guid: message.guid } });
    await world.untilSettled(message.guid);
    expect(await world.rows('select state from payment')).toEqual([{ state: ending.state }]);
    expect([...new Set(world.receivers.story())].sort()).toEqual(ending.story);
    const byGuid = Map.groupBy(world.receivers.received, ({ callbackGuid }) => callbackGuid);
    expect(byGuid.size).toBe(ending.story.length);
    for (const copies of byGuid.values()) expect(new Set(copies.map(({ payloadToken }) => payloadToken)).size).toBe(1);
    const events = await world.events(message.guid);
    expect(events.filter((type) => type === 'PaymentSucceeded' || type === 'PaymentRejected')).toHaveLength(1);
  });
});

describe('leases', () => {
  it('a result that comes after the lease has passed on is a stray attempt and changes nothing', async () => {
    const gate = Promise.withResolvers<void>();
    let held = 0;
    const slow = await world.hub({
      kill: (point) => (point === 'after-send-before-record' && (held += 1) === 1 ? gate.promise : undefined),
    });
    world.receivers.script('receiver', 'pay-in', [400]);
    const message = await world.message();
    await world.send(slow, message);
    await waitFor(() => held === 1); // It has the refusal in its hand.
    await world.hub();
    world.time.advance(21_000);
    await world.untilSettled(message.guid);
    expect(await world.state(message.guid)).toBe('SUCCESS');
    gate.resolve();
    await waitFor(async () => (await world.rows('select 1 from attempt where stray')).length === 1);
    expect(await world.state(message.guid)).toBe('SUCCESS');
    expect(await world.rows('select attempt, answer from attempt where stray')).toEqual([{ attempt: 1, answer: 'refused' }]);
    expect(await world.deliveries(message.guid)).toEqual(['pay-in: DONE', 'merchant-pay-in: DONE', 'pay-out: DONE', 'credit: DONE']);
  });

  it('a lease that passes on while the result is being saved keeps the result out as well', async () => {
    const gate = Promise.withResolvers<void>();
    let held = 0;
    const slow = await world.hub({
      kill: (point) => (point === 'after-send-before-record' && (held += 1) === 1 ? gate.promise : undefined),
    });
    world.receivers.script('receiver', 'pay-in', [400]);
    const message = await world.message();
    await world.send(slow, message);
    await waitFor(() => held === 1); // It has the refusal in its hand.
    const lease = randomUUID();
    await world.database.transaction(async (other) => {
      // What another process does to a lease that has ended, not committed yet.
      await other.query("update delivery set lease_token = $1, due_at = due_at + interval '20 s'", [lease]);
      gate.resolve();
      await waitFor(async () => (await world.rows("select 1 from pg_stat_activity where wait_event_type = 'Lock'")).length === 1);
    });
    await waitFor(async () => (await world.rows('select 1 from attempt where stray')).length === 1);
    expect(await world.rows('select state, attempts, lease_token from delivery')).toEqual([
      { state: 'WAITING', attempts: 0, lease_token: lease },
    ]);
    await world.untilSettled(message.guid);
    expect(await world.state(message.guid)).toBe('SUCCESS');
  });

  it('several processes share what is due, and each delivery goes to one of them', async () => {
    world.receivers.script(
      'receiver',
      'pay-in',
      Array.from({ length: 40 }, () => 503),
    );
    const first = await world.hub();
    const messages = await Promise.all(Array.from({ length: 40 }, () => world.message()));
    await Promise.all(messages.map((message) => world.send(first, message)));
    await waitFor(() => world.receivers.of('receiver', 'pay-in').length === 40);
    await first.stop();
    await Promise.all([world.hub(), world.hub(), world.hub()]);
    await world.until(async () => (await world.rows("select 1 from delivery where state = 'WAITING'")).length === 0);
    expect(await world.rows("select 1 from payment where state = 'SUCCESS'")).toHaveLength(40);
    expect(world.receivers.of('receiver', 'pay-in')).toHaveLength(80);
    expect(world.receivers.received).toHaveLength(200);
  });

  it('a process that stops gracefully leaves nothing half done, and the next one goes on', async () => {
    world.receivers.script('merchant', 'merchant-pay-in', [503]);
    const first = await world.hub();
    const message = await world.message();
    await world.send(first, message);
    await waitFor(() => world.receivers.of('merchant', 'merchant-pay-in').length === 1);
    await first.stop();
    await world.hub();
    await world.untilSettled(message.guid);
    expect(world.receivers.received).toHaveLength(5);
    expect(await world.rows('select 1 from attempt')).toHaveLength(5);
  });
});

describe('a receiver that does not answer', () => {
  it('has at most 16 callbacks open, and slows nobody else', async () => {
    world.receivers.script('merchant', 'merchant-pay-in', [], 'hang');
    const hub = await world.hub();
    for (let sent = 0; sent < 40; sent++) await world.send(hub, await world.message());
    await waitFor(() => world.receivers.of('merchant', 'merchant-pay-in').length === 16);
    await waitFor(() => world.receivers.of('receiver', 'pay-in').length === 40);
    await world.send(hub, await world.message());
    await waitFor(() => world.receivers.of('receiver', 'pay-in').length === 41);
    expect(world.receivers.openMax.get('merchant')).toBe(16);
    hub.die();
  });
});

describe('a receiver that is slower than its callbacks come', () => {
  it('gets retries that are due between the first tries of new payments', async () => {
    const held: (() => void)[] = [];
    let holding = false;
    const hold = (): Promise<void> => new Promise((resolve) => held.push(resolve));
    const hub = await world.hub({ kill: (point) => (point === 'after-send-before-record' && holding ? hold() : undefined) });
    world.receivers.script('receiver', 'pay-in', [503]);
    const first = await world.message();
    await world.send(hub, first);
    await waitFor(async () => (await world.rows("select 1 from delivery where attempts = 1 and state = 'WAITING'")).length === 1);
    holding = true;
    for (let sent = 0; sent < 40; sent++) await world.send(hub, await world.message());
    await waitFor(() => world.receivers.of('receiver', 'pay-in').length === 17);
    world.time.advance(1_000);
    await waitFor(async () => (await world.rows('select 1 from delivery where attempts = 1 and lease_token is not null')).length === 1);
    // One place after the other: the retry, whose lease is seen here before its payment is read there, is in its queue by then.
    for (let more = 1; more <= 5; more++) {
      held.shift()?.();
      await waitFor(() => world.receivers.of('receiver', 'pay-in').length === 17 + more);
    }
    holding = false;
    for (const release of held) release();
    await waitFor(() => world.receivers.of('receiver', 'pay-in').length === 42);
    const places = world.receivers
      .of('receiver', 'pay-in')
      .flatMap(({ paymentGuid }, place) => (paymentGuid === first.guid ? [place] : []));
    expect(places).toEqual([0, expect.toSatisfy((place: number) => place < 22)]);
  });
});

describe('a process that starts before it has a directory', () => {
  it('makes no try, because nobody has an address yet, and begins when it knows the participants', async () => {
    world.receivers.script('receiver', 'pay-in', [503]);
    const first = await world.hub();
    const message = await world.message();
    await world.send(first, message);
    await waitFor(async () => (await world.rows("select 1 from delivery where attempts = 1 and state = 'WAITING'")).length === 1);
    await first.stop();
    const { version, banks } = world.directory;
    Object.assign(world.directory, { version: 0, banks: [] });
    await world.hub();
    const tried = async () => (await world.rows('select 1 from attempt')).length > 1;
    await expect(world.time.until(tried, { limitMs: 60_000 })).rejects.toThrow('not so');
    Object.assign(world.directory, { version, banks });
    await world.untilSettled(message.guid);
    expect(await world.state(message.guid)).toBe('SUCCESS');
    expect(await world.rows("select 1 from attempt where error = 'NO_ADDRESS'")).toEqual([]);
  });
});

describe('a database that goes away', () => {
  const takenAsPromised = (hub: Hub, message: Message): Promise<boolean> =>
    world.send(hub, message, { mode: 'promised' }).then(
      ({ status }) => status === 200,
      () => false,
    );

  it('between an answer and its record costs at most the callback again: nothing is lost and nothing is decided twice', async () => {
    let cuts = 3;
    const hub = await world.hub({
      kill: async (point) => {
        if (point !== 'after-send-before-record' || cuts === 0) return;
        cuts -= 1;
        await world.rows(
          "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'payments-hub' and datname = current_database()",
        );
      },
    });
    const messages = await Promise.all(Array.from({ length: 8 }, () => world.message()));
    const answers = await Promise.allSettled(messages.map((message) => world.send(hub, message)));
    for (const [index, message] of messages.entries()) {
      if (answers[index]?.status === 'rejected') await waitFor(() => takenAsPromised(hub, message)); // It may meet the next cut.
    }
    await world.until(async () => (await Promise.all(messages.map(({ guid }) => world.settled(guid)))).every(Boolean));
    expect(await world.rows("select 1 from payment where state = 'SUCCESS'")).toHaveLength(8);
    for (const { guid } of messages) {
      expect(new Set(world.receivers.story(guid)).size).toBe(4);
      expect((await world.events(guid)).filter((type) => type === 'PaymentSucceeded')).toHaveLength(1);
    }
  });
});
