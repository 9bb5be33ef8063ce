import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { Database } from '../../../kernel/runtime/database.ts';
import { createConsumer, type Consumer, type ConsumerOptions } from '../../../kernel/runtime/event-log/consumer.ts';
import { createFeed, type LoggedEvent } from '../../../kernel/runtime/event-log/feed.ts';
import { waitFor } from '../../support/wait-for.ts';
import { aLog, anEvent, LOG_NAME, silentLogger, type TestLog } from './support/a-log.ts';

let log: TestLog;
let consumers: Consumer[];

beforeEach(async () => {
  log = await aLog('create table effect (pos bigint not null, subject text not null, version int not null)');
  consumers = [];
});
afterEach(async () => {
  await Promise.all(consumers.map((consumer) => consumer.stop()));
  await log.drop();
});

/** A consumer that writes down what it handled; `check` may throw before it does. */
function aConsumer(
  check: (events: readonly LoggedEvent[]) => void | Promise<void> = () => {},
  database: Database = log.database,
  reading: Partial<Pick<ConsumerOptions, 'feed' | 'concerns'>> = {},
): Consumer {
  const consumer = createConsumer({
    publisher: LOG_NAME,
    feed: createFeed({ database, logName: LOG_NAME }),
    ...reading,
    bell: log.bell,
    database,
    logger: silentLogger,
    async handle(client, events) {
      for (const event of events) {
        await client.query('insert into effect values ($1, $2, $3)', [event.position, event.subject, event.version]);
      }
      await check(events);
    },
  });
  consumers.push(consumer);
  return consumer;
}

async function effects(): Promise<readonly string[]> {
  const { rows } = await log.database.pool.query<{ subject: string; version: number }>('select subject, version from effect order by pos');
  return rows.map((row) => `${row.subject} ${row.version}`);
}

async function position(): Promise<bigint | undefined> {
  const { rows } = await log.database.pool.query<{ pos: bigint }>('select pos from inbox_position');
  return rows[0]?.pos;
}

async function parked(): Promise<readonly string[]> {
  const { rows } = await log.database.pool.query<{ subject: string; version: number }>(
    'select subject, version from parked_event order by pos',
  );
  return rows.map((row) => `${row.subject} ${row.version}`);
}

const versionsOf = (subject: string, ...versions: number[]) => versions.map((version) => anEvent({ subject, version }));

