import type pg from 'pg';
import { z } from 'zod';

import { isUuid } from '../../../kernel/core/ids.ts';
import { fail, ok } from '../../../kernel/core/result.ts';
import { auditOn } from '../../../kernel/runtime/audit-log.ts';
import type { Clock } from '../../../kernel/runtime/clock.ts';
import type { Database } from '../../../kernel/runtime/database.ts';
import { afterFirst, isInProgress, runOnce } from '../../../kernel/runtime/idempotency.ts';
import type { CallbackTestResult, CallbackTestRun, NewCallbackTest } from '../app/callback-test.ts';
import type { CallbackTestStore } from '../app/ports.ts';
import { decideCallbackTest, type CallbackTestTimes, type TestedRoute } from '../domain/callback-test.ts';
import { failureAt } from '../domain/field-failure.ts';

interface RunRow {
  readonly participant_id: string;
  readonly guid: string;
  readonly route: TestedRoute | null;
  readonly url: string;
  readonly started_at: Date;
  readonly started_by: NewCallbackTest['startedBy'];
  readonly ended_at: Date | null;
  readonly results: readonly CallbackTestResult[];
}

const changedIdSchema = z.object({ id: z.string() });

/** Locks, in this order: the idempotency key (kernel/runtime/idempotency.ts), then the participant's row here, then the head of the audit log. The directory's lock is not taken. */
export function createCallbackTestStore({ database, clock }: { readonly database: Database; readonly clock: Clock }): CallbackTestStore {
  return {
    async begin({ requester: participant, mutation, idempotencyKey: key, input }, test, note) {
      const now = clock.now();
      const request = { participant, mutation, key, input, now, result: changedIdSchema };
      const transact = () =>
        database.transaction((client) =>
          runOnce(client, request, async () => {
            const begun = await beginRun(client, test);
            if (begun.ok) await auditOn(client, now)(note);
            return begun;
          }),
        );
      const outcome = await afterFirst(transact, isInProgress);
      if (outcome.ok) return ok({ ...outcome.value.value, replayed: outcome.value.replayed });
      const { code } = outcome.failure;
      if (code === 'IDEMPOTENCY_IN_PROGRESS' || code === 'IDEMPOTENCY_MISMATCH') return fail([failureAt(code, 'idempotencyKey')]);
      return fail([failureAt(code, 'participantId')]);
    },
    async add({ participantId, guid }, result) {
      await database.pool.query('update callback_test set results = results || $3::jsonb where participant_id = $1 and guid = $2', [
        participantId,
        guid,
        JSON.stringify([result]),
      ]);
    },
    async end({ participantId, guid }, at) {
      await database.pool.query('update callback_test set ended_at = $3 where participant_id = $1 and guid = $2', [
        participantId,
        guid,
        at,
      ]);
    },
    async lastOf(participantIds) {
      const ids = participantIds.filter(isUuid);
      const { rows } = await database.pool.query<RunRow>('select * from callback_test where participant_id = any($1)', [ids]);
      const byParticipant = new Map(rows.map((row) => [row.participant_id, runOf(row)]));
      return participantIds.map((id) => byParticipant.get(id) ?? null);
    },
  };
}

async function beginRun(client: pg.PoolClient, test: NewCallbackTest) {
  const { participantId, guid, address, startedAt, startedBy } = test;
  const columns = [participantId, guid, address.route, address.url, startedAt, startedBy];
  const inserted = await client.query(
    `insert into callback_test (participant_id, guid, route, url, started_at, started_by, results)
     values ($1, $2, $3, $4, $5, $6, '[]') on conflict (participant_id) do nothing`,
    columns,
  );
  if (inserted.rowCount === 1) return ok({ id: guid });
  // FOR UPDATE: whoever begins at the same moment sees this run.
  const { rows } = await client.query<Pick<RunRow, 'started_at' | 'ended_at'>>(
    'select started_at, ended_at from callback_test where participant_id = $1 for update',
    [participantId],
  );
  const decided = decideCallbackTest(rows[0] ? timesOf(rows[0]) : null, startedAt);
  if (!decided.ok) return decided;
  await client.query(
    `update callback_test set guid = $2, route = $3, url = $4, started_at = $5, started_by = $6, ended_at = null, results = '[]'
     where participant_id = $1`,
    columns,
  );
  return ok({ id: guid });
}

function timesOf(row: Pick<RunRow, 'started_at' | 'ended_at'>): CallbackTestTimes {
  return { startedAt: row.started_at, endedAt: row.ended_at };
}

function runOf(row: RunRow): CallbackTestRun {
  const { participant_id: participantId, guid, route, url, started_by: startedBy, results } = row;
  return { guid, participantId, address: { route, url }, startedBy, ...timesOf(row), results };
}
