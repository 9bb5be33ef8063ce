/**
 * The tables of an inbox, as steps that are taken once and in order. An object may have been made by an older Worker, and its storage
 * may have been deleted while it lived (by a test, or by hand), so whoever is about to use the tables asks for them first.
 */
const STEPS: readonly string[] = [
  `
CREATE TABLE IF NOT EXISTS used_token (
  jti TEXT PRIMARY KEY,
  request_hash TEXT NOT NULL,
  kept_until INTEGER NOT NULL,
  answer TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS used_token_by_end ON used_token (kept_until);
CREATE TABLE IF NOT EXISTS message (
  seq INTEGER PRIMARY KEY,
  guid TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL,
  jti TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  kept_until INTEGER NOT NULL,
  facts TEXT NOT NULL,
  pending TEXT NOT NULL,
  content_type TEXT NOT NULL,
  raw BLOB,
  due INTEGER NOT NULL DEFAULT 0,
  tries INTEGER NOT NULL DEFAULT 0,
  refusals INTEGER NOT NULL DEFAULT 0,
  reason TEXT
);
CREATE INDEX IF NOT EXISTS message_promised ON message (due, seq) WHERE state = 'PROMISED';
CREATE INDEX IF NOT EXISTS message_unfinished ON message (state) WHERE state IN ('WAITING', 'PROMISED', 'PARKED');
`,
  // What operations decided about a parked message; which object keeps a token's answer; how the keys of a bank are spread.
  `
ALTER TABLE message ADD COLUMN passed_over INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN tried_at INTEGER;
ALTER TABLE message ADD COLUMN parked_at INTEGER;
ALTER TABLE message ADD COLUMN operation_id TEXT;
ALTER TABLE message ADD COLUMN refusal_reason TEXT;
ALTER TABLE used_token ADD COLUMN keeper TEXT;
DROP INDEX message_promised;
DROP INDEX message_unfinished;
CREATE INDEX message_due ON message (due, seq) WHERE state IN ('PROMISED', 'REFUSING');
CREATE INDEX message_unfinished ON message (state) WHERE state IN ('WAITING', 'PROMISED', 'PARKED', 'REFUSING');
CREATE INDEX message_parked ON message (parked_at, guid) WHERE state = 'PARKED';
CREATE TABLE era (version INTEGER PRIMARY KEY, shards INTEGER NOT NULL, sealed_at INTEGER, sealed_seq INTEGER);
CREATE TABLE drained (name TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;
`,
  // Whether the core has heard that a refused message could not be recorded.
  `
ALTER TABLE message ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
CREATE INDEX message_untold ON message (seq) WHERE state = 'DISMISSED' AND told = 0;
`,
  // Used tokens in the order in which they came: rows in the order of random names would each change a page of their own.
  `
CREATE TABLE used_token_in_order (
  seq INTEGER PRIMARY KEY,
  jti TEXT NOT NULL UNIQUE,
  request_hash TEXT NOT NULL,
  kept_until INTEGER NOT NULL,
  answer TEXT,
  keeper TEXT
);
INSERT INTO used_token_in_order (jti, request_hash, kept_until, answer, keeper)
  SELECT jti, request_hash, kept_until, answer, keeper FROM used_token ORDER BY kept_until;
DROP TABLE used_token;
ALTER TABLE used_token_in_order RENAME TO used_token;
CREATE INDEX used_token_by_end ON used_token (kept_until);
`,
];

/** True when the tables are there and as this Worker knows them. Costs a few microseconds. */
export function hasSchema(sql: SqlStorage): boolean {
  try {
    return sql.exec('SELECT steps FROM inbox_schema').toArray()[0]?.['steps'] === STEPS.length;
  } catch {
    return false; // Not even that table: a new object, or one whose storage was deleted.
  }
}

/** Makes the tables, or brings them up to date. To be called in a transaction: a step is taken whole. */
export function makeSchema(sql: SqlStorage): void {
  // A table for the number, because `PRAGMA user_version` is not for Durable Objects.
  sql.exec('CREATE TABLE IF NOT EXISTS inbox_schema (steps INTEGER NOT NULL)');
  const taken = Number(sql.exec('SELECT steps FROM inbox_schema').toArray()[0]?.['steps'] ?? 0);
  if (taken > STEPS.length) throw new Error('this inbox was made by a newer Worker');
  for (const step of STEPS.slice(taken)) sql.exec(step);
  sql.exec('DELETE FROM inbox_schema');
  sql.exec('INSERT INTO inbox_schema VALUES (?)', STEPS.length);
}
