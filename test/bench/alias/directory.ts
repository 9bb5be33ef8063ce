import { randomUUID } from 'node:crypto';

import { Client } from 'pg';
import { pino } from 'pino';

import { wallClock } from '../../../kernel/runtime/clock.ts';
import { createLocalCommandClient } from '../../../kernel/runtime/command.ts';
import { createCommitQueue } from '../../../kernel/runtime/commit-queue.ts';
import { createDatabase } from '../../../kernel/runtime/database.ts';
import { createIdSource } from '../../../kernel/runtime/id-source.ts';
import { migrate } from '../../../kernel/runtime/migrations.ts';
import { findAlias } from '../../../schema/commands/aliases.ts';
import { aliasCommands } from '../../../subgraphs/aliases/ingress/commands.ts';
import { createAliasTransaction } from '../../../subgraphs/aliases/store/alias.store.ts';
import { createLookUps } from '../../../subgraphs/aliases/store/look-up.store.ts';
import { aliasMigrations } from '../../../subgraphs/aliases/store/migrations/all-migrations.ts';
import { ibanOf } from '../../../sandbox/world.ts';

/** A directory of its own with so many numbers, asked as payments asks it, and by a bare SELECT over the same pool. */
export interface Directory {
  readonly size: number;
  readonly lookUp: () => Promise<void>;
  /** One indexed SELECT, over the pool as any program would do it. */
  readonly bareSelect: () => Promise<void>;
  /** The same, many in one round trip, over the queue that look-ups go through. */
  readonly queuedSelect: () => Promise<void>;
  close(): Promise<void>;
}

/** Nobody is stopped: what is measured is the look-up with its charge. */
const LIMIT = { capacity: 1_000_000_000, refillPerMinute: 1_000_000 };
const BANKS = Array.from({ length: 20 }, () => randomUUID());
const ACCOUNTS_PER_BANK = 500;
const BANK_CODE = '980101';
const FILL_BATCH = 50_000;
const SELECT = { name: 'bare-select', text: 'select iban, bank_guid from alias where phone = $1' };

export async function openDirectory(serverUrl: string, size: number): Promise<Directory> {
  const database = createDatabase({
    url: await newDatabase(serverUrl, `directory_${size}`),
    schema: 'aliases',
    applicationName: 'bench-alias',
  });
  await migrate(database, aliasMigrations);
  for (let from = 1; from <= size; from += FILL_BATCH) {
    await database.pool.query(
      `insert into alias (id, phone, version, iban, bank_guid, created_at, updated_at)
       select gen_random_uuid(), '+380' || lpad((n * 7919 % 999999937)::text, 9, '0'), 1, $3, $4, now(), now() from generate_series($1::bigint, $2::bigint) n`,
      [from, Math.min(size, from + FILL_BATCH - 1), ibanOf(BANK_CODE, '1'), BANKS[0]],
    );
  }
  await database.pool.query('vacuum analyze alias');
  const logger = pino({ level: 'error' });
  const commits = createCommitQueue({ database, logger });
  const ids = createIdSource(wallClock);
  const client = createLocalCommandClient(
    aliasCommands({
      lookUps: createLookUps({ database, commits, limits: { bank: LIMIT, account: LIMIT } }),
      clock: wallClock,
      observe: () => {},
      transaction: createAliasTransaction(database),
      ids,
      issuer: 'bench',
      sign: (payload) => Promise.resolve(payload),
    }),
  );
  let asked = 0;
  const phone = (): string => `+380${String((BigInt((asked++ % size) + 1) * 7919n) % 999_999_937n).padStart(9, '0')}`;
  return {
    size,
    async lookUp() {
      const bankGuid = BANKS[asked % BANKS.length] ?? '';
      const debtorAccount = `UA-${asked % ACCOUNTS_PER_BANK}`;
      const { account } = await client(findAlias, { phone: phone(), askedBy: { bankGuid, debtorAccount } });
      if (!account) throw new Error('a number of the directory was not found');
    },
    async bareSelect() {
      const { rowCount } = await database.pool.query({ ...SELECT, values: [phone()] });
      if (rowCount !== 1) throw new Error('a number of the directory was not found');
    },
    async queuedSelect() {
      const { rowCount } = await commits.run({ ...SELECT, values: [phone()] });
      if (rowCount !== 1) throw new Error('a number of the directory was not found');
    },
    async close() {
      await commits.close();
      await database.close();
    },
  };
}

async function newDatabase(serverUrl: string, name: string): Promise<string> {
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** What came of one stretch of work: how much of it, and how long each took. Milliseconds. */
export interface Stretch {
  readonly perSecond: number;
  readonly latencies: readonly number[];
}

/** Keeps so many in flight for so long. */
export async function stretch(work: () => Promise<void>, o: { readonly inFlight: number; readonly seconds: number }): Promise<Stretch> {
  const startedAt = performance.now();
  const until = startedAt + o.seconds * 1_000;
  const latencies: number[] = [];
  const worker = async (): Promise<void> => {
    while (performance.now() < until) {
      const at = performance.now();
      await work();
      latencies.push(performance.now() - at);
    }
  };
  await Promise.all(Array.from({ length: o.inFlight }, worker));
  return { perSecond: latencies.length / ((performance.now() - startedAt) / 1_000), latencies };
}
