import type { InferEntity, MikroORM } from '@mikro-orm/postgresql';

import type { AliasReads, AliasView } from '../app/ports.ts';
import type { AliasAccount } from '../domain/alias.ts';
import { aliasChangeEntity, aliasEntity } from './alias.entity.ts';

/** Reads through the ORM. A number that was made for a link that failed later was never there. */
export function createAliasReads(orm: MikroORM): AliasReads {
  return {
    async byPhone(phone) {
      const row = await orm.em.fork().findOne(aliasEntity, { phone, version: { $gt: 0 } });
      return row && viewOf(row);
    },
    async byIds(ids) {
      const rows = await orm.em.fork().find(aliasEntity, { id: { $in: [...ids] }, version: { $gt: 0 } });
      return new Map(rows.map((row) => [row.id, viewOf(row)]));
    },
    async history(aliasId, { limit, before }) {
      const where = { aliasId, ...(before === null ? {} : { version: { $lt: before } }) };
      const rows = await orm.em.fork().find(aliasChangeEntity, where, { orderBy: { version: 'desc' }, limit });
      return rows.map((row) => ({
        version: row.version,
        account: accountOf(row.iban, row.bankGuid),
        previous: accountOf(row.previousIban, row.previousBankGuid),
        askedBy: { kind: row.askedByKind, id: row.askedBy },
        reason: row.reason ?? null,
        at: row.at,
      }));
    },
  };
}

function viewOf(row: InferEntity<typeof aliasEntity>): AliasView {
  const { id, phone, version, createdAt, updatedAt } = row;
  return { id, phone, version, account: accountOf(row.iban, row.bankGuid), createdAt, updatedAt };
}

type Nullable = string | null | undefined;

function accountOf(iban: Nullable, bankGuid: Nullable): AliasAccount | null {
  return iban && bankGuid ? { iban, bankGuid } : null;
}
