import { defineEntity, p } from '@mikro-orm/core';

/** What people see of an expiration callback. Sending it is the business of callback.store.ts. */
export const expirationCallbackEntity = defineEntity({
  name: 'ExpirationCallback',
  tableName: 'expiration_callback',
  properties: {
    deliveryId: p.uuid().primary(),
    orderId: p.uuid(),
    state: p.enum(['PENDING', 'DELIVERED', 'FAILED'] as const),
    attempts: p.integer(),
    dueAt: p.datetime(),
    lastStatus: p.integer().nullable(),
  },
});
