import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/** What a receiver answered to a callback can be compared with what it says later: SHA-256 of the answer's body, base64url. */
export const answerHash: Migration = {
  name: '0002-answer-hash',
  sql: `alter table attempt add column answer_sha256 text;`,
};
