import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { addMilliseconds } from '../../../kernel/core/time.ts';
import { orderDecider, type OrderCommand } from './decide-order.ts';
import {
  ABSENT,
  ORDER_ATTEMPTS_MAX,
  type BankGuid,
  type MerchantUid,
  type OrderFacts,
  type OrderId,
  type OrderState,
  type PaymentGuid,
} from './order.ts';

const START = new Date('2026-03-01T10:00:00.000Z');
const facts: OrderFacts = {
  id: 'order' as OrderId, // Test ids need no parsing.
  createdAt: START,
  terms: {
    reference: 'A-17',
    amount: { minor: 100n, currency: 'UAH' },
    purpose: 'Two lamps',
    redirectUrl: 'https://shop.example/',
    issuedAt: null,
    expiresAt: addMilliseconds(START, 100_000),
    beneficiary: null,
  },
  merchant: {
    uid: 'm' as MerchantUid,
    name: 'M',
    taxNumber: '1',
    iban: 'acc',
    mcc: 1,
    logoUrl: null,
    callbackUrl: 'https://shop.example/',
  }, // Test ids need no parsing.
  receiverBank: { guid: 'b' as BankGuid, bic: '137292' }, // Test ids need no parsing.
};

/** Payments of a small set, so that they meet; time that moves on, past the expiry. */
const step = fc.record({
  type: fc.constantFrom('CLAIM', 'CLAIM', 'RECORD_SUCCESS', 'RECORD_REJECT', 'RECORD_REJECT', 'CANCEL', 'EXPIRE'),
  payment: fc.integer({ min: 1, max: 9 }),
  afterMs: fc.integer({ min: 0, max: 15_000 }),
});

function commandOf({ type, payment }: { type: string; payment: number }, now: Date): OrderCommand {
  const paymentGuid = `payment-${payment}` as PaymentGuid; // Test ids need no parsing.
  const claim = {
    paymentGuid,
    initiatorBankGuid: 'payer' as BankGuid, // Test ids need no parsing.
    externalId: `x-${payment}`,
    amountMinor: 100n,
    currency: 'UAH',
    creditorAccount: 'acc',
    creditorAgentBic: '137292',
    debtorAccount: 'debtor',
    claimedAt: now,
  };
  switch (type) {
    case 'CLAIM':
      return { type, claim, now };
    case 'RECORD_SUCCESS':
      return { type, paymentGuid, now };
    case 'RECORD_REJECT':
      return { type, paymentGuid, reason: 'no', now };
    case 'CANCEL':
    case 'EXPIRE':
      return { type, now };
    default:
      throw new Error(`no command ${type}`);
  }
}

it('whatever happens in whatever order, at most one payment holds an order, and what has ended has ended', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const created = orderDecider.decide(ABSENT, { type: 'CREATE', facts, now: START });
      let state: OrderState = created.ok && created.value[0] ? orderDecider.evolve(ABSENT, created.value[0]) : ABSENT;
      let now = START;
      for (const taken of steps) {
        now = addMilliseconds(now, taken.afterMs);
        const before: OrderState = state;
        const decided = orderDecider.decide(before, commandOf(taken, now));
        for (const event of decided.ok ? decided.value : []) state = orderDecider.evolve(state, event);
        if (state.status === 'ABSENT' || before.status === 'ABSENT') throw new Error('an order does not vanish');

        const ended = before.status === 'SUCCESS' || before.status === 'CANCELED';
        if (ended) expect(state).toBe(before);
        expect(state.version - before.version).toBe(state === before ? 0 : 1);
        expect(state.rejects.length).toBeLessThanOrEqual(ORDER_ATTEMPTS_MAX);
        expect(new Set(state.rejects.map((reject) => reject.paymentGuid)).size).toBe(state.rejects.length);
        const holder = state.status === 'IN_PROGRESS' || state.status === 'SUCCESS' ? state.hold.paymentGuid : null;
        expect(state.rejects.some((reject) => reject.paymentGuid === holder)).toBe(false);
        // A payment is granted once only, and nothing takes an order away from the payment that holds it but its own end.
        if (before.status === 'IN_PROGRESS' && state.status === 'IN_PROGRESS') expect(state.hold).toBe(before.hold);
        if (before.status === 'IN_PROGRESS' && state !== before) expect(taken).toMatchObject({ type: expect.stringMatching(/^RECORD_/) });
      }
    }),
  );
});
