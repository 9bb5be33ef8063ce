import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

import type { Client } from 'pg';

/** The rows of a table as texts, sorted. */
export type DatabaseRows = ReadonlyMap<string, readonly string[]>;

/** `settlement_jobs` is the job library's own, which writes in it every few seconds. */
const TABLES = `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
  where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema', 'settlement_jobs') order by 1`;

const QUIET_MS = 250;
/** A Credit waits up to 15 seconds for the first answer to its Pay-out. */
const QUIET_LIMIT_MS = 40_000;

/** What is still under way, by name: payments, their callbacks and orders, and events that somebody has not taken note of. */
const UNDER_WAY = `
select 'pending payments' as what from payments.payment where state = 'PENDING'
union select 'waiting callbacks' from payments.delivery where state = 'WAITING'
union select 'held orders' from orders.order_state where status = 'IN_PROGRESS'
union select 'unnumbered events' from (select id from participants.event_outbox union all select id from orders.event_outbox
  union all select id from payments.event_outbox union all select id from settlement.event_outbox) e
union select 'unread events' from payments.log_head h, (select pos from orders.inbox_position where publisher = 'payments'
  union all select pos from settlement.inbox_position where publisher = 'payments') i where i.pos < h.pos`;

/** Every row of every table of every schema. */
export async function readRows(client: Client): Promise<DatabaseRows> {
  const { rows: tables } = await client.query<{ name: string }>(TABLES);
  const all = new Map<string, readonly string[]>();
  for (const { name } of tables) {
    const { rows } = await client.query<{ row: string }>(`select t::text as row from ${name} t order by 1`);
    all.set(
      name,
      rows.map(({ row }) => row),
    );
  }
  return all;
}

/** The rows once every earlier payment has come to its end everywhere, and nothing has changed for a moment since. */
export async function readQuietRows(client: Client): Promise<DatabaseRows> {
  const deadline = performance.now() + QUIET_LIMIT_MS;
  for (let before = await readRows(client); ;) {
    await pause(QUIET_MS);
    const { rows: underWay } = await client.query<{ what: string }>(UNDER_WAY);
    const now = await readRows(client);
    if (underWay.length === 0 && isDeepStrictEqual(before, now)) return now;
    const moving = [...underWay.map(({ what }) => what), ...changedTables(before, now)];
    if (performance.now() > deadline) throw new Error(`the database never comes to rest: ${moving.join(', ')}`);
    before = now;
  }
}

/** Rows that are there and were not before: new ones, and changed ones as they are now. By table. */
export function addedRows(before: DatabaseRows, after: DatabaseRows): Readonly<Record<string, readonly string[]>> {
  const added: Record<string, readonly string[]> = {};
  for (const [table, rows] of after) {
    const known = new Set(before.get(table));
    const fresh = rows.filter((row) => !known.has(row));
    if (fresh.length > 0) added[table] = fresh;
  }
  return added;
}

/** True when nothing that was there is gone or changed. */
export function keptRows(before: DatabaseRows, after: DatabaseRows): boolean {
  return [...before].every(([table, rows]) => {
    const now = new Set(after.get(table));
    return rows.every((row) => now.has(row));
  });
}

function changedTables(before: DatabaseRows, after: DatabaseRows): string[] {
  return [...after.keys()].filter((table) => !isDeepStrictEqual(before.get(table), after.get(table)));
}
