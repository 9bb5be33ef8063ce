import type pg from 'pg';

import type { LoggedEvent } from './feed.ts';

/** How far the events of a publisher took effect in this schema; 0 for one never heard of. */
export async function createInbox(client: pg.Pool | pg.ClientBase, publisher: string): Promise<void> {
  await client.query('insert into inbox_position (publisher, pos) values ($1, 0) on conflict do nothing', [publisher]);
}

export async function readInbox(client: pg.Pool | pg.ClientBase, publisher: string): Promise<bigint> {
  const { rows } = await client.query<{ pos: bigint }>({
    name: 'read-inbox',
    text: 'select pos from inbox_position where publisher = $1',
    values: [publisher],
  });
  return rows[0]?.pos ?? 0n;
}

/** Waits for a competitor's transaction; false when it was faster. The row stays locked until the end of this transaction. */
export async function advanceInbox(
  client: pg.ClientBase,
  publisher: string,
  move: { readonly from: bigint; readonly to: bigint },
): Promise<boolean> {
  const { rowCount } = await client.query({
    name: 'advance-inbox',
    text: 'update inbox_position set pos = $3 where publisher = $1 and pos = $2',
    values: [publisher, move.from, move.to],
  });
  return rowCount === 1;
}

export async function lockInbox(client: pg.ClientBase, publisher: string): Promise<void> {
  await client.query('select from inbox_position where publisher = $1 for update', [publisher]);
}

/** Which subjects of these events already have a parked event. */
export async function parkedSubjects(
  client: pg.ClientBase,
  publisher: string,
  events: readonly LoggedEvent[],
): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ subject: string }>({
    name: 'parked-subjects',
    text: 'select distinct subject from parked_event where publisher = $1 and subject = any($2)',
    values: [publisher, events.map((event) => event.subject)],
  });
  return new Set(rows.map((row) => row.subject));
}

export async function insertParked(client: pg.ClientBase, publisher: string, event: LoggedEvent, reason: string): Promise<void> {
  await client.query(
    `insert into parked_event (publisher, subject, pos, version, type, payload, at, hash, reason, traceparent)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      publisher,
      event.subject,
      event.position,
      event.version,
      event.type,
      JSON.stringify(event.payload),
      event.at,
      event.hash,
      reason,
      event.traceparent,
    ],
  );
}

/** Every parked subject with its events in order, or the one that is asked for. */
export async function parkedOf(
  client: pg.Pool | pg.ClientBase,
  publisher: string,
  subject?: string,
): Promise<readonly (readonly LoggedEvent[])[]> {
  const { rows } = await client.query<ParkedRow>(
    `select subject, pos, version, type, payload, at, hash, traceparent from parked_event
     where publisher = $1 and ($2::text is null or subject = $2) order by subject, pos`,
    [publisher, subject ?? null],
  );
  return [...Map.groupBy(rows.map(parkedEvent), (event) => event.subject).values()];
}

interface ParkedRow {
  readonly subject: string;
  readonly pos: bigint;
  readonly version: number;
  readonly type: string;
  readonly payload: unknown;
  readonly at: Date;
  readonly hash: Buffer;
  readonly traceparent: string | null;
}

function parkedEvent({ pos, ...rest }: ParkedRow): LoggedEvent {
  return { ...rest, position: pos };
}

/** False when it is not parked any more: somebody else handled it. */
export async function removeParked(client: pg.ClientBase, publisher: string, event: LoggedEvent): Promise<boolean> {
  const { rowCount } = await client.query('delete from parked_event where publisher = $1 and subject = $2 and pos = $3', [
    publisher,
    event.subject,
    event.position,
  ]);
  return rowCount === 1;
}
