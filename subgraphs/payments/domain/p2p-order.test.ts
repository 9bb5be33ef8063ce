import { describe, expect, it } from 'vitest';

import {
  decideP2pOrder,
  evolveP2pOrder,
  hasExpired,
  newP2pOrder,
  P2P_ORDER_TRANSITIONS,
  type P2pOrder,
  type P2pOrderCommand,
  type P2pOrderFacts,
  type P2pOrderStatus,
} from './p2p-order.ts';

const EXPIRES = new Date('2026-11-29T12:00:00Z');
const BEFORE = new Date('2026-11-29T11:59:59.999Z');
const RECEIVER = { bankGuid: 'receiver', account: 'UA-receiver' };

function facts(target: P2pOrderFacts['target']): P2pOrderFacts {
  return {
    guid: 'order',
    bankGuid: 'bank',
    externalId: 'external',
    amountMinor: 100n,
    currency: 'UAH',
    purpose: 'Lunch',
    expiresAt: EXPIRES,
    target,
  };
}
const PHONE = facts({ type: 'phone', phone: '+380501112233', debtorAccount: 'UA-payer' });
const LINK = facts({ type: 'link', receiver: RECEIVER });

const STATES: Record<P2pOrderStatus, P2pOrder> = {
  CREATED: { status: 'CREATED', facts: LINK },
  PENDING: { status: 'PENDING', facts: PHONE },
  PROCESSING: { status: 'PROCESSING', facts: PHONE, receiver: RECEIVER },
  PAID: { status: 'PAID', facts: PHONE },
  REJECTED: { status: 'REJECTED', facts: PHONE, reason: 'RECEIVER_NOT_FOUND' },
  EXPIRED: { status: 'EXPIRED', facts: LINK },
};

const COMMANDS = {
  find: { type: 'FIND', receiver: RECEIVER },
  reject: { type: 'REJECT', reason: 'PAY_REQUEST_FAILED' },
  pay: { type: 'PAY' },
  'expire at the end': { type: 'EXPIRE', held: false, now: EXPIRES },
  'expire before it': { type: 'EXPIRE', held: false, now: BEFORE },
  'expire while held': { type: 'EXPIRE', held: true, now: EXPIRES },
} satisfies Record<string, P2pOrderCommand>;

/** The status that follows, or the code of the refusal. */
const TABLE: Record<P2pOrderStatus, Record<keyof typeof COMMANDS, string>> = {
  CREATED: {
    find: 'P2P_ORDER_OVER',
    reject: 'P2P_ORDER_OVER',
    pay: 'PAID',
    'expire at the end': 'EXPIRED',
    'expire before it': 'CREATED',
    'expire while held': 'CREATED',
  },
  PENDING: {
    find: 'PROCESSING',
    reject: 'REJECTED',
    pay: 'P2P_ORDER_HAS_NO_RECEIVER',
    'expire at the end': 'PENDING',
    'expire before it': 'PENDING',
    'expire while held': 'PENDING',
  },
  PROCESSING: {
    find: 'P2P_ORDER_OVER',
    reject: 'REJECTED',
    pay: 'PAID',
    'expire at the end': 'EXPIRED',
    'expire before it': 'PROCESSING',
    'expire while held': 'PROCESSING',
  },
  PAID: {
    find: 'P2P_ORDER_OVER',
    reject: 'P2P_ORDER_OVER',
    pay: 'PAID',
    'expire at the end': 'PAID',
    'expire before it': 'PAID',
    'expire while held': 'PAID',
  },
  REJECTED: {
    find: 'P2P_ORDER_OVER',
    reject: 'REJECTED',
    pay: 'P2P_ORDER_OVER',
    'expire at the end': 'REJECTED',
    'expire before it': 'REJECTED',
    'expire while held': 'REJECTED',
  },
  EXPIRED: {
    find: 'P2P_ORDER_OVER',
    reject: 'P2P_ORDER_OVER',
    pay: 'P2P_ORDER_OVER',
    'expire at the end': 'EXPIRED',
    'expire before it': 'EXPIRED',
    'expire while held': 'EXPIRED',
  },
};

describe.each(Object.entries(STATES))('%s', (status, order) => {
  it.each(Object.entries(COMMANDS))('%s', (name, command) => {
    const decided = decideP2pOrder(order, command);
    const after = decided.ok ? decided.value.reduce(evolveP2pOrder, order) : null;
    expect(after?.status ?? (decided.ok ? '' : decided.failure.code)).toBe(
      TABLE[status as P2pOrderStatus][name as keyof typeof COMMANDS], // Keys of the tables above.
    );
    if (!decided.ok || !after) return;
    expect(after.facts).toBe(order.facts);
    for (const { type } of decided.value) expect(P2P_ORDER_TRANSITIONS[order.status]).toHaveProperty(type, after.status);
  });
});

describe('a new order', () => {
  it('by link waits for whoever pays', () => {
    expect(newP2pOrder(LINK, null)).toEqual(STATES.CREATED);
  });

  it('by phone knows its receiver, or has it searched', () => {
    expect(newP2pOrder(PHONE, RECEIVER)).toEqual(STATES.PROCESSING);
    expect(newP2pOrder(PHONE, null)).toEqual(STATES.PENDING);
  });
});

it('ends at its very end, and not before', () => {
  expect(hasExpired(STATES.CREATED, EXPIRES)).toBe(true);
  expect(hasExpired(STATES.CREATED, BEFORE)).toBe(false);
});

it('an event that cannot be is a fault', () => {
  expect(() => evolveP2pOrder(STATES.PAID, { type: 'P2pOrderExpired' })).toThrow('cannot happen in PAID');
});
