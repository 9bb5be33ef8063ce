import type { Migration } from '../migrations.ts';

/** Positions per partition of the log. Part of the stored form: it never changes once a log exists. */
export const PARTITION_SIZE = 1_000_000;
/** Empty partitions that stand ready in front of the head. */
export const PARTITIONS_AHEAD = 2;

const LOG_NAME = /^[a-z][a-z0-9_]{0,39}$/;

/**
 * The tables and functions of one event log, for the first migration of the subgraph that owns it. Postgres 15 and later.
 *
 * A business transaction inserts into `event_outbox` and nothing else. `number_events` later moves rows into `event_log` and gives
 * each its place: `pos`, dense in the log; for everyone in the audience a dense `ppos` of their own; and the hash that chains it to
 * the row before. It takes the lock on the head first and picks rows in a second statement: a single statement would have a snapshot
 * older than the lock and number rows twice.
 */
export function eventLogMigrationSql(logName: string): string {
  if (!LOG_NAME.test(logName)) throw new Error(`'${logName}' is no log name`);
  return `${OUTBOX_SQL}${LOG_SQL}${PARTITIONS_SQL}${CHAIN_SQL}${numberEventsSql(logName)}${INBOX_SQL}
insert into log_head (log, epoch, pos, floor, hash) values ('${logName}', 1, 0, 0, sha256(convert_to('${logName}', 'UTF8')));
select ensure_event_partitions();
`;
}

/**
 * `audience` holds participant ids; nulls and repetitions are ignored, and an event without an audience is for operations alone.
 * `id` is an order hint only; `unique (subject, version)` catches a writer that did not hold its subject's row.
 */
const OUTBOX_SQL = `
create table event_outbox (
  id bigint generated always as identity primary key,
  audience text[] not null,
  subject text not null,
  version int not null,
  type text not null,
  payload jsonb not null,
  at timestamptz not null,
  unique (subject, version)
) with (autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_scale_factor = 0);
`;

/** `sequences[i]` is the ppos of `audience[i]`: the tail of the log is read without a join. */
const LOG_SQL = `
create table event_log (
  pos bigint primary key,
  subject text not null,
  version int not null,
  type text not null,
  payload jsonb not null,
  at timestamptz not null,
  audience text[] not null,
  sequences bigint[] not null,
  hash bytea not null
) partition by range (pos);
create index on event_log (subject, pos);
create table event_audience (
  participant text not null,
  pos bigint not null,
  ppos bigint not null,
  primary key (participant, pos)
) partition by range (pos);
create table log_head (log text primary key, epoch int not null, pos bigint not null, floor bigint not null, hash bytea not null) with (fillfactor = 10);
create table participant_head (participant text primary key, pos bigint not null) with (fillfactor = 50);
`;

/** A partition is made apart and then attached: CREATE ... PARTITION OF would wait for, and hold up, every reader. */
const PARTITIONS_SQL = `
create function ensure_event_partitions() returns void language plpgsql as $$
declare
  range_size constant bigint := ${PARTITION_SIZE};
  first bigint;
  parent text;
  partition text;
begin
  perform pg_advisory_xact_lock(hashtext('event partitions ' || current_schema()));
  select pos / range_size into first from log_head;
  for n in first .. first + ${PARTITIONS_AHEAD} loop
    foreach parent in array array['event_log', 'event_audience'] loop
      partition := parent || '_' || n;
      if to_regclass(partition) is null then
        execute format('create table %I (like %I including all)', partition, parent);
        execute format('alter table %I attach partition %I for values from (%s) to (%s)', parent, partition, n * range_size, (n + 1) * range_size);
      end if;
    end loop;
  end loop;
end $$;
`;

/**
 * An aggregate, so that one window function chains a whole batch. Texts are preceded by their length, so that no two events have the
 * same digest text. chain.ts computes the same. PL/pgSQL, because a function in plain SQL takes twice as long here.
 */
const CHAIN_SQL = `
create function event_chain_step(state bytea, head bytea, pos bigint, subject text, version int, type text, payload jsonb, at timestamptz, audience text[])
returns bytea language plpgsql stable as $$
begin
  return sha256(coalesce(state, head) || convert_to(
    pos || ' ' || version || ' ' || (extract(epoch from at) * 1000000)::bigint || ' ' || octet_length(subject) || ':' || subject
      || octet_length(type) || ':' || type || audience::text || payload::text, 'UTF8'));
end $$;
create aggregate event_chain(head bytea, pos bigint, subject text, version int, type text, payload jsonb, at timestamptz, audience text[])
  (sfunc = event_chain_step, stype = bytea);
`;

