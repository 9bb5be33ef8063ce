import type { AuditDetails } from '../../../schema/audit-entry.ts';
import type { ApiKey } from '../domain/api-key.ts';
import type { ParticipantKey } from '../domain/participant-key.ts';
import type { Terms } from '../domain/terms.ts';

// What the audit log says of keys and terms: enough to know which, nothing that opens a door, and no key material.

export function auditedKey({ kid, purpose, validFrom, validUntil, revokedFrom }: ParticipantKey) {
  return { kid, purpose, validFrom, validUntil, revokedFrom };
}

export function auditedApiKey({ id: apiKeyId, kind, tail, origins }: ApiKey) {
  return { apiKeyId, kind, tail, origins };
}

export function auditedTerms({ limits, boundTokens, plainBodies, keyUse }: Terms) {
  return { limits: { ...limits }, boundTokens, plainBodies, keyUse };
}

/** What a participant was registered with, beside who it is. */
export function auditedAgreement(keys: readonly ParticipantKey[], terms: Terms, jwksUrl: string | undefined): AuditDetails {
  return { keys: keys.map(auditedKey), terms: auditedTerms(terms), jwksUrl };
}
