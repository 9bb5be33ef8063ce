/** For a migration of a subgraph that sends callbacks: its callbacks and every try of each. */
export const CALLBACK_MIGRATION_SQL = `
create table callback (
  id uuid primary key,
  type text not null,
  receiver_kind text not null check (receiver_kind in ('bank', 'merchant')),
  receiver_id text not null,
  subject text not null,
  body text not null,
  when_unheard text not null check (when_unheard in ('review', 'close')),
  state text not null default 'WAITING' check (state in ('WAITING', 'DELIVERED', 'MANUAL_REVIEW', 'FAILED', 'RESOLVED')),
  attempts int not null default 0,
  refusals_in_row int not null default 0,
  last_try boolean not null default false,
  -- While a try is under way: when its lease runs out.
  due_at timestamptz,
  lease uuid,
  last_status int,
  created_at timestamptz not null,
  ended_at timestamptz,
  outcome text,
  outcome_reason text,
  check ((state = 'WAITING') = (due_at is not null)),
  check ((state = 'WAITING') = (ended_at is null)),
  check ((state = 'RESOLVED') = (outcome is not null and outcome_reason is not null))
);
create index on callback (receiver_id, due_at) where state = 'WAITING';
create index on callback (created_at, id) where state in ('MANUAL_REVIEW', 'FAILED');
create index on callback (subject);

create table callback_attempt (
  callback_id uuid not null references callback,
  attempt int not null,
  started_at timestamptz not null,
  duration_ms int not null,
  status int,
  error text,
  -- Of the answer's body as it came, base64url; null when there was none.
  answer_sha256 text,
  -- Its lease had run out: another try decides.
  stray boolean not null
);
create index on callback_attempt (callback_id, attempt);
`;

/** For a migration after that: the trace that a callback comes from. */
export const CALLBACK_TRACE_SQL = `alter table callback add column traceparent text;
`;

/** For a subgraph whose callbacks ask: a refusal answers them. */
export const CALLBACK_QUESTIONS_SQL = `
alter table callback drop constraint callback_when_unheard_check;
alter table callback add check (when_unheard in ('review', 'close', 'answer'));
`;

/** For a subgraph whose callbacks people decide about. Who decided what is in its audit log; `callback_operation` has what was before there was one. */
export const CALLBACK_OPERATIONS_SQL = `
create table callback_operation (
  id bigint generated always as identity primary key,
  callback_id uuid not null references callback,
  at timestamptz not null,
  subject text not null,
  action text not null check (action in ('retry', 'resolve')),
  outcome text,
  reason text
);
create index on callback_operation (callback_id);
create index callback_shown on callback (state, (coalesce(ended_at, created_at)), id) where state in ('MANUAL_REVIEW', 'FAILED');
`;
