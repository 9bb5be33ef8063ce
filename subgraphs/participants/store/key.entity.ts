import { defineEntity, p, type InferEntity } from '@mikro-orm/postgresql';

import type { ApiKeyKind } from '../domain/api-key.ts';
import type { EncryptionProfile, KeyOrigin } from '../domain/participant-key.ts';
import type { KeyPurpose, PublicJwk } from '../domain/public-jwk.ts';

export const participantKeyEntity = defineEntity({
  name: 'ParticipantKey',
  tableName: 'participant_key',
  properties: {
    kid: p.text().primary(),
    participantId: p.uuid(),
    jwk: p.json<PublicJwk>(),
    purpose: p.text().$type<KeyPurpose>(),
    encryptionProfiles: p.array<EncryptionProfile>(),
    validFrom: p.datetime(),
    validUntil: p.datetime().nullable(),
    revokedFrom: p.datetime().nullable(),
    origin: p.text().$type<KeyOrigin>(),
    vanishedAt: p.datetime().nullable(),
  },
});
export type ParticipantKeyRow = InferEntity<typeof participantKeyEntity>;

export const apiKeyEntity = defineEntity({
  name: 'ApiKey',
  tableName: 'api_key',
  properties: {
    id: p.uuid().primary(),
    participantId: p.uuid(),
    kind: p.text().$type<ApiKeyKind>(),
    sha256: p.text(),
    tail: p.text(),
    origins: p.array(),
    createdAt: p.datetime(),
    lastUsedAt: p.datetime().nullable(),
    revokedAt: p.datetime().nullable(),
  },
});
export type ApiKeyRow = InferEntity<typeof apiKeyEntity>;
