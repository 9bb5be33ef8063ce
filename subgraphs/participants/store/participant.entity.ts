import { defineEntity, p } from '@mikro-orm/postgresql';

import type { ParticipantKind } from '../domain/api-key.ts';

export const participantEntity = defineEntity({
  name: 'Participant',
  tableName: 'participant',
  properties: { id: p.uuid().primary(), kind: p.text().$type<ParticipantKind>() },
});
