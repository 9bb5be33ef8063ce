/**
 * The audit log of one subgraph, for a migration of its own. Entries are only ever appended: a trigger refuses everything else, and whoever
 * switches the trigger off must recompute every hash behind an edit, and then no longer agrees with a head that somebody noted before.
 *
 * `append_audit` takes the lock on the head, so entries are dense and in one order, whoever writes them: plain SQL, MikroORM's connection or
 * a statement of its own. Call it last in a transaction. `entry` is what is hashed, to the byte; the other columns are read out of it by
 * the database, so none of them can say something else. `at` is ISO 8601 in UTC with milliseconds, whose texts sort as the instants do.
 */
export function auditLogMigrationSql(logName: string): string {
  if (!LOG_NAME.test(logName)) throw new Error(`'${logName}' is no log name`);
  return `${TABLES_SQL}${KEEPING_SQL}${APPEND_SQL}
insert into audit_head (sequence, hash) values (0, sha256(convert_to('audit of ${logName}', 'UTF8')));
`;
}

const LOG_NAME = /^[a-z][a-z0-9_]{0,39}$/;

const TABLES_SQL = `
create table audit_entry (
  sequence bigint primary key,
  entry text not null,
  previous_hash bytea not null,
  hash bytea not null,
  at text not null generated always as (entry::jsonb ->> 'at') stored,
  actor text not null generated always as (entry::jsonb -> 'actor' ->> 'id') stored,
  action text not null generated always as (entry::jsonb ->> 'action') stored,
  target text not null generated always as (entry::jsonb -> 'target' ->> 'id') stored
);
create index on audit_entry (target, sequence);
create index on audit_entry (actor, sequence);
create index on audit_entry (action, sequence);
create index on audit_entry (at);
create table audit_head (only_row boolean primary key default true check (only_row), sequence bigint not null, hash bytea not null)
  with (fillfactor = 10);
`;

const KEEPING_SQL = `
create function refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is only ever appended to' using errcode = 'restrict_violation';
end $$;
create trigger kept before update or delete or truncate on audit_entry for each statement execute function refuse_audit_change();
create trigger kept before delete or truncate on audit_head for each statement execute function refuse_audit_change();
create trigger forward_only before update on audit_head for each row when (new.sequence is distinct from old.sequence + 1)
  execute function refuse_audit_change();
`;

const APPEND_SQL = `
create function append_audit(note text) returns bigint language plpgsql as $$
declare
  number bigint;
  previous bytea;
  numbered text;
  digest bytea;
begin
  select sequence + 1, hash into strict number, previous from audit_head for update;
  numbered := '{"sequence":' || number || ',' || substr(note, 2);
  digest := sha256(previous || convert_to(numbered, 'UTF8'));
  insert into audit_entry (sequence, entry, previous_hash, hash) values (number, numbered, previous, digest);
  update audit_head set sequence = number, hash = digest;
  return number;
end $$;
`;
