import type { Migration } from '../migrations.ts';

/**
 * The trace that an event was written in travels with it, so that whoever handles or shows the event later goes on in it. For a migration
 * after that with eventLogMigrationSql. It is about the hub and no part of what happened, so the chain of hashes does not cover it.
 *
 * Writers that do not know the column yet write null.
 */
export function eventLogTraceSql(logName: string): string {
  return `alter table event_outbox add column traceparent text;
alter table event_log add column traceparent text;
alter table parked_event add column traceparent text;
${numberEventsSql(logName)}`;
}

/** The same where a log needs nothing else at that place. */
export function eventLogTrace(logName: string): Migration {
  return { name: 'event-log-trace', sql: eventLogTraceSql(logName) };
}

/** As it was (event-log.sql.ts says why it is so), with one column more. */
const numberEventsSql = (logName: string) => `
create or replace function number_events(batch int) returns bigint language plpgsql set enable_seqscan = off as $$
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
    insert into event_log (pos, subject, version, type, payload, at, audience, sequences, hash, traceparent)
    select p.pos, p.subject, p.version, p.type, p.payload, p.at, s.audience, s.sequences,
      event_chain(previous, p.pos, p.subject, p.version, p.type, p.payload, p.at, s.audience) over (order by p.pos rows unbounded preceding), p.traceparent
    from placed p join scoped s using (pos) order by p.pos
    returning pos, hash
  )
  select count(*), (array_agg(hash order by pos desc))[1] into numbered, last from logged;
  if numbered > 0 then update log_head set pos = base + numbered, hash = last where log = '${logName}'; end if;
  return numbered;
end $$;
`;
