import type { MikroORM } from '@mikro-orm/postgresql';
import type pg from 'pg';
import { z } from 'zod';

import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import type { Clock } from '../../../kernel/runtime/clock.ts';
import type { Database } from '../../../kernel/runtime/database.ts';
import { afterFirst, isInProgress, runOnce } from '../../../kernel/runtime/idempotency.ts';
import { ormTransaction } from '../../../kernel/runtime/orm.ts';
import type { ChangedId, ChangeOutcome, ChangeRequest, ParticipantStore, Registry } from '../app/ports.ts';
import { createRegistry } from './registry.ts';

const changedIdSchema = z.object({ id: z.string() });

/** Carries a refusal out of the transaction, so that what was written before it is rolled back. */
class RefusedChange extends Error {
  readonly outcome: unknown;

  constructor(outcome: unknown) {
    super('the change was refused');
    this.outcome = outcome;
  }
}

/**
 * Locks, in this order: the idempotency key (kernel/runtime/idempotency.ts), the directory's head row, the head of the audit log.
 */
export function createParticipantStore(deps: {
  readonly database: Database;
  readonly orm: MikroORM;
  readonly clock: Clock;
}): ParticipantStore {
  return {
    changeUnasked: (work) =>
      ormTransaction(deps, async (em, client) => {
        const version = await lockDirectory(client);
        return await work(createRegistry(em, client, { version, now: deps.clock.now() }));
      }),
    async change<F>(
      { requester, mutation, idempotencyKey, input }: ChangeRequest,
      work: (registry: Registry) => Promise<Result<ChangedId, readonly F[]>>,
    ): Promise<ChangeOutcome<F>> {
      const transact = async (): Promise<ChangeOutcome<F>> => {
        try {
          return await ormTransaction(deps, async (em, client) => {
            const now = deps.clock.now();
            const request = { participant: requester, mutation, key: idempotencyKey, input, now, result: changedIdSchema };
            const outcome = await runOnce(client, request, async () => {
              const version = await lockDirectory(client);
              return await work(createRegistry(em, client, { version, now }));
            });
            if (outcome.ok) return ok({ ...outcome.value.value, replayed: outcome.value.replayed });
            const { failure } = outcome;
            throw new RefusedChange(fail('code' in failure ? [{ code: failure.code, path: ['idempotencyKey'] }] : failure));
          });
        } catch (error) {
          if (error instanceof RefusedChange) return error.outcome as ChangeOutcome<F>; // thrown six lines above, with this type
          throw error;
        }
      };
      return await afterFirst(transact, (outcome) => !outcome.ok && outcome.failure.some((failure) => isInProgress(fail(failure))));
    },
  };
}

/** FOR UPDATE protects the version, and with it everything that a change checks across participants: kids, bank codes, counts. */
async function lockDirectory(client: pg.PoolClient): Promise<number> {
  const { rows } = await client.query<{ version: number }>('select version from directory_head for update');
  const version = rows[0]?.version;
  if (version === undefined) throw new Error('the directory has no head');
  return version;
}
