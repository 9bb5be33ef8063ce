import { defineEntity, p } from '@mikro-orm/postgresql';

import type { DirectorySnapshot } from '../../../schema/directory.ts';

export const directorySnapshotEntity = defineEntity({
  name: 'DirectorySnapshot',
  tableName: 'directory_snapshot',
  properties: { version: p.integer().primary(), snapshot: p.json<DirectorySnapshot>(), issuedAt: p.datetime() },
});
