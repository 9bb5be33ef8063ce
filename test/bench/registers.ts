import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { addBusinessDays, type BusinessDay } from '../../kernel/core/time.ts';
import { createDatabase, type Database } from '../../kernel/runtime/database.ts';
import { eventLogTrace } from '../../kernel/runtime/event-log/event-log-trace.sql.ts';
import { EVENT_LOG_UPKEEP } from '../../kernel/runtime/event-log/event-log.sql.ts';
import { createLogger } from '../../kernel/runtime/logger.ts';
import { migrate } from '../../kernel/runtime/migrations.ts';
import { startPostgres } from '../../kernel/runtime/postgres/launcher.ts';
import { loadSecrets } from '../../kernel/runtime/secrets.ts';
import { createHubSigner } from '../../kernel/runtime/signing.ts';
import { sealRegisters } from '../../subgraphs/settlement/app/seal-registers.ts';
import { announceRegisters } from '../../subgraphs/settlement/app/announce-registers.ts';
import { NO_KILLS } from '../../subgraphs/settlement/app/kill-points.ts';
import { makeRegisters, type Participants } from '../../subgraphs/settlement/app/make-registers.ts';
import { createDayStore } from '../../subgraphs/settlement/store/days.store.ts';
import { initial } from '../../subgraphs/settlement/store/migrations/0001-initial.ts';
import { registers } from '../../subgraphs/settlement/store/migrations/0002-registers.ts';
import { registerSeals } from '../../subgraphs/settlement/store/migrations/0003-register-seals.ts';
import { createRegisterAnnouncer, createRegisterMaker } from '../../subgraphs/settlement/store/register-making.store.ts';
import { createSealStore } from '../../subgraphs/settlement/store/seals.store.ts';
import { createRegisterReads } from '../../subgraphs/settlement/store/register.reads.ts';
import { median, percentile, printFigure, progress } from './figure.ts';
import { memoryBytesOfTree } from './process-cpu.ts';

// Making the registers of a day, beside one GROUP BY over the same rows in the same run; what it costs a payment at three sizes; a page of a register.

const BANKS = 20;
const SIZES = [10_000, 100_000, 1_000_000];
const FIRST_DAY: BusinessDay = '2026-03-01';
const REPEATS = 5;
const PAGES = 500;
const PAGE_ROWS = 100;
const INSERT_BATCH = 50_000;
const MEMORY_LOOK_MS = 20;

const guids = Array.from({ length: BANKS }, (_, n) => `01890000-0000-7000-8000-${String(n).padStart(12, '0')}`);
const participants = {
  bankByGuid: (guid: string) => ({
    guid,
    name: `Bank ${guids.indexOf(guid)}`,
    bic: String(300_000 + guids.indexOf(guid)),
    taxCode: '90000000',
    chargingAccount: `UA${String(guids.indexOf(guid)).padStart(27, '0')}`,
  }),
} as unknown as Participants; // What registers print of a bank is all that is asked for.

const INSERT = `
insert into ledger_transaction (id, sequence, kind, payment_guid, pm_type, debtor_bank, creditor_bank, amount_minor, currency, business_day, succeeded_at,
  booked_at, fee_minor, fee_rate, external_id, debtor_account, creditor_account, purpose, previous_hash, hash)
select gen_random_uuid(), $1::bigint + n + 1, 'PAYMENT', gen_random_uuid(), 'trade', ($4::uuid[])[1 + n % 20], ($4::uuid[])[1 + (n / 20) % 20],
  100 + n % 1000000, 'UAH', $5::date, $5::date + interval '12 hours', now(), n % 50, 2500, 'ext-' || n, 'UA000000000000000000000000001',
  'UA000000000000000000000000002', 'Оплата замовлення ' || n, sha256(n::text::bytea), sha256((n + 1)::text::bytea)
from generate_series($2::int, $3::int) as n`;

const GROUP_BY = `
select debtor_bank, creditor_bank, currency, sum(amount_minor), sum(fee_minor), count(*) from ledger_transaction
where kind = 'PAYMENT' and business_day = $1 group by 1, 2, 3`;

