import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/** Over how many objects the edge spreads a participant's requests. */
export const edgeShards: Migration = {
  name: '0004-edge-shards',
  sql: 'alter table participant add column limit_shards int not null default 1 check (limit_shards between 1 and 16);',
};
