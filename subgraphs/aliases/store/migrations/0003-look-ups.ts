import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/**
 * The buckets of domain/look-up-limit.ts, and one look-up as one statement: both buckets are locked, the bank's first, then looked at, then charged, or
 * neither is. The arithmetic is that of decideLookUp; what a token costs comes with the call.
 */
export const lookUps: Migration = {
  name: '0003-look-ups',
  sql: `
create table look_up_bucket (
  bank_guid uuid not null,
  -- Of one payer's account; empty: of everything that the bank asks.
  account text not null,
  -- When it is full again, in microseconds since 1970. Without an index, so that a look-up changes rows where they lie.
  full_at bigint not null,
  primary key (bank_guid, account)
) with (fillfactor = 70);

create function lock_look_up_bucket(of_bank uuid, of_account text) returns bigint language plpgsql as $$
declare found_at bigint;
begin
  select full_at into found_at from look_up_bucket where bank_guid = of_bank and account = of_account for update;
  if found then return found_at; end if;
  insert into look_up_bucket values (of_bank, of_account, 0) on conflict do nothing;
  select full_at into strict found_at from look_up_bucket where bank_guid = of_bank and account = of_account for update;
  return found_at;
end $$;

create function look_up_alias(asked_phone text, of_bank uuid, of_account text, at bigint, bank_room bigint, bank_hit bigint, bank_miss bigint,
  account_room bigint, account_hit bigint, account_miss bigint, out wait bigint, out iban text, out bank_guid uuid) language plpgsql as $$
declare bank_at bigint; account_at bigint;
begin
  bank_at := greatest(lock_look_up_bucket(of_bank, ''), at);
  account_at := greatest(lock_look_up_bucket(of_bank, of_account), at);
  wait := greatest(bank_at - at - bank_room, account_at - at - account_room, 0);
  if wait > 0 then return; end if;
  select a.iban, a.bank_guid into iban, bank_guid from alias a where a.phone = asked_phone and a.iban is not null;
  update look_up_bucket b set full_at = bank_at + case when iban is null then bank_miss else bank_hit end
    where b.bank_guid = of_bank and b.account = '';
  update look_up_bucket b set full_at = account_at + case when iban is null then account_miss else account_hit end
    where b.bank_guid = of_bank and b.account = of_account;
end $$;
`,
};
