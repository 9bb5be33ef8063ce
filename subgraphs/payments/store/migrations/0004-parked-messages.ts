import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/**
 * What the edge could not hand over to us: reported by it, decided about by operations, fetched by it. `recorded` is no state of the
 * row: whether there is a payment, only the payments say.
 */
export const parkedMessages: Migration = {
  name: '0004-parked-messages',
  sql: `
create table parked_message (
  guid uuid primary key,
  state text not null check (state in ('PARKED', 'REPLAY_ASKED', 'REFUSE_ASKED', 'DISMISSED')),
  parked_at timestamptz not null,
  reported_at timestamptz not null,
  reason text not null,
  tries int not null,
  bank_guid uuid,
  received_at timestamptz,
  order_id text,
  amount_minor bigint,
  currency text,
  decision_id uuid,
  decided_at timestamptz,
  decided_by text,
  decision_reason text
);
create index parked_message_shown on parked_message (parked_at, guid);
-- A decision about a parked message concerns no delivery.
alter table operation_audit alter column delivery_id drop not null;
`,
};
