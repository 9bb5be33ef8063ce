import { pino } from 'pino';

import { createDatabase, type Database } from '../../../../kernel/runtime/database.ts';
import { type Bell, createBell } from '../../../../kernel/runtime/event-log/bell.ts';
import { eventLogTrace } from '../../../../kernel/runtime/event-log/event-log-trace.sql.ts';
import { EVENT_LOG_UPKEEP, eventLogMigrationSql } from '../../../../kernel/runtime/event-log/event-log.sql.ts';
import { insertEvents, type OutboxEvent } from '../../../../kernel/runtime/event-log/outbox.ts';
import { migrate } from '../../../../kernel/runtime/migrations.ts';
import { testDatabase } from '../../../support/postgres.ts';

export const LOG_NAME = 'orders';

export const silentLogger = pino({ level: 'silent' });

/** A database with one empty log in the schema `orders`, and what a test needs to write to it. */
export interface TestLog {
  readonly database: Database;
  readonly bell: Bell;
  /** Another process's connections to the same log. */
  anotherDatabase(applicationName: string): Database;
  publish(...events: readonly OutboxEvent[]): Promise<void>;
  /** Numbers everything that waits, as a relay would. */
  number(): Promise<void>;
  drop(): Promise<void>;
}

export async function aLog(moreSql = ''): Promise<TestLog> {
  const server = await testDatabase();
  const open: Database[] = [];
  const connect = (applicationName: string) => {
    const database = createDatabase({ url: server.url, schema: 'orders', applicationName });
    open.push(database);
    return database;
  };
  const database = connect('test');
  const initial = { name: '0001-initial', sql: eventLogMigrationSql(LOG_NAME) + moreSql };
  await migrate(database, [initial, EVENT_LOG_UPKEEP, eventLogTrace(LOG_NAME)]);
  return {
    database,
    bell: createBell(),
    anotherDatabase: connect,
    publish: (...events) => database.transaction((client) => insertEvents(client, events)),
    number: async () => {
      await database.pool.query('select number_events(100000)');
    },
    async drop() {
      for (const each of open) await each.close();
      await server.drop();
    },
  };
}

/** One version of one subject; a test names only what it is about. */
export function anEvent(event: Partial<OutboxEvent> = {}): OutboxEvent {
  return {
    audience: ['merchant'],
    subject: 'order-1',
    version: 1,
    type: 'OrderCreated',
    payload: {},
    at: new Date('2026-01-01T10:00:00.123Z'),
    ...event,
  };
}
