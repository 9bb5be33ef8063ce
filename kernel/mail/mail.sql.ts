/** For a migration of a subgraph that sends mails: its mails, and every try of each. */
export const MAIL_MIGRATION_SQL = `
create table mail (
  id uuid primary key,
  event text not null unique,
  kind text not null,
  receiver_id text not null,
  address text not null,
  subject text not null,
  facts jsonb not null,
  created_at timestamptz not null,
  state text not null default 'WAITING' check (state in ('WAITING', 'SENT', 'FAILED')),
  -- When it may be taken: for its next try, or when the lease of the one under way has run out.
  due_at timestamptz,
  lease uuid,
  attempts int not null default 0,
  tries int not null default 0,
  copy int not null default 1,
  sent_at timestamptz,
  traceparent text,
  check ((state = 'WAITING') = (due_at is not null)),
  check (state <> 'SENT' or sent_at is not null)
);
create index on mail (due_at) where state = 'WAITING';
create index on mail (created_at desc, id desc);
create index on mail (created_at) where state <> 'SENT';

create table mail_attempt (
  mail_id uuid not null references mail,
  attempt int not null,
  copy int not null,
  started_at timestamptz not null,
  duration_ms int not null,
  outcome text not null check (outcome in ('SENT', 'REFUSED', 'UNSENT')),
  answer text not null,
  -- Its lease had run out: another try decides.
  stray boolean not null,
  primary key (mail_id, attempt)
);
`;