describe('a consumer', () => {
  test('handles what was published before it started and what comes later', async () => {
    await log.publish(...versionsOf('a', 1, 2));
    await log.number();
    await aConsumer().start();
    await waitFor(async () => (await position()) === 2n);
    await log.publish(...versionsOf('b', 1));
    await log.number();
    log.bell.ring();
    await waitFor(async () => (await position()) === 3n);
    expect(await effects()).toEqual(['a 1', 'a 2', 'b 1']);
  });

  test('lets each event take effect once, however many compete and however often one is killed in mid-transaction', async () => {
    const [rounds, eventsEach] = [20, 20];
    let batches = 0;
    let kills = 0;
    const aVictim = (applicationName: string) =>
      aConsumer(async () => {
        batches += 1;
        if (batches % 4 !== 0) return;
        kills += 1;
        await log.database.pool.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [
          applicationName,
        ]);
      }, log.anotherDatabase(applicationName)).start();
    await Promise.all(['one', 'two', 'three'].map(aVictim));
    for (let round = 1; round <= rounds; round++) {
      await log.publish(...Array.from({ length: eventsEach }, (_, index) => anEvent({ subject: `s${round}-${index}` })));
      await log.number();
      log.bell.ring();
      await waitFor(async () => (await position()) === BigInt(round * eventsEach));
    }
    expect(kills).toBeGreaterThanOrEqual(rounds / 4);
    const { rows } = await log.database.pool.query('select count(*) as effects, count(distinct pos) as events from effect');
    expect(rows).toEqual([{ effects: BigInt(rounds * eventsEach), events: BigInt(rounds * eventsEach) }]);
  });

  test('parks a poisoned event with its subject, and lets neighbours pass', async () => {
    await log.publish(...versionsOf('good', 1), ...versionsOf('bad', 1, 2), ...versionsOf('good', 2));
    await log.number();
    await aConsumer((events) => poisonOn(events, 'bad', 1)).start();
    await waitFor(async () => (await position()) === 4n);
    expect(await effects()).toEqual(['good 1', 'good 2']);
    expect(await parked()).toEqual(['bad 1', 'bad 2']);
  });

  test('parks later events of a parked subject too, so that its order is kept', async () => {
    await log.publish(...versionsOf('bad', 1));
    await log.number();
    await aConsumer((events) => poisonOn(events, 'bad', 1)).start();
    await waitFor(async () => (await parked()).length === 1);
    await log.publish(...versionsOf('bad', 2), ...versionsOf('good', 1));
    await log.number();
    log.bell.ring();
    await waitFor(async () => (await position()) === 3n);
    expect(await effects()).toEqual(['good 1']);
    expect(await parked()).toEqual(['bad 1', 'bad 2']);
  });

  test('handles parked events again in order when asked, and the subject flows again', async () => {
    let broken = true;
    await log.publish(...versionsOf('bad', 1, 2, 3));
    await log.number();
    const consumer = aConsumer((events) => (broken ? poisonOn(events, 'bad', 2) : undefined));
    await consumer.start();
    await waitFor(async () => (await position()) === 3n);
    expect(await effects()).toEqual(['bad 1']);

    expect(await consumer.retryParked()).toBe(0);
    expect(await parked()).toEqual(['bad 2', 'bad 3']);

    broken = false;
    expect(await consumer.retryParked('bad')).toBe(2);
    await log.publish(...versionsOf('bad', 4));
    await log.number();
    log.bell.ring();
    await waitFor(async () => (await position()) === 4n);
    expect(await effects()).toEqual(['bad 1', 'bad 2', 'bad 3', 'bad 4']);
  });

  test('handles parked events again when it starts: the code that could not may be a newer one now', async () => {
    await log.publish(...versionsOf('bad', 1, 2));
    await log.number();
    const broken = aConsumer((events) => poisonOn(events, 'bad', 1));
    await broken.start();
    await waitFor(async () => (await parked()).length === 2);
    await broken.stop();
    await aConsumer().start();
    await waitFor(async () => (await parked()).length === 0);
    expect(await effects()).toEqual(['bad 1', 'bad 2']);
  });

  test('passes what does not concern it without a transaction, and is right about its place with the next event that does', async () => {
    const read: bigint[] = [];
    const feed = createFeed({ database: log.database, logName: LOG_NAME });
    const reading = {
      feed: {
        read(request: Parameters<typeof feed.read>[0]) {
          read.push(request.after);
          return feed.read(request);
        },
      },
      concerns: ({ subject }: LoggedEvent) => subject !== 'foreign',
    };
    await aConsumer(undefined, undefined, reading).start();
    await log.publish(...versionsOf('foreign', 1, 2));
    await log.number();
    log.bell.ring();
    await waitFor(() => Promise.resolve(read.includes(2n)));
    expect(await position()).toBe(0n);
    await log.publish(...versionsOf('foreign', 3), ...versionsOf('mine', 1), ...versionsOf('foreign', 4));
    await log.number();
    log.bell.ring();
    await waitFor(async () => (await position()) === 5n);
    expect(await effects()).toEqual(['mine 1']);
  });

  test('writes its place down now and then where nothing concerns it', async () => {
    const foreign = 1_001;
    await aConsumer(undefined, undefined, { concerns: () => false }).start();
    await log.publish(...Array.from({ length: foreign }, (_, index) => anEvent({ subject: `s${index}` })));
    await log.number();
    log.bell.ring();
    await waitFor(async () => ((await position()) ?? 0n) >= 1_000n);
    expect(await effects()).toEqual([]);
  });

  test('parks nothing while the database is at fault', async () => {
    await log.publish(...versionsOf('a', 1));
    await log.number();
    let away = true;
    let tries = 0;
    await aConsumer(async () => {
      tries += 1;
      if (away) throw Object.assign(new Error('the server is going down'), { code: '57P01' });
    }).start();
    await waitFor(() => tries > 1);
    expect(await parked()).toEqual([]);
    away = false;
    await waitFor(async () => (await position()) === 1n);
  });

  test('refuses to skip what a log no longer keeps', async () => {
    await log.publish(...versionsOf('a', 1, 2));
    await log.number();
    await log.database.pool.query('update log_head set floor = 1');
    let handled = 0;
    await aConsumer(() => void (handled += 1)).start();
    const page = await createFeed({ database: log.database, logName: LOG_NAME }).read({ after: 0n, limit: 10 });
    expect(page).toEqual({ floor: 1n, head: 2n, events: [] });
    expect(handled).toBe(0);
    expect(await position()).toBe(0n);
  });
});

function poisonOn(events: readonly LoggedEvent[], subject: string, version: number): void {
  if (events.some((event) => event.subject === subject && event.version === version)) throw new Error('this cannot be handled');
}
