import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/** The signed root over the payments of each register, and the roots of its blocks, of which one is read to prove a payment. */
export const registerSeals: Migration = {
  name: '0003-register-seals',
  sql: `
create table register_seal (
  register text primary key references register,
  size int not null check (size >= 0),
  root bytea not null check (length(root) = 32),
  -- The token of the hub over both.
  token text not null,
  sealed_at timestamptz not null
);

create table register_seal_block (
  register text not null references register_seal,
  block int not null check (block >= 0),
  -- The place in the ledger of its first payment.
  first_sequence bigint not null,
  root bytea not null check (length(root) = 32),
  primary key (register, block)
);

alter table register add column sealed boolean not null default false;
create index on register (number) where not sealed;
`,
};
