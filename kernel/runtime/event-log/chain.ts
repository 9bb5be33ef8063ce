import { createHash } from 'node:crypto';

import { fail, ok, type Result } from '../../core/result.ts';
import type { Database } from '../database.ts';

const PAGE = 1_000;

export type ChainFailure =
  /** The row at `position` is not what was numbered: it was edited, or a row before it was added, removed or moved. */
  | { readonly code: 'CHAIN_BROKEN'; readonly position: bigint }
  /** The log ends elsewhere than its head says. */
  | { readonly code: 'CHAIN_END'; readonly position: bigint; readonly head: bigint };

/** The last event that was checked. Keep both to start there next time, and to compare with what others have seen. */
export interface ChainPlace {
  readonly position: bigint;
  readonly hash: Buffer;
}

/**
 * Recomputes the hash of every event from `after` (by default from the oldest that is kept) to the head. Whoever edits the log must recompute
 * everything behind the edit, and then no longer agrees with a place that somebody noted before.
 */
export async function verifyChain(options: {
  readonly database: Database;
  readonly logName: string;
  readonly after?: ChainPlace;
}): Promise<Result<ChainPlace, ChainFailure>> {
  const { database, logName } = options;
  const head = await database.pool.query<ChainEnds>('select pos, hash, floor, floor_hash from log_head where log = $1', [logName]);
  const end = head.rows[0];
  if (!end) throw new Error(`there is no log '${logName}' in schema '${database.schema}'`);
  let place = options.after ?? { position: end.floor, hash: end.floor_hash ?? chainStart(logName) };
  while (place.position < end.pos) {
    const { rows } = await database.pool.query<ChainedRow>(CHAINED_ROWS_SQL, [place.position, end.pos, PAGE]);
    if (rows.length === 0) return fail({ code: 'CHAIN_END', position: place.position, head: end.pos });
    for (const row of rows) {
      const hash = digestOf(place.hash, row);
      if (row.pos !== place.position + 1n || !hash.equals(row.hash)) return fail({ code: 'CHAIN_BROKEN', position: row.pos });
      place = { position: row.pos, hash };
    }
  }
  return place.hash.equals(end.hash) ? ok(place) : fail({ code: 'CHAIN_END', position: place.position, head: end.pos });
}

/** The hash before the first event. */
function chainStart(logName: string): Buffer {
  return createHash('sha256').update(logName).digest();
}

interface ChainEnds {
  readonly pos: bigint;
  readonly hash: Buffer;
  readonly floor: bigint;
  /** Null while nothing has been forgotten. */
  readonly floor_hash: Buffer | null;
}

interface ChainedRow {
  readonly pos: bigint;
  readonly subject: string;
  readonly version: number;
  readonly type: string;
  readonly payload: string;
  readonly micros: string;
  readonly audience: string;
  readonly hash: Buffer;
}

const CHAINED_ROWS_SQL = `
select pos, subject, version, type, payload::text as payload, ((extract(epoch from at) * 1000000)::bigint)::text as micros,
  audience::text as audience, hash
from event_log where pos > $1 and pos <= $2 order by pos limit $3`;

/** The same as event_chain_step in event-log.sql.ts, on purpose not by calling it. Lengths are in bytes. */
function digestOf(previous: Buffer, row: ChainedRow): Buffer {
  const subject = `${Buffer.byteLength(row.subject)}:${row.subject}`;
  const type = `${Buffer.byteLength(row.type)}:${row.type}`;
  return createHash('sha256')
    .update(previous)
    .update(`${row.pos} ${row.version} ${row.micros} ${subject}${type}${row.audience}${row.payload}`)
    .digest();
}
