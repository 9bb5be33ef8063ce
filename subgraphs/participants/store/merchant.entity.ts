import { defineEntity, p, type InferEntity } from '@mikro-orm/postgresql';

export const merchantEntity = defineEntity({
  name: 'Merchant',
  tableName: 'merchant',
  properties: {
    uid: p.uuid().primary(),
    name: p.text(),
    taxNumber: p.text(),
    iban: p.text(),
    mcc: p.integer(),
    bankGuid: p.uuid(),
    callbackUrl: p.text(),
    redirectOrigins: p.array(),
    logoUrl: p.text().nullable(),
    registeredAt: p.datetime(),
  },
});
export type MerchantRow = InferEntity<typeof merchantEntity>;
