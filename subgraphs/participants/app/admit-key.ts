import type { Result } from '../../../kernel/core/result.ts';
import type { Instant } from '../../../kernel/core/time.ts';
import { isLiveAt, participantKey, type KeyFailure, type KeyEvent, type ParticipantKey } from '../domain/participant-key.ts';
import type { KeyUse } from '../domain/terms.ts';
import type { Registry } from './ports.ts';

/** Whose keys a new one joins. */
export interface KeyCompany {
  readonly participantId: string;
  readonly keyUse: KeyUse;
  readonly now: Instant;
  /** True for kids that only the hub may have. */
  readonly isReservedKid: (kid: string) => boolean;
  /** The participant's keys as they are, with those that this change has added by now. */
  readonly present: readonly ParticipantKey[];
}

/** Whether a key may join its participant's others, by everything that the registry knows. Saves nothing. */
export async function admitKey(
  registry: Registry,
  key: ParticipantKey,
  company: KeyCompany,
): Promise<Result<readonly KeyEvent[], KeyFailure>> {
  const { participantId, keyUse, now, isReservedKid, present } = company;
  const isLive = (other: ParticipantKey): boolean => isLiveAt(other, now);
  const registered = (await registry.key(key.kid)) ?? present.find(({ kid }) => kid === key.kid) ?? null;
  const twins = [...(await registry.keysWithModulus(key.jwk.n)), ...present.filter(({ jwk }) => jwk.n === key.jwk.n)];
  const circumstances = {
    kidOwner: registered?.participantId ?? null,
    kidReserved: isReservedKid(key.kid),
    liveKeys: present.filter(isLive).length,
    keyUse,
    usedForOtherEnd: twins.some((twin) => twin.participantId === participantId && isLive(twin) && twin.purpose !== key.purpose),
    revokedBefore: twins.some((twin) => twin.revokedFrom !== null),
  };
  return participantKey.decide(null, { type: 'ADD', key, circumstances, now });
}
