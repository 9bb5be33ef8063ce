import { fail, ok } from '../../../kernel/core/result.ts';
import type { Instant } from '../../../kernel/core/time.ts';
import type { Caller } from '../../../schema/caller.ts';
import { failureAt, type FieldFailure } from '../domain/field-failure.ts';
import { newKeySource } from '../domain/key-source.ts';
import { isWebAddress, type AddressPolicy } from '../domain/web-address.ts';
import { changeParticipants, type ForbiddenFailure } from './change-participants.ts';
import type { ParticipantsDeps } from './deps.ts';
import type { ChangeOutcome, Registry } from './ports.ts';

export interface KeySourceChange {
  readonly participantId: string;
  /** Null: the participant's key set is followed no more; its keys stay as they are, for operations to end. */
  readonly jwksUrl: string | null;
  readonly idempotencyKey: string;
}

export const KEY_SOURCE_CHANGE_FAILURE_CODES = ['JWKS_URL_INVALID'] as const;
export type JwksUrlFailure = FieldFailure<(typeof KEY_SOURCE_CHANGE_FAILURE_CODES)[number]>;
export type KeySourceChangeFailure = JwksUrlFailure | FieldFailure<'PARTICIPANT_NOT_FOUND'> | ForbiddenFailure;

/**
 * Says where a participant publishes its keys. It is asked at once, also when the address is the same as before: that is how
 * operations have an address tried again that was given up.
 */
export function changeKeySource(
  deps: ParticipantsDeps,
  caller: Caller,
  input: KeySourceChange,
): Promise<ChangeOutcome<KeySourceChangeFailure>> {
  const { participantId, jwksUrl } = input;
  return changeParticipants<KeySourceChangeFailure>(
    deps,
    { caller, mutation: 'participantKeySourceChange', input },
    async (registry, audit) => {
      const failures = jwksUrlFailures(jwksUrl, deps.addressPolicy);
      if (failures.length > 0) return fail(failures);
      if ((await registry.participantKind(participantId)) === null) return fail([failureAt('PARTICIPANT_NOT_FOUND', 'participantId')]);
      const now = deps.now();
      const before = await registry.keySource(participantId);
      await setKeySource(registry, { participantId, url: jwksUrl, now });
      await registry.append({ type: 'ParticipantKeySourceChanged', participantId, payload: { participantId, url: jwksUrl }, at: now });
      await audit(participantId, { before: before?.url ?? null, after: jwksUrl });
      return ok({ id: participantId });
    },
  );
}

/** What is wrong with the address of a key set; no address is nothing wrong. */
export function jwksUrlFailures(jwksUrl: string | null | undefined, policy: AddressPolicy): readonly JwksUrlFailure[] {
  if (jwksUrl === null || jwksUrl === undefined || isWebAddress(jwksUrl, policy)) return [];
  return [failureAt('JWKS_URL_INVALID', 'jwksUrl')];
}

/** Sets or removes the source. The count of askings goes on, so that no answer of an earlier address is taken for one of this. */
export async function setKeySource(
  registry: Registry,
  { participantId, url, now }: { readonly participantId: string; readonly url: string | null; readonly now: Instant },
): Promise<void> {
  const before = await registry.keySource(participantId);
  if (url === null) await registry.removeKeySource(participantId);
  else await registry.saveKeySource(newKeySource({ participantId, url, polls: (before?.polls ?? 0) + 1, now }));
}
