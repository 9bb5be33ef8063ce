import { addMilliseconds } from '../../../kernel/core/time.ts';
import { EXPIRY_WARNING_MS, expiringKeys, type ExpiringKey } from '../domain/key-expiry.ts';
import type { ParticipantsDeps } from './deps.ts';

/** Keys that end within the time of the warning and that nothing replaces, of everybody. Each is told of once in the event log. */
export async function warnOfExpiry(deps: Pick<ParticipantsDeps, 'store' | 'reads' | 'now'>): Promise<readonly ExpiringKey[]> {
  const now = deps.now();
  const until = addMilliseconds(now, EXPIRY_WARNING_MS);
  const byOwner = Map.groupBy(await deps.reads.keysOfThoseEndingBefore(until, now), ({ participantId }) => participantId);
  const orphaned = [...byOwner.values()].flatMap((keys) => expiringKeys(keys, now, until)).filter(({ isReplaced }) => !isReplaced);
  if (orphaned.length === 0) return orphaned;
  await deps.store.changeUnasked(async (registry) => {
    for (const { key, validUntil } of orphaned) {
      if (!(await registry.claimExpiryWarning(key.kid, validUntil))) continue;
      const { participantId, kid } = key;
      const payload = { participantId, kid, validUntil: validUntil.toISOString() };
      await registry.append({ type: 'ParticipantKeyExpiring', participantId, payload, at: now });
    }
  });
  return orphaned;
}
