import type pg from 'pg';

import { insertCallbacks } from '../../../kernel/wire/callback-store.ts';
import type { Database } from '../../../kernel/runtime/database.ts';
import { insertEvents } from '../../../kernel/runtime/event-log/outbox.ts';
import type { AliasEventPayload, AliasEventType } from '../../../schema/events/aliases.ts';
import type { AliasChange, AliasTransaction, LockedAliases } from '../app/ports.ts';
import { ABSENT_ALIAS, type Alias, type AliasEvent } from '../domain/alias.ts';

export function createAliasTransaction(database: Database): AliasTransaction {
  return (work) => database.transaction((client) => work(lockedAliases(client)));
}

export function lockedAliases(client: pg.ClientBase): LockedAliases {
  return {
    async lock(phone, { forCommand, newId, at }) {
      if (forCommand === 'Link') await client.query({ name: 'make-alias', text: MAKE, values: [newId, phone, at] });
      const { rows } = await client.query<AliasRow>({ name: 'lock-alias', text: LOCK, values: [phone] });
      const row = rows[0];
      return row ? { id: row.id, alias: aliasOf(row), changedAt: row.updated_at } : null;
    },
    save: (change) => save(client, change),
  };
}

interface AliasRow {
  readonly id: string;
  readonly version: number;
  readonly iban: string | null;
  readonly bank_guid: string | null;
  readonly updated_at: Date;
}

const MAKE = 'insert into alias (id, phone, created_at, updated_at) values ($1, $2, $3, $3) on conflict (phone) do nothing';
const LOCK = 'select id, version, iban, bank_guid, updated_at from alias where phone = $1 for update';
const UPDATE = 'update alias set version = $2, iban = $3, bank_guid = $4, updated_at = $5 where id = $1';
const RECORD = `
insert into alias_change (alias_id, version, linked, iban, bank_guid, previous_iban, previous_bank_guid, asked_by_kind, asked_by, reason, at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`;

function aliasOf({ version, iban, bank_guid }: AliasRow): Alias {
  if (version === 0) return ABSENT_ALIAS;
  return iban !== null && bank_guid !== null
    ? { status: 'LINKED', version, account: { iban, bankGuid: bank_guid } }
    : { status: 'UNLINKED', version };
}

async function save(client: pg.ClientBase, { id, event, after, callbacks }: AliasChange): Promise<void> {
  const account = after.status === 'LINKED' ? after.account : null;
  const { by, previous, at } = event;
  const asked = by.kind === 'bank' ? [by.kind, by.bankGuid, null] : [by.kind, by.subject, by.reason];
  await client.query({ name: 'update-alias', text: UPDATE, values: [id, after.version, account?.iban, account?.bankGuid, at] });
  await client.query({
    name: 'record-alias-change',
    text: RECORD,
    values: [id, after.version, account !== null, account?.iban, account?.bankGuid, previous?.iban, previous?.bankGuid, ...asked, at],
  });
  await insertCallbacks(client, callbacks);
  const audience = [account?.bankGuid, previous?.bankGuid].filter((guid) => guid !== undefined);
  await insertEvents(client, [{ audience, subject: id, version: after.version, type: event.type, payload: payloadOf(id, event), at }]);
}

function payloadOf(aliasId: string, event: AliasEvent): AliasEventPayload<AliasEventType> {
  return {
    aliasId,
    bankGuid: event.type === 'AliasLinked' ? event.account.bankGuid : null,
    previousBankGuid: event.previous?.bankGuid ?? null,
  };
}
