import type pg from 'pg';

import { type Audit, auditNoteText } from '../../schema/audit-entry.ts';
import type { AuditPlace } from '../../schema/audit-chain.ts';
import type { Database } from './database.ts';
import type { AuditFilter, AuditReads, AuditRow } from './graphql/audit-log.ts';

/** Appends entries on `client`, in the transaction that it is in. `at` is wall-clock time: when a person did something is no business rule. */
export function auditOn(client: Pick<pg.ClientBase, 'query'>, at: Date): Audit {
  return async (note) => {
    await client.query({ name: 'append-audit', text: 'select append_audit($1)', values: [auditNoteText(note, at)] });
  };
}

/** The audit log for people. */
export function createAuditReads({ pool, schema }: Pick<Database, 'pool' | 'schema'>): AuditReads {
  return {
    async head() {
      const { rows } = await pool.query<AuditPlace>("select sequence, encode(hash, 'hex') as hash from audit_head");
      if (!rows[0]) throw new Error(`the schema '${schema}' has no audit log`);
      return rows[0];
    },
    async page(filter, { upTo, limit }) {
      const { rows } = await pool.query<AuditRow>(PAGE, [upTo, ...valuesOf(filter), limit]);
      return rows;
    },
  };
}

function valuesOf({ actor, action, target, from, until }: AuditFilter): unknown[] {
  return [actor, action, target, from?.toISOString() ?? null, until?.toISOString() ?? null];
}

/** Members that an edit has removed are shown as empty: whoever verifies the chain must see the entry. */
const PAGE = `
select sequence, at, coalesce(entry::jsonb -> 'actor' ->> 'kind', '') as "actorKind", actor, entry::jsonb -> 'actor' ->> 'keyId' as "keyId", action,
  coalesce(entry::jsonb -> 'target' ->> 'kind', '') as "targetKind", target, coalesce(entry::json ->> 'details', '') as details, entry,
  encode(previous_hash, 'hex') as "previousHash", encode(hash, 'hex') as hash
from audit_entry
where sequence <= $1 and ($2::text is null or actor = $2) and ($3::text is null or action = $3) and ($4::text is null or target = $4)
  and ($5::text is null or at >= $5) and ($6::text is null or at < $6)
order by sequence desc limit $7`;
