import type pg from 'pg';
import { z } from 'zod';

import { classifyAnswer } from '../../protocol/retry.ts';
import type { AuditedAction, AuditTarget } from '../../schema/audit-entry.ts';
import { fail, ok, type Result } from '../core/result.ts';
import { auditOn } from '../runtime/audit-log.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Database } from '../runtime/database.ts';
import { afterFirst, isInProgress, runOnce } from '../runtime/idempotency.ts';
import {
  CALLBACK_OUTCOMES,
  type CallbackDecision,
  type CallbackOperationFailure,
  type CallbackReads,
  type CallbackView,
  type OperateCallback,
} from './callback.ts';
import { decideCallbackOperation } from './decide-operation.ts';

const doneSchema = z.object({ callbackId: z.string() });

/** How decisions about the callbacks of a subgraph stand in its audit log: by which mutations, and on what. */
export interface AuditedCallbacks {
  readonly actions: Readonly<Record<CallbackDecision['operation']['kind'], AuditedAction>>;
  readonly targetOf: (callback: { readonly id: string; readonly subject: string }) => AuditTarget;
}

/** What people decide about the callbacks of one subgraph: change, audit and key are one commit. `poke` the runner after it. */
export function createCallbackOperations(o: {
  readonly database: Database;
  readonly clock: Clock;
  readonly poke: () => void;
  readonly audited: AuditedCallbacks;
}): OperateCallback {
  return async (decision) => {
    const { callbackId, operation, subject, idempotencyKey: key } = decision;
    const now = o.clock.now();
    const transact = () =>
      o.database.transaction(async (client) => {
        const keyed = {
          participant: subject,
          mutation: `callback-${operation.kind}`,
          key,
          input: { callbackId, operation },
          now,
          result: doneSchema,
        };
        return await runOnce(client, keyed, async () => {
          const done = await operate(client, decision, now);
          if (!done.ok) return done;
          if (done.value) await audit(client, { audited: o.audited, callback: done.value, decision, now });
          return ok({ callbackId });
        });
      });
    const done = await afterFirst(transact, isInProgress);
    o.poke();
    return done.ok ? ok({ replayed: done.value.replayed }) : done;
  };
}

/** What was decided about; null where it was so already. */
async function operate(
  client: pg.ClientBase,
  { callbackId, operation }: CallbackDecision,
  at: Date,
): Promise<Result<z.infer<typeof operatedSchema> | null, CallbackOperationFailure>> {
  // The lock keeps a try that ends now from being overwritten: whichever comes second sees the other.
  const { rows } = await client.query<object>(
    'select state, last_try as "lastTry", outcome, body = \'\' as "isForgotten", type, subject, receiver_id as "receiverId" from callback where id = $1 for update',
    [callbackId],
  );
  if (!rows[0]) return fail({ code: 'DELIVERY_NOT_FOUND' });
  const callback = operatedSchema.parse(rows[0]);
  const decided = decideCallbackOperation(callback, operation);
  if (!decided.ok) return decided;
  if (decided.value === null) return ok(null);
  const [outcome, reason] = operation.kind === 'resolve' ? [operation.outcome, operation.reason] : [null, null];
  if (decided.value === 'WAITING') await client.query(RETRY, [callbackId, at]);
  else await client.query(RESOLVE, [callbackId, at, outcome, reason]);
  return ok(callback);
}

async function audit(
  client: pg.ClientBase,
  o: {
    readonly audited: AuditedCallbacks;
    readonly callback: z.infer<typeof operatedSchema>;
    readonly decision: CallbackDecision;
    readonly now: Date;
  },
): Promise<void> {
  const { callbackId, operation, by } = o.decision;
  const { type, subject, receiverId, state } = o.callback;
  const decided = operation.kind === 'resolve' ? { outcome: operation.outcome, reason: operation.reason } : {};
  await auditOn(
    client,
    o.now,
  )({
    by,
    action: o.audited.actions[operation.kind],
    target: o.audited.targetOf({ id: callbackId, subject }),
    details: { callbackGuid: callbackId, callback: type, receiver: receiverId, about: subject, before: state, ...decided },
  });
}

const stateSchema = z.enum(['WAITING', 'DELIVERED', 'MANUAL_REVIEW', 'FAILED', 'RESOLVED']);
const outcomeSchema = z.enum(CALLBACK_OUTCOMES).nullable();
const operatedSchema = z.object({
  state: stateSchema,
  lastTry: z.boolean(),
  outcome: outcomeSchema,
  isForgotten: z.boolean(),
  type: z.string(),
  subject: z.string(),
  receiverId: z.string(),
});

const RETRY = `
update callback set state = 'WAITING', due_at = $2, ended_at = null, last_try = true, refusals_in_row = 0, lease = null where id = $1`;
const RESOLVE = `
update callback set state = 'RESOLVED', due_at = null, ended_at = $2, lease = null, outcome = $3, outcome_reason = $4 where id = $1`;

/** Callbacks for people: straight from the tables. */
export function createCallbackReads({ pool }: Pick<Database, 'pool'>): CallbackReads {
  return {
    async one(id) {
      const { rows } = await pool.query<object>(`${VIEW} where id = $1`, [id]);
      return rows[0] ? viewOf(rows[0]) : null;
    },
    async list({ state, after, limit }) {
      const values = [state, after?.at ?? null, after?.id ?? null, limit];
      const { rows } = await pool.query<object>(LIST, values);
      return rows.map(viewOf);
    },
    async attemptsOf(ids) {
      const { rows } = await pool.query<object>(ATTEMPTS, [ids]);
      return z
        .array(attemptSchema)
        .parse(rows)
        .map((attempt) => ({ ...attempt, answer: classifyAnswer(attempt.status) }));
    },
  };
}

const UPDATED_AT = 'coalesce(ended_at, created_at)';
const VIEW = `
select id, type, receiver_kind as "receiverKind", receiver_id as "receiverId", subject, state, attempts, due_at as "dueAt", outcome,
  outcome_reason as "outcomeReason", created_at as "createdAt", ${UPDATED_AT} as "updatedAt"
from callback`;
const LIST = `${VIEW} where state = $1 and ($2::timestamptz is null or (${UPDATED_AT}, id) < ($2, $3::uuid)) order by ${UPDATED_AT} desc, id desc limit $4`;
const ATTEMPTS = `
select callback_id as "callbackId", attempt, started_at as "startedAt", duration_ms as "durationMs", status, error, answer_sha256 as "answerSha256", stray
from callback_attempt where callback_id = any ($1::uuid[]) order by callback_id, started_at, attempt`;

const viewSchema = z.object({
  id: z.string(),
  type: z.string(),
  receiverKind: z.enum(['bank', 'merchant']),
  receiverId: z.string(),
  subject: z.string(),
  state: stateSchema,
  attempts: z.number(),
  dueAt: z.date().nullable(),
  outcome: outcomeSchema,
  outcomeReason: z.string().nullable(),
  createdAt: z.date(),
  updatedAt: z.date(),
});

const attemptSchema = z.object({
  callbackId: z.string(),
  attempt: z.number(),
  startedAt: z.date(),
  durationMs: z.number(),
  status: z.number().nullable(),
  error: z.string().nullable(),
  answerSha256: z.string().nullable(),
  stray: z.boolean(),
});

function viewOf(row: object): CallbackView {
  const { receiverKind: kind, receiverId: id, ...callback } = viewSchema.parse(row);
  return { ...callback, receiver: { kind, id } };
}
