import { defineEntity, p, type InferEntity } from '@mikro-orm/postgresql';

import type { KeySource, KeySourceFailureCode, UnusedKey } from '../domain/key-source.ts';

export const keySourceEntity = defineEntity({
  name: 'KeySource',
  tableName: 'key_source',
  properties: {
    participantId: p.uuid().primary(),
    url: p.text(),
    polls: p.integer(),
    dueAt: p.datetime().nullable(),
    lastPolledAt: p.datetime().nullable(),
    lastReadAt: p.datetime().nullable(),
    lastFailure: p.text().$type<KeySourceFailureCode>().nullable(),
    failures: p.integer(),
    unusedKeys: p.json<readonly UnusedKey[]>(),
  },
});

export function keySourceOf(row: InferEntity<typeof keySourceEntity>): KeySource {
  const { participantId, url, polls, failures, unusedKeys } = row;
  const times = { dueAt: row.dueAt ?? null, lastPolledAt: row.lastPolledAt ?? null, lastReadAt: row.lastReadAt ?? null };
  return { participantId, url, polls, ...times, lastFailure: row.lastFailure ?? null, failures, unusedKeys };
}
