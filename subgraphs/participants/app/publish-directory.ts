import type { Instant } from '../../../kernel/core/time.ts';
import type { BankEntry, DirectoryKey, DirectorySnapshot } from '../../../schema/directory.ts';
import type { ParticipantKey } from '../domain/participant-key.ts';
import type { DirectoryContents, Registry } from './ports.ts';

/** Writes the next snapshot in the transaction of the change that it publishes, and gives its version. */
export async function publishDirectory(registry: Registry, now: Instant): Promise<number> {
  const snapshot = directorySnapshot(await registry.directoryContents(), now);
  await registry.saveSnapshot(snapshot);
  return snapshot.version;
}

/** Retired and revoked keys stay in: a message that waited at the edge was signed when they were good, or has to be refused by name. */
export function directorySnapshot(contents: DirectoryContents, now: Instant): DirectorySnapshot {
  const keysOf = Map.groupBy(contents.keys, (key) => key.participantId);
  const entriesOf = (participantId: string): DirectoryKey[] => (keysOf.get(participantId) ?? []).map(directoryKey);
  return {
    version: contents.nextVersion,
    issuedAt: now.toISOString(),
    banks: contents.banks.map(({ registeredAt: _, ...bank }) => ({
      ...bank,
      bankCodes: [...bank.bankCodes],
      routes: { ...bank.routes },
      keys: entriesOf(bank.guid),
      ...termsOf(contents, bank.guid),
    })),
    merchants: contents.merchants.map(({ registeredAt: _, ...merchant }) => ({
      ...merchant,
      redirectOrigins: [...merchant.redirectOrigins],
      keys: entriesOf(merchant.uid),
      ...termsOf(contents, merchant.uid),
    })),
  };
}

function termsOf({ terms }: DirectoryContents, participantId: string): Pick<BankEntry, 'limits' | 'boundTokens' | 'plainBodies'> {
  const found = terms.get(participantId);
  if (!found) throw new Error(`the participant ${participantId} has no terms`);
  return { limits: { ...found.limits }, boundTokens: found.boundTokens, plainBodies: found.plainBodies };
}

function directoryKey(key: ParticipantKey): DirectoryKey {
  return {
    kid: key.kid,
    jwk: { ...key.jwk },
    purpose: key.purpose,
    encryptionProfiles: [...key.encryptionProfiles],
    validFrom: key.validFrom.toISOString(),
    validUntil: key.validUntil?.toISOString() ?? null,
    revokedFrom: key.revokedFrom?.toISOString() ?? null,
  };
}
