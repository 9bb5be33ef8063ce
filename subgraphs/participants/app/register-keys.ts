import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import type { Instant } from '../../../kernel/core/time.ts';
import { failureAt } from '../domain/field-failure.ts';
import { isLiveAt, participantKey, type ParticipantKey } from '../domain/participant-key.ts';
import type { KeyUse } from '../domain/terms.ts';
import type { Registry } from './ports.ts';
import { readKey, type KeyInput, type KeyInputFailure } from './read-key.ts';

export interface KeyRegistration {
  readonly participantId: string;
  readonly inputs: readonly KeyInput[];
  /** Where the keys are in the input: `keys` in a registration, nothing when a key is added by itself. */
  readonly path: (index: number) => readonly string[];
  readonly keyUse: KeyUse;
  readonly now: Instant;
  /** True for kids that only the hub may have. */
  readonly isReservedKid: (kid: string) => boolean;
}

/** Adds keys to a participant, all or none. The order of the failures is the order of the keys. */
export async function registerKeys(
  registry: Registry,
  registration: KeyRegistration,
): Promise<Result<readonly ParticipantKey[], readonly KeyInputFailure[]>> {
  const { participantId, inputs, keyUse, now, isReservedKid } = registration;
  const present = await registry.keysOf(participantId);
  const isLive = (key: ParticipantKey): boolean => isLiveAt(key, now);
  const added: ParticipantKey[] = [];
  const failures: KeyInputFailure[] = [];
  for (const [index, input] of inputs.entries()) {
    const path = registration.path(index);
    const read = readKey(input, participantId, now, path);
    if ('failure' in read) {
      failures.push(read.failure);
      continue;
    }
    const { kid } = read.key;
    const registered = (await registry.key(kid)) ?? added.find((key) => key.kid === kid) ?? null;
    const twins = [...(await registry.keysWithModulus(read.key.jwk.n)), ...added.filter((key) => key.jwk.n === read.key.jwk.n)];
    const circumstances = {
      kidOwner: registered?.participantId ?? null,
      kidReserved: isReservedKid(kid),
      liveKeys: present.filter(isLive).length + added.length,
      keyUse,
      usedForOtherEnd: twins.some((key) => key.participantId === participantId && isLive(key) && key.purpose !== read.key.purpose),
      revokedBefore: twins.some((key) => key.revokedFrom !== null),
    };
    const decided = participantKey.decide(null, { type: 'ADD', key: read.key, circumstances, now });
    if (decided.ok) added.push(read.key);
    else failures.push(failureAt(decided.failure.code, ...path));
  }
  if (failures.length > 0) return fail(failures);
  for (const key of added) await registry.saveKey(key);
  return ok(added);
}
