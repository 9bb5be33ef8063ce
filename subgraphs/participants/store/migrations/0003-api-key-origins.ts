import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/** From which web origins a publishable key may be used. Those of older keys are the origins of their merchant. */
export const apiKeyOrigins: Migration = {
  name: '0003-api-key-origins',
  sql: `
alter table api_key add column origins text[] not null default '{}';

update api_key set origins = merchant.redirect_origins
from merchant where merchant.uid = api_key.participant_id and api_key.kind = 'PUBLISHABLE';
`,
};
