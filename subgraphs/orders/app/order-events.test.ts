import { expect, it } from 'vitest';

import { orderEventSchemas } from '../../../schema/events/orders.ts';
import type { BankGuid, Hold, MerchantUid, Order, OrderFacts, OrderId, OrderState, PaymentGuid, OrderEvent } from '../domain/order.ts';
import { changeBy } from './change-order.ts';
import { publishedEvent } from './order-events.ts';

const AT = new Date('2026-03-01T10:00:00.000Z');
const facts: OrderFacts = {
  id: '00000000-0000-7000-8000-000000000001' as OrderId, // Test ids need no parsing.
  createdAt: AT,
  terms: {
    reference: 'A-17',
    amount: { minor: 150_075n, currency: 'UAH' },
    purpose: 'Two lamps',
    redirectUrl: 'https://shop.example/',
    issuedAt: null,
    expiresAt: AT,
    beneficiary: null,
  },
  merchant: {
    uid: 'm-1' as MerchantUid, // Test ids need no parsing.
    name: 'Lamps',
    taxNumber: '12345678',
    iban: 'UA761372924114433543273694797',
    mcc: 5719,
    logoUrl: null,
    callbackUrl: 'https://shop.example/callback',
  },
  receiverBank: { guid: '00000000-0000-7000-8000-0000000000b1' as BankGuid, bic: '137292' }, // Test ids need no parsing.
};
const hold: Hold = {
  paymentGuid: '00000000-0000-8000-8000-00000000000a' as PaymentGuid, // Test ids need no parsing.
  initiatorBankGuid: '00000000-0000-7000-8000-0000000000b2' as BankGuid, // Test ids need no parsing.
  externalId: 'x-1',
  debtorAccount: 'UA213223130000026007233566001',
  claimedAt: AT,
};
const reject = { paymentGuid: hold.paymentGuid, reason: 'no' };
const absent: OrderState = { status: 'ABSENT' };
const created: Order = { status: 'CREATED', facts, version: 1, rejects: [] };
const held: Order = { status: 'IN_PROGRESS', facts, version: 2, rejects: [], hold };
const merchantAndBank = [facts.merchant.uid, facts.receiverBank.guid];
const callback = {
  deliveryId: 'd',
  orderId: facts.id,
  merchantUid: facts.merchant.uid,
  url: facts.merchant.callbackUrl,
  body: '{}',
  dueAt: AT,
};

it.each<[string, OrderState, OrderEvent, readonly string[], boolean]>([
  ['a creation', absent, { type: 'OrderCreated', facts, at: AT }, merchantAndBank, false],
  ['a claim', created, { type: 'OrderClaimed', hold, at: AT }, [...merchantAndBank, hold.initiatorBankGuid], false],
  ['a release', held, { type: 'OrderReleased', reject, at: AT }, [...merchantAndBank, hold.initiatorBankGuid], false],
  [
    'a success',
    held,
    { type: 'OrderSucceeded', paymentGuid: hold.paymentGuid, at: AT },
    [...merchantAndBank, hold.initiatorBankGuid],
    false,
  ],
  ['a cancel', created, { type: 'OrderCanceled', cause: 'MERCHANT', reject: null, at: AT }, merchantAndBank, false],
  ['an expiry', created, { type: 'OrderCanceled', cause: 'EXPIRED', reject: null, at: AT }, merchantAndBank, true],
  [
    'an expiry by reject',
    held,
    { type: 'OrderCanceled', cause: 'EXPIRED', reject, at: AT },
    [...merchantAndBank, hold.initiatorBankGuid],
    true,
  ],
])('%s is published as promised, to those whom it concerns', (_, before, event, audience, owesCallback) => {
  const change = changeBy(before, event, () => callback);
  const published = publishedEvent(change);
  expect(orderEventSchemas[event.type].parse(published.payload)).toEqual(published.payload);
  expect(published).toMatchObject({ audience, subject: facts.id, type: event.type, version: change.after.version, at: AT });
  expect(published.payload.status).toBe(change.after.status);
  expect(change.callback).toBe(owesCallback ? callback : null);
});

it('a bank that pays and receives is named once', () => {
  const own = { ...hold, initiatorBankGuid: facts.receiverBank.guid };
  const { audience } = publishedEvent(changeBy(created, { type: 'OrderClaimed', hold: own, at: AT }, () => callback));
  expect(audience).toEqual(merchantAndBank);
});
