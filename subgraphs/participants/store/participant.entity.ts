import { defineEntity, p, type InferEntity } from '@mikro-orm/postgresql';

import type { ParticipantKind } from '../domain/api-key.ts';
import type { BoundTokens, KeyUse, PlainBodies } from '../domain/terms.ts';

export const participantEntity = defineEntity({
  name: 'Participant',
  tableName: 'participant',
  properties: {
    id: p.uuid().primary(),
    kind: p.text().$type<ParticipantKind>(),
    limitPerSecond: p.integer(),
    limitBurst: p.integer(),
    limitShards: p.integer(),
    boundTokens: p.text().$type<BoundTokens>(),
    plainBodies: p.text().$type<PlainBodies>(),
    keyUse: p.text().$type<KeyUse>(),
  },
});
export type ParticipantRow = InferEntity<typeof participantEntity>;
