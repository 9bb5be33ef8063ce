import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import type { Instant } from '../../../kernel/core/time.ts';
import { failureAt } from '../domain/field-failure.ts';
import type { ParticipantKey } from '../domain/participant-key.ts';
import type { KeyUse } from '../domain/terms.ts';
import { admitKey } from './admit-key.ts';
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
  const { participantId, inputs, now } = registration;
  const present = await registry.keysOf(participantId);
  const added: ParticipantKey[] = [];
  const failures: KeyInputFailure[] = [];
  for (const [index, input] of inputs.entries()) {
    const path = registration.path(index);
    const read = await readKey(input, { participantId, origin: 'REGISTERED', now, path });
    if (!read.ok) {
      failures.push(read.failure);
      continue;
    }
    const decided = await admitKey(registry, read.value, { ...registration, present: [...present, ...added] });
    if (decided.ok) added.push(read.value);
    else failures.push(failureAt(decided.failure.code, ...path));
  }
  if (failures.length > 0) return fail(failures);
  for (const key of added) await registry.saveKey(key);
  return ok(added);
}
