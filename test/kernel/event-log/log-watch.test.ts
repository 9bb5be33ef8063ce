import { afterEach, beforeEach, expect, test } from 'vitest';

import { createConsumer } from '../../../kernel/runtime/event-log/consumer.ts';
import { createFeed } from '../../../kernel/runtime/event-log/feed.ts';
import { createLogWatch } from '../../../kernel/runtime/event-log/log-watch.ts';
import { createMetrics } from '../../../kernel/runtime/metrics.ts';
import { waitFor } from '../../support/wait-for.ts';
import { aLog, anEvent, LOG_NAME, silentLogger, type TestLog } from './support/a-log.ts';

let log: TestLog;
beforeEach(async () => {
  log = await aLog();
});
afterEach(() => log.drop());

test('says how long the oldest event waits to be numbered, and how many are parked', async () => {
  let now = 0;
  const metrics = createMetrics({ processMetrics: false });
  const watch = createLogWatch({ ...log, logName: LOG_NAME, metrics, logger: silentLogger, nowMs: () => now });
  const lines = async () => {
    await watch.look();
    return (await metrics.expose()).text.split('\n').filter((line) => /^(event_outbox|parked)/.test(line));
  };
  expect(await lines()).toEqual([`event_outbox_age_seconds{log="orders"} 0`]);

  await log.publish(anEvent({ version: 1 }), anEvent({ version: 2 }));
  expect(await lines()).toEqual([`event_outbox_age_seconds{log="orders"} 0`]);
  now += 90_000;
  expect(await lines()).toEqual([`event_outbox_age_seconds{log="orders"} 90`]);
  await log.number();

  const consumer = createConsumer({
    publisher: LOG_NAME,
    feed: createFeed({ database: log.database, logName: LOG_NAME }),
    bell: log.bell,
    database: log.database,
    logger: silentLogger,
    handle: () => Promise.reject(new Error('this cannot be handled')),
  });
  await consumer.start();
  await waitFor(async () => (await log.database.pool.query('select 1 from parked_event')).rowCount === 2);
  await consumer.stop();
  expect(await lines()).toEqual([`event_outbox_age_seconds{log="orders"} 0`, `parked_events{log="orders",publisher="orders"} 2`]);
});
