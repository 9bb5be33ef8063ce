import { setTimeout as pause } from 'node:timers/promises';

import type pg from 'pg';

import type { Database } from '../database.ts';
import type { Logger } from '../logger.ts';
import type { Bell } from './bell.ts';

const RECONNECT_MS = 1_000;

/** The NOTIFY channel on which relays say that a log grew. */
export function bellChannel(logName: string): string {
  return `event_log_${logName}`;
}

export interface BellBridge {
  start(): void;
  stop(): Promise<void>;
}

/**
 * Rings a bell of this process whenever a relay of another process announces new events of `logName`. Needs one connection.
 * While that is down nothing rings; readers find new events by their own poll, and everybody is called once after a reconnect.
 */
export function createBellBridge(options: {
  readonly database: Database;
  readonly logName: string;
  readonly bell: Bell;
  readonly logger: Logger;
  /** The relay of this process, which rings the bell itself. */
  readonly except: string;
}): BellBridge {
  const { database, logName, bell, logger, except } = options;
  const stopping = new AbortController();
  let client: pg.Client | undefined;
  let loop: Promise<void> | undefined;

  async function listen(): Promise<void> {
    const connection = database.newClient();
    client = connection;
    const ended = new Promise<void>((resolve) => {
      connection.once('end', resolve);
      connection.once('error', () => resolve());
    });
    connection.on('notification', ({ payload }) => {
      if (payload !== except) bell.ring();
    });
    // pg never settles a connect() that end() overtakes; the connection's end tells instead.
    await Promise.race([connection.connect(), ended]);
    if (stopping.signal.aborted) return;
    await connection.query(`listen ${bellChannel(logName)}`);
    bell.ring();
    await ended;
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await listen().catch((error: unknown) => logger.warn({ err: error, log: logName }, 'listening for new events failed'));
      await client?.end().catch(() => {}); // It is broken already; the next round makes another.
      await pause(RECONNECT_MS, undefined, { signal: stopping.signal }).catch(() => {}); // Aborted by stop().
    }
  }

  return {
    start() {
      loop ??= run();
    },
    async stop() {
      stopping.abort();
      await client?.end().catch(() => {}); // Ends the wait in listen().
      await loop;
    },
  };
}