const folder = await mkdtemp(join(tmpdir(), 'dcm-bench-'));
const logger = createLogger({ level: 'error', name: 'bench' });
const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), durable: true, logger });
const database = createDatabase({ url: postgres.url, schema: 'settlement', applicationName: 'bench' });
try {
  await migrate(database, [initial, EVENT_LOG_UPKEEP, eventLogTrace('settlement'), registers, registerSeals]);
  await run();
} finally {
  await database.close();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
}
process.exit();

async function run(): Promise<void> {
  const days = SIZES.map((size, n) => ({ size, day: addBusinessDays(FIRST_DAY, n) }));
  for (const { size, day } of days) await insertPayments(day, size);
  await database.pool.query('vacuum analyze ledger_transaction');
  const perPayment: number[] = [];
  const empty = await measureEmptyDay(addBusinessDays(FIRST_DAY, SIZES.length));
  for (const { size, day } of days) perPayment.push((await measure(day, size)) - empty / size);
  const [, middle = 0, large = 0] = perPayment;
  printFigure({
    name: 'registers.cost-growth',
    value: large / middle,
    unit: 'cost of a payment at 1,000,000, without what 400 registers cost in any case',
    against: 'the same at 100,000',
    ratio: large / middle,
  });
  const largest = days.at(-1);
  if (!largest) return;
  await measurePages(largest.day);
  await measureSealing();
  await measureAnnouncement();
}

/** As booking leaves them, but for the entries and the chain, which registers do not read. */
async function insertPayments(day: BusinessDay, count: number): Promise<void> {
  progress(`inserting ${count} payments of ${day}`);
  const { rows } = await database.pool.query<{ last: bigint }>('select coalesce(max(sequence), 0) as last from ledger_transaction');
  const before = rows[0]?.last ?? 0n;
  for (let from = 0; from < count; from += INSERT_BATCH) {
    await database.pool.query(INSERT, [before, from, Math.min(count, from + INSERT_BATCH) - 1, guids, day]);
  }
  await database.pool.query("insert into business_day (day, state, closed_at, missing) values ($1, 'CLOSED', now(), 0)", [day]);
}

/** What the registers of all pairs cost without a payment. Milliseconds. */
async function measureEmptyDay(day: BusinessDay): Promise<number> {
  const set = `insert into fee_rule select gen_random_uuid(), d, c, 'trade', 0, 0, 0, null, '${FIRST_DAY}', null, 'bench', now()
    from unnest($1::uuid[]) as d, unnest($1::uuid[]) as c`;
  await database.pool.query(set, [guids]);
  await database.pool.query("insert into business_day (day, state, closed_at, missing) values ($1, 'CLOSED', now(), 0)", [day]);
  const times: number[] = [];
  for (let n = 0; n < REPEATS; n++) {
    await forget(day);
    times.push(await timed(() => makeRegisters(makingDeps(), day)));
  }
  printFigure({ name: 'registers.empty-day', value: median(times), unit: 'ms', against: null, ratio: null });
  return median(times);
}

