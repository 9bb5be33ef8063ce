import { fail, type Result } from '../../../kernel/core/result.ts';
import { auditActorOf, type AuditDetails, type AuditedAction } from '../../../schema/audit-entry.ts';
import type { Caller } from '../../../schema/caller.ts';
import { failureAt, type FieldFailure } from '../domain/field-failure.ts';
import type { ParticipantsDeps } from './deps.ts';
import type { ChangedId, ChangeOutcome, Registry } from './ports.ts';

/** What an operations token must allow. */
const SCOPE = 'participants:write';

export const FORBIDDEN_CODES = ['OPERATIONS_ONLY', 'SCOPE_MISSING'] as const;
export type ForbiddenFailure = FieldFailure<(typeof FORBIDDEN_CODES)[number]>;

const IDEMPOTENCY_KEY = /^[\x20-\x7e]{1,128}$/;

export function isIdempotencyKey(key: string): boolean {
  return IDEMPOTENCY_KEY.test(key);
}

export interface ParticipantChange {
  readonly caller: Caller;
  readonly mutation: AuditedAction;
  /** Everything that was asked for. Its `idempotencyKey` names the request, the rest is what a repetition must be equal to. */
  readonly input: { readonly idempotencyKey: string };
}

/** Writes down what was done to a participant, in the commit of the change. Call it last, and where something changed. */
export type AuditChange = (participantId: string, details: AuditDetails) => Promise<void>;

/**
 * Makes one change in the name of operations, who alone register and change participants. Whoever holds the directory is told once
 * the change is committed.
 */
export async function changeParticipants<F>(
  deps: ParticipantsDeps,
  { caller, mutation, input }: ParticipantChange,
  work: (registry: Registry, audit: AuditChange) => Promise<Result<ChangedId, readonly F[]>>,
): Promise<ChangeOutcome<F | ForbiddenFailure>> {
  if (caller.kind !== 'operations') return fail([failureAt('OPERATIONS_ONLY')]);
  if (!caller.scopes.includes(SCOPE)) return fail([failureAt('SCOPE_MISSING')]);
  const { idempotencyKey, ...rest } = input;
  if (!isIdempotencyKey(idempotencyKey)) return fail([failureAt('IDEMPOTENCY_KEY_INVALID', 'idempotencyKey')]);
  const request = { requester: `operations:${caller.subject}`, mutation, idempotencyKey, input: rest };
  const by = auditActorOf(caller);
  const outcome = await deps.store.change(request, (registry) =>
    work(registry, async (participantId, details) => {
      const kind = (await registry.participantKind(participantId)) === 'MERCHANT' ? 'merchant' : 'bank';
      await registry.audit({ by, action: mutation, target: { kind, id: participantId }, details });
    }),
  );
  if (outcome.ok && !outcome.value.replayed) deps.changed();
  return outcome;
}
