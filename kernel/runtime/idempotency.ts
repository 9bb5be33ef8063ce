import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';

import type pg from 'pg';
import type { z } from 'zod';

import { fail, ok, type Result } from '../core/result.ts';
import type { Clock } from './clock.ts';
import type { Database } from './database.ts';
import type { Logger } from './logger.ts';

/** For a subgraph's first migration. */
export const IDEMPOTENCY_MIGRATION_SQL = `
create table idempotency_record (
  participant text not null,
  mutation text not null,
  key text not null,
  input_hash bytea not null,
  result jsonb,
  created_at timestamptz not null,
  primary key (participant, mutation, key)
);
create index on idempotency_record (created_at);
`;

/** How long a key is remembered. */
export const IDEMPOTENCY_DAYS = 30;

export type IdempotencyFailure =
  /** The key was used with another input. */
  | { readonly code: 'IDEMPOTENCY_MISMATCH' }
  /** The first request with this key has not ended yet: ask again. */
  | { readonly code: 'IDEMPOTENCY_IN_PROGRESS' };

export interface IdempotentRequest<T> {
  /** Whose key it is: two participants may use the same one. */
  readonly participant: string;
  readonly mutation: string;
  readonly key: string;
  /** The whole input without the key. Equal means equal whatever the order of members; bigint and Date are allowed. */
  readonly input: unknown;
  readonly now: Date;
  /** What is kept and given back to a repetition, usually the id of what was made. JSON in, JSON out. */
  readonly result: z.ZodType<T>;
}

/**
 * Runs `work` once per key, in the transaction of `client`, which must be the one that `work` writes in. A repetition gets the
 * stored result with `replayed: true`. A refusal of `work` is passed on and not remembered: it changed nothing, so the same key may
 * be tried again.
 */
export async function runOnce<T, F>(
  client: pg.ClientBase,
  request: IdempotentRequest<T>,
  work: () => Promise<Result<T, F>>,
): Promise<Result<{ readonly value: T; readonly replayed: boolean }, F | IdempotencyFailure>> {
  const place = [request.participant, request.mutation, request.key];
  const inputHash = createHash('sha256').update(canonicalJson(request.input)).digest();
  // Only so that a repetition is told to come back instead of waiting for the first one: the primary key decides.
  const lock = await client.query<{ free: boolean }>('select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as free', [
    place.join('\n'),
  ]);
  if (!lock.rows[0]?.free) return fail({ code: 'IDEMPOTENCY_IN_PROGRESS' });

  const inserted = await client.query(
    'insert into idempotency_record (participant, mutation, key, input_hash, created_at) values ($1, $2, $3, $4, $5) on conflict do nothing',
    [...place, inputHash, request.now],
  );
  if (inserted.rowCount === 0) return await replay(client, place, inputHash, request.result);

  const outcome = await work();
  if (!outcome.ok) {
    await client.query('delete from idempotency_record where participant = $1 and mutation = $2 and key = $3', place);
    return outcome;
  }
  await client.query('update idempotency_record set result = $4 where participant = $1 and mutation = $2 and key = $3', [
    ...place,
    JSON.stringify(outcome.value),
  ]);
  return ok({ value: outcome.value, replayed: false });
}

/** How long a repetition waits for the first request with its key before it is told to come back. */
const FIRST_MS_MAX = 3_000;
const PAUSE_MS = { first: 5, most: 80 } as const;

/**
 * Repeats a whole transaction around runOnce while the first request with the key is under way, so that requests sent at the same
 * moment all get the first one's answer. It waits outside of the transaction: waiting requests hold no connection. After FIRST_MS_MAX
 * the answer is IDEMPOTENCY_IN_PROGRESS after all.
 */
export async function afterFirst<Outcome>(transact: () => Promise<Outcome>, isInProgress: (outcome: Outcome) => boolean): Promise<Outcome> {
  const until = performance.now() + FIRST_MS_MAX;
  for (let pauseMs: number = PAUSE_MS.first; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MS.most)) {
    const outcome = await transact();
    if (!isInProgress(outcome) || performance.now() + pauseMs > until) return outcome;
    await setTimeout(pauseMs);
  }
}

/** The usual outcome of runOnce, as afterFirst wants to know it. */
export function isInProgress(outcome: Result<unknown, unknown>): boolean {
  const { failure } = outcome.ok ? { failure: null } : outcome;
  return typeof failure === 'object' && failure !== null && 'code' in failure && failure.code === 'IDEMPOTENCY_IN_PROGRESS';
}

async function replay<T>(
  client: pg.ClientBase,
  place: readonly string[],
  inputHash: Buffer,
  result: z.ZodType<T>,
): Promise<Result<{ readonly value: T; readonly replayed: true }, IdempotencyFailure>> {
  const { rows } = await client.query<{ input_hash: Buffer; result: unknown }>(
    'select input_hash, result from idempotency_record where participant = $1 and mutation = $2 and key = $3',
    [...place],
  );
  const record = rows[0];
  if (!record) return fail({ code: 'IDEMPOTENCY_IN_PROGRESS' }); // Swept or withdrawn between the two statements.
  if (!record.input_hash.equals(inputHash)) return fail({ code: 'IDEMPOTENCY_MISMATCH' });
  return ok({ value: result.parse(record.result), replayed: true });
}

/** Forgets the keys that are older than IDEMPOTENCY_DAYS; returns how many. */
export async function sweepIdempotencyRecords(client: pg.Pool | pg.ClientBase, now: Date): Promise<number> {
  const { rowCount } = await client.query("delete from idempotency_record where created_at < $1::timestamptz - $2 * interval '1 day'", [
    now,
    IDEMPOTENCY_DAYS,
  ]);
  return rowCount ?? 0;
}

const FORGET_EVERY_MS = 3_600_000;

/** Sweeps once an hour, so that keys are kept for their time and no longer. */
export function createKeyForgetting(o: { readonly database: Database; readonly clock: Clock; readonly logger: Logger }) {
  let timer: NodeJS.Timeout | undefined;
  const forget = (): void => {
    sweepIdempotencyRecords(o.database.pool, o.clock.now()).catch((error: unknown) => {
      // Nothing is wrong but a table that grows; the next hour tries again.
      o.logger.warn({ err: error }, 'old idempotency keys not forgotten');
    });
  };
  return {
    start(): void {
      timer ??= setInterval(forget, FORGET_EVERY_MS).unref();
    },
    stop: (): void => clearInterval(timer),
  };
}

/** JSON with members in a fixed order, so that equal inputs have equal texts. Members that are undefined do not count. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) => {
    if (typeof member === 'bigint') return `${member}n`;
    if (member === null || typeof member !== 'object' || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