/**
 * Returns how many events were numbered, or -1 when another relay holds the head. The order within a batch is that of the identity,
 * which a writer takes after its subject's row lock. Nothing may precede the lock, and a client may not spread this over round trips.
 * The setting keeps a plan that was made over an empty outbox from sorting all of a full one.
 */
const numberEventsSql = (logName: string) => `
create function number_events(batch int) returns bigint language plpgsql set enable_seqscan = off as $$
declare
  base bigint;
  previous bytea;
  last bytea;
  numbered bigint;
begin
  select pos, hash into base, previous from log_head where log = '${logName}' for update skip locked;
  if not found then return -1; end if;
  with moved as (
    delete from event_outbox where ctid = any (array(select ctid from event_outbox order by id limit batch)) returning *
  ), placed as (
    select base + row_number() over (order by id) as pos, * from moved
  ), heard as (
    select distinct p.pos, a.participant from placed p, unnest(p.audience) as a (participant) where a.participant is not null
  ), head as (
    insert into participant_head as h select participant, count(*) from heard group by participant
    on conflict (participant) do update set pos = h.pos + excluded.pos returning participant, pos
  ), ranked as (
    select d.pos, d.participant, h.pos - count(*) over (partition by d.participant) + row_number() over (partition by d.participant order by d.pos) as ppos
    from heard d join head h using (participant)
  ), indexed as (
    insert into event_audience (participant, pos, ppos) select participant, pos, ppos from ranked
  ), scoped as (
    select p.pos, coalesce(array_agg(r.participant order by r.participant) filter (where r.participant is not null), '{}') as audience,
      coalesce(array_agg(r.ppos order by r.participant) filter (where r.participant is not null), '{}') as sequences
    from placed p left join ranked r using (pos) group by p.pos
  ), logged as (
    insert into event_log (pos, subject, version, type, payload, at, audience, sequences, hash)
    select p.pos, p.subject, p.version, p.type, p.payload, p.at, s.audience, s.sequences,
      event_chain(previous, p.pos, p.subject, p.version, p.type, p.payload, p.at, s.audience) over (order by p.pos rows unbounded preceding)
    from placed p join scoped s using (pos) order by p.pos
    returning pos, hash
  )
  select count(*), (array_agg(hash order by pos desc))[1] into numbered, last from logged;
  if numbered > 0 then update log_head set pos = base + numbered, hash = last where log = '${logName}'; end if;
  return numbered;
end $$;
`;

/** For the logs of others: how far their events took effect here, and what could not be handled. consumer.ts writes both. */
const INBOX_SQL = `
create table inbox_position (publisher text primary key, pos bigint not null) with (fillfactor = 10);
create table parked_event (
  publisher text not null,
  subject text not null,
  pos bigint not null,
  version int not null,
  type text not null,
  payload jsonb not null,
  at timestamptz not null,
  hash bytea not null,
  reason text not null,
  parked_at timestamptz not null default now(),
  primary key (publisher, subject, pos)
);
`;

/**
 * What a log needs to be kept for a while only, and to notice that its database was restored. For a migration of its own, after the
 * one with eventLogMigrationSql.
 *
 * `floor_hash` is the hash of the row at the floor: where the chain is verified from once the rows before it are gone. `origin` names
 * the server and the timeline that the log was last written on. A dump that was loaded elsewhere, a restore to a point in time and a
 * fail-over all change it: then positions may be given a second time, so the epoch is raised and older cursors are refused.
 */
export const EVENT_LOG_UPKEEP: Migration = {
  name: 'event-log-upkeep',
  sql: `
alter table log_head add column floor_hash bytea, add column origin text;
create function note_log_origin() returns void language plpgsql as $$
declare
  here text := (select system_identifier from pg_control_system()) || '/' || substring(pg_walfile_name(pg_current_wal_lsn()) for 8);
begin
  update log_head set origin = here, epoch = epoch + case when origin is null then 0 else 1 end where origin is distinct from here;
end $$;
`,
};
