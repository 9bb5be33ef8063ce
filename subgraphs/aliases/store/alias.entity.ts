import { defineEntity, p } from '@mikro-orm/postgresql';

export const aliasEntity = defineEntity({
  name: 'Alias',
  tableName: 'alias',
  properties: {
    id: p.uuid().primary(),
    phone: p.text(),
    version: p.integer(),
    iban: p.text().nullable(),
    bankGuid: p.uuid().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});

export const aliasChangeEntity = defineEntity({
  name: 'AliasChange',
  tableName: 'alias_change',
  properties: {
    aliasId: p.uuid().primary(),
    version: p.integer().primary(),
    linked: p.boolean(),
    iban: p.text().nullable(),
    bankGuid: p.uuid().nullable(),
    previousIban: p.text().nullable(),
    previousBankGuid: p.uuid().nullable(),
    askedByKind: p.text().$type<'bank' | 'operations'>(),
    askedBy: p.text(),
    reason: p.text().nullable(),
    at: p.datetime(),
  },
});
