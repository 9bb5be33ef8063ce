import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/** What a merchant answered to a callback can be compared with what it says later: SHA-256 of the answer's body, base64url. */
export const answerHashMigration: Migration = {
  name: '0003-answer-hash',
  sql: `alter table expiration_attempt add column answer_sha256 text;`,
};
