import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/**
 * Requests to give payments back. The original's row in `payment` is the lock of all its requests; what they ask for together is never more than
 * the original. A return belongs to one request, and a request has one return.
 */
export const returns: Migration = {
  name: '0011-returns',
  sql: `
create table return_request (
  guid uuid primary key,
  original_guid uuid not null,
  status text not null check (status in ('REQUESTED', 'PENDING', 'RETURNED', 'REJECTED', 'CANCELED')),
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null,
  reason text not null,
  requested_by text not null check (requested_by in ('merchant', 'operations')),
  requested_by_id text not null,
  -- The callback that asks the receiver's bank.
  callback_id uuid not null,
  return_guid uuid,
  reject_code text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  check ((status in ('PENDING', 'RETURNED', 'REJECTED')) = (return_guid is not null)),
  check ((status = 'REJECTED') = (reject_code is not null))
);
create index on return_request (original_guid, created_at, guid);
create unique index one_request_of_a_return on return_request (return_guid);

alter table payment_message add column return_request_guid uuid, add check (return_request_guid is null or pm_type = 'return');
create unique index one_return_of_a_request on payment_message (return_request_guid) where return_request_guid is not null;
`,
};
