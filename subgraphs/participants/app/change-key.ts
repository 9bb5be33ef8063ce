import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import type { Instant } from '../../../kernel/core/time.ts';
import type { Caller } from '../../../schema/caller.ts';
import { failureAt, type FieldFailure } from '../domain/field-failure.ts';
import { participantKey, type KeyCommand } from '../domain/participant-key.ts';
import { isKid } from '../domain/public-jwk.ts';
import { auditedKey } from './audited-facts.ts';
import { type AuditChange, changeParticipants, type ForbiddenFailure } from './change-participants.ts';
import type { ParticipantsDeps } from './deps.ts';
import type { ChangedId, ChangeOutcome, Registry } from './ports.ts';
import { publishDirectory } from './publish-directory.ts';
import type { KeyInput, KeyInputFailure } from './read-key.ts';
import { registerKeys } from './register-keys.ts';

export interface KeyAddition extends KeyInput {
  readonly participantId: string;
  readonly idempotencyKey: string;
}

/** Retirement at an instant, or revocation from one; neither means retirement now. */
export interface KeyRetirement {
  readonly kid: string;
  readonly retireAt: Instant | null;
  readonly revokedFrom: Instant | null;
  readonly idempotencyKey: string;
}

export const KEY_CHANGE_FAILURE_CODES = ['PARTICIPANT_NOT_FOUND', 'RETIREMENT_AMBIGUOUS'] as const;
export type KeyChangeFailure = FieldFailure<(typeof KEY_CHANGE_FAILURE_CODES)[number]> | KeyInputFailure | ForbiddenFailure;

/** Adds a key beside those that a participant has: the first half of a rotation. The result names the kid. */
export function addKey(deps: ParticipantsDeps, caller: Caller, input: KeyAddition): Promise<ChangeOutcome<KeyChangeFailure>> {
  return changeParticipants<KeyChangeFailure>(deps, { caller, mutation: 'participantKeyAdd', input }, async (registry, audit) => {
    const { participantId } = input;
    const terms = await registry.terms(participantId);
    if (terms === null) return fail([failureAt('PARTICIPANT_NOT_FOUND', 'participantId')]);
    const now = deps.now();
    const path = (): readonly string[] => [];
    const { keyUse } = terms;
    const keys = await registerKeys(registry, { participantId, inputs: [input], path, keyUse, now, isReservedKid: deps.isReservedKid });
    if (!keys.ok) return keys;
    const directoryVersion = await publishDirectory(registry, now);
    for (const key of keys.value) {
      const payload = { participantId, kid: key.kid, directoryVersion };
      await registry.append({ type: 'ParticipantKeyAdded', participantId, payload, at: now });
      await audit(participantId, auditedKey(key));
    }
    return ok({ id: keys.value[0]?.kid ?? '' });
  });
}

/** Ends a key: at a time, which is the second half of a rotation, or by revocation, which also stops messages that wait. */
export function retireKey(deps: ParticipantsDeps, caller: Caller, input: KeyRetirement): Promise<ChangeOutcome<KeyChangeFailure>> {
  return changeParticipants<KeyChangeFailure>(deps, { caller, mutation: 'participantKeyRetire', input }, (registry, audit) =>
    endKey(deps, { registry, audit }, input),
  );
}

async function endKey(
  deps: ParticipantsDeps,
  { registry, audit }: { readonly registry: Registry; readonly audit: AuditChange },
  { kid, retireAt, revokedFrom }: KeyRetirement,
): Promise<Result<ChangedId, readonly KeyChangeFailure[]>> {
  if (retireAt && revokedFrom) return fail([failureAt('RETIREMENT_AMBIGUOUS', 'revokedFrom')]);
  const now = deps.now();
  const command: KeyCommand = revokedFrom ? { type: 'REVOKE', revokedFrom, now } : { type: 'RETIRE', validUntil: retireAt ?? now, now };
  const key = isKid(kid) ? await registry.key(kid) : null;
  const decided = participantKey.decide(key, command);
  if (!decided.ok) return fail([failureAt(decided.failure.code, 'kid')]);
  const ended = decided.value.reduce((state, event) => participantKey.evolve(state, event), key);
  if (decided.value.length === 0 || ended === null) return ok({ id: kid });

  await registry.saveKey(ended);
  const directoryVersion = await publishDirectory(registry, now);
  const { participantId } = ended;
  await registry.append({ type: 'ParticipantKeyRetired', participantId, payload: { participantId, kid, directoryVersion }, at: now });
  await audit(participantId, { kid, before: key && auditedKey(key), after: auditedKey(ended) });
  return ok({ id: kid });
}
