import type { ApiKey } from '../domain/api-key.ts';
import type { Bank } from '../domain/bank.ts';
import type { Merchant } from '../domain/merchant.ts';
import type { ParticipantKey } from '../domain/participant-key.ts';
import type { Terms } from '../domain/terms.ts';
import type { BankCodeRow, BankRow } from './bank.entity.ts';
import type { ApiKeyRow, ParticipantKeyRow } from './key.entity.ts';
import type { MerchantRow } from './merchant.entity.ts';
import type { ParticipantRow } from './participant.entity.ts';

/** Banks with their codes, in the order of the banks. */
export function banksOf(rows: readonly BankRow[], codes: readonly BankCodeRow[]): readonly Bank[] {
  const codesOf = Map.groupBy(codes, (code) => code.bankGuid);
  return rows.map((row) => ({
    guid: row.guid,
    bic: row.bic,
    bankCodes: (codesOf.get(row.guid) ?? []).toSorted((a, b) => a.place - b.place).map(({ code }) => code),
    name: row.name,
    taxCode: row.taxCode,
    chargingAccount: row.chargingAccount,
    email: row.email,
    routes: row.routes,
    appScheme: row.appScheme ?? null,
    logoUrl: row.logoUrl ?? null,
    registeredAt: row.registeredAt,
  }));
}

export function merchantOf(row: MerchantRow): Merchant {
  const { uid, name, taxNumber, iban, mcc, bankGuid, callbackUrl, redirectOrigins, registeredAt } = row;
  return { uid, name, taxNumber, iban, mcc, bankGuid, callbackUrl, redirectOrigins, logoUrl: row.logoUrl ?? null, registeredAt };
}

export function keyOf(row: ParticipantKeyRow): ParticipantKey {
  const { kid, participantId, jwk, purpose, encryptionProfiles, validFrom } = row;
  const ends = { validUntil: row.validUntil ?? null, revokedFrom: row.revokedFrom ?? null, vanishedAt: row.vanishedAt ?? null };
  return { kid, participantId, jwk, purpose, encryptionProfiles, validFrom, origin: row.origin, ...ends };
}

export function apiKeyOf(row: ApiKeyRow): ApiKey {
  const { id, participantId, kind, sha256, tail, origins, createdAt } = row;
  return {
    id,
    participantId,
    kind,
    sha256,
    tail,
    origins,
    createdAt,
    lastUsedAt: row.lastUsedAt ?? null,
    revokedAt: row.revokedAt ?? null,
  };
}

export function termsOf({ limitPerSecond, limitBurst, limitShards, boundTokens, plainBodies, keyUse }: ParticipantRow): Terms {
  return { limits: { perSecond: limitPerSecond, burst: limitBurst, shards: limitShards }, boundTokens, plainBodies, keyUse };
}

export function termsColumns({
  limits,
  boundTokens,
  plainBodies,
  keyUse,
}: Terms): Pick<ParticipantRow, 'limitPerSecond' | 'limitBurst' | 'limitShards' | 'boundTokens' | 'plainBodies' | 'keyUse'> {
  return { limitPerSecond: limits.perSecond, limitBurst: limits.burst, limitShards: limits.shards, boundTokens, plainBodies, keyUse };
}
