import { defineEntity, p, type InferEntity } from '@mikro-orm/postgresql';

import type { BankRoute } from '../domain/bank.ts';

export const bankEntity = defineEntity({
  name: 'Bank',
  tableName: 'bank',
  properties: {
    guid: p.uuid().primary(),
    bic: p.text(),
    name: p.text(),
    taxCode: p.text(),
    chargingAccount: p.text(),
    email: p.text(),
    routes: p.json<Record<BankRoute, string | null>>(),
    appScheme: p.text().nullable(),
    logoUrl: p.text().nullable(),
    registeredAt: p.datetime(),
  },
});
export type BankRow = InferEntity<typeof bankEntity>;

export const bankCodeEntity = defineEntity({
  name: 'BankCode',
  tableName: 'bank_code',
  properties: { code: p.text().primary(), bankGuid: p.uuid(), place: p.integer() },
});
export type BankCodeRow = InferEntity<typeof bankCodeEntity>;