/** Milliseconds a payment. */
async function measure(day: BusinessDay, size: number): Promise<number> {
  const groupBy: number[] = [];
  const making: number[] = [];
  let peakBytes = 0;
  const idleBytes = memoryBytesOfTree(process.pid);
  await database.pool.query(GROUP_BY, [day]);
  for (let n = 0; n < REPEATS; n++) {
    groupBy.push(await timed(() => database.pool.query(GROUP_BY, [day])));
    await forget(day);
    making.push(await timed(() => makeRegisters(makingDeps(), day)));
  }
  // Once more for the memory alone: adding up the pages of every process takes longer than what is measured.
  await forget(day);
  const watch = setInterval(() => (peakBytes = Math.max(peakBytes, memoryBytesOfTree(process.pid))), MEMORY_LOOK_MS);
  await makeRegisters(makingDeps(), day);
  clearInterval(watch);
  peakBytes = Math.max(peakBytes, memoryBytesOfTree(process.pid));
  const { rows } = await database.pool.query<{ total: bigint; payments: bigint }>(
    'select count(*) as total, sum(payment_count)::bigint as payments from register where business_day = $1',
    [day],
  );
  if (Number(rows[0]?.payments) !== size) throw new Error(`the registers of ${day} have ${rows[0]?.payments} payments of ${size}`);
  const [made, plain] = [median(making), median(groupBy)];
  const name = `registers.${size}`;
  printFigure({ name: `${name}.make`, value: made, unit: 'ms', against: 'GROUP BY over the same rows', ratio: made / plain });
  printFigure({ name: `${name}.group-by`, value: plain, unit: 'ms', against: null, ratio: null });
  printFigure({ name: `${name}.per-payment`, value: (made * 1000) / size, unit: 'µs', against: null, ratio: null });
  printFigure({
    name: `${name}.memory-peak`,
    value: peakBytes / 1e6,
    unit: 'MB of this process and Postgres',
    against: 'the same before',
    ratio: peakBytes / idleBytes,
  });
  return made / size;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** As if the registers of the day were still to be made. */
async function forget(day: BusinessDay): Promise<void> {
  await database.pool.query('delete from register where business_day = $1', [day]);
  await database.pool.query('delete from event_outbox');
  await database.pool.query('update business_day set registers_made_at = null where day = $1', [day]);
}

function makingDeps() {
  const days = createDayStore(database, { publisher: 'payments', eventType: 'PaymentSucceeded' });
  return { days, make: createRegisterMaker(database), participants, now: () => new Date(), kill: NO_KILLS };
}

async function measurePages(day: BusinessDay): Promise<void> {
  const reads = createRegisterReads(database.pool);
  const page = { bankGuid: null, counterpartyGuid: null, day, state: null, limit: BANKS * BANKS, after: null };
  const made = await reads.page(page);
  const times: number[] = [];
  const keyset: number[] = [];
  for (let n = 0; n < PAGES; n++) {
    const register = made[(n * 7919) % made.length];
    if (!register) throw new Error('there are no registers');
    const offset = (n * 104_729) % Math.max(1, register.paymentCount - PAGE_ROWS);
    times.push(await timed(() => reads.rows(register, { offset, limit: PAGE_ROWS })));
    const sequence = BigInt(offset * BANKS * BANKS);
    keyset.push(await timed(() => reads.rowsAfter(register, { sequence, limit: PAGE_ROWS })));
  }
  for (const [name, all] of [
    ['by-offset', times],
    ['by-cursor', keyset],
  ] as const) {
    const p99 = percentile(all, 0.99);
    printFigure({ name: `registers.page-of-100.${name}.p99`, value: p99, unit: 'ms', against: '50 ms', ratio: p99 / 50 });
    printFigure({ name: `registers.page-of-100.${name}.median`, value: median(all), unit: 'ms', against: null, ratio: null });
  }
}

/** The Merkle trees over the payments of all days, signed. */
async function measureSealing(): Promise<void> {
  const signer = createHubSigner(await loadSecrets(join(folder, 'secrets')));
  const ms = await timed(() =>
    sealRegisters({
      seals: createSealStore(database),
      reads: createRegisterReads(database.pool),
      issuer: 'dcm-hub',
      sign: (payload) => signer.sign(payload),
      wallNow: () => new Date(),
      sha256Bytes: (content) => createHash('sha256').update(content).digest(),
      kill: NO_KILLS,
    }),
  );
  const payments = SIZES.reduce((sum, size) => sum + size, 0);
  printFigure({ name: 'registers.seal', value: (ms * 1000) / payments, unit: 'µs a payment', against: null, ratio: null });
}

/** The callbacks of all three days: up to 200 rows each, signed. */
async function measureAnnouncement(): Promise<void> {
  const signer = createHubSigner(await loadSecrets(join(folder, 'secrets')));
  const sha256Bytes = (text: string): Uint8Array => createHash('sha256').update(text).digest();
  const ms = await timed(() =>
    announceRegisters({
      announce: createRegisterAnnouncer(database),
      reads: createRegisterReads(database.pool),
      seals: createSealStore(database),
      nextId: randomUUID,
      issuer: 'dcm-hub',
      sign: (payload) => signer.sign(payload),
      wallNow: () => new Date(),
      now: () => new Date(),
      sha256Bytes,
      kill: NO_KILLS,
    }),
  );
  const callbacks = await countOf(database, 'callback');
  printFigure({ name: 'registers.announce', value: ms / callbacks, unit: 'ms a callback', against: null, ratio: null });
}

async function countOf({ pool }: Database, table: string): Promise<number> {
  const { rows } = await pool.query<{ n: bigint }>(`select count(*) as n from ${table}`);
  return Number(rows[0]?.n ?? 0n);
}
