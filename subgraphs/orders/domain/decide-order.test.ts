import { describe, expect, it } from 'vitest';

import { evolveAll } from '../../../kernel/core/decider.ts';
import { addMilliseconds, type Instant } from '../../../kernel/core/time.ts';
import { decideCreate, evolveOrder, orderDecider, type Claim, type OrderCommand } from './decide-order.ts';
import {
  ABSENT,
  NO_RETURNS,
  ORDER_ATTEMPTS_MAX,
  ORDER_VALIDITY_MAX_MS,
  ORDER_VALIDITY_MIN_MS,
  TRANSITIONS,
  type BankGuid,
  type Hold,
  type MerchantUid,
  type Order,
  type OrderEvent,
  type OrderFacts,
  type OrderId,
  type OrderState,
  type OrderTerms,
  type PaymentGuid,
  type Reject,
} from './order.ts';

const NOW = new Date('2026-03-01T10:00:00.000Z');
const EXPIRES_AT = addMilliseconds(NOW, 900_000);
const LATER = addMilliseconds(EXPIRES_AT, 1);
const HOLDER = '00000000-0000-8000-8000-00000000000a' as PaymentGuid; // Test ids need no parsing.
const OTHER = '00000000-0000-8000-8000-00000000000b' as PaymentGuid; // Test ids need no parsing.
const REJECTED = '00000000-0000-8000-8000-00000000000c' as PaymentGuid; // Test ids need no parsing.

const terms: OrderTerms = {
  reference: 'A-17',
  amount: { minor: 150_075n, currency: 'UAH' },
  purpose: 'Two lamps',
  redirectUrl: 'https://shop.example/thanks',
  issuedAt: NOW,
  expiresAt: EXPIRES_AT,
  beneficiary: null,
};
const facts: OrderFacts = {
  id: '00000000-0000-7000-8000-000000000001' as OrderId, // Test ids need no parsing.
  createdAt: NOW,
  terms,
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
  paymentGuid: HOLDER,
  initiatorBankGuid: '00000000-0000-7000-8000-0000000000b2' as BankGuid, // Test ids need no parsing.
  externalId: 'x-1',
  debtorAccount: 'UA213223130000026007233566001',
  claimedAt: NOW,
};
const reject: Reject = { paymentGuid: REJECTED, reason: 'refused by the merchant' };

function aClaim(change: Partial<Claim> = {}): Claim {
  return {
    ...hold,
    amountMinor: terms.amount.minor,
    currency: terms.amount.currency,
    creditorAccount: facts.merchant.iban,
    creditorAgentBic: facts.receiverBank.bic,
    ...change,
  };
}

const RETURNS = { requestedMinor: 50n, returnedMinor: 100n };

const exhausted = Array.from({ length: ORDER_ATTEMPTS_MAX }, (_, n): Reject => ({ paymentGuid: `p-${n}` as PaymentGuid, reason: 'no' })); // Test ids need no parsing.
const base = { facts, version: 3, rejects: [reject] };
const states = {
  absent: ABSENT,
  created: { ...base, status: 'CREATED' },
  exhausted: { ...base, status: 'CREATED', rejects: exhausted },
  held: { ...base, status: 'IN_PROGRESS', hold },
  paid: { ...base, status: 'SUCCESS', hold, succeededAt: NOW, returns: NO_RETURNS },
  returned: { ...base, status: 'SUCCESS', hold, succeededAt: NOW, returns: RETURNS },
  expired: { ...base, status: 'CANCELED', cause: 'EXPIRED', canceledAt: LATER },
  canceled: { ...base, status: 'CANCELED', cause: 'MERCHANT', canceledAt: NOW },
} satisfies Record<string, OrderState>;
type StateName = keyof typeof states;

const commandsAt = (now: Instant) =>
  ({
    create: { type: 'CREATE', facts, now },
    'create with other terms': { type: 'CREATE', facts: { ...facts, terms: { ...terms, purpose: 'Three lamps' } }, now },
    'claim by the holder': { type: 'CLAIM', claim: aClaim(), now },
    'claim by another': { type: 'CLAIM', claim: aClaim({ paymentGuid: OTHER }), now },
    'claim by the rejected': { type: 'CLAIM', claim: aClaim({ paymentGuid: REJECTED }), now },
    'success of the holder': { type: 'RECORD_SUCCESS', paymentGuid: HOLDER, now },
    'success of another': { type: 'RECORD_SUCCESS', paymentGuid: OTHER, now },
    'success of the rejected': { type: 'RECORD_SUCCESS', paymentGuid: REJECTED, now },
    'reject of the holder': { type: 'RECORD_REJECT', paymentGuid: HOLDER, reason: 'no', now },
    'reject of another': { type: 'RECORD_REJECT', paymentGuid: OTHER, reason: 'no', now },
    'reject of the rejected': { type: 'RECORD_REJECT', paymentGuid: REJECTED, reason: 'no', now },
    'returns of the holder': { type: 'RECORD_RETURNS', paymentGuid: HOLDER, returns: RETURNS, now },
    'returns of another': { type: 'RECORD_RETURNS', paymentGuid: OTHER, returns: RETURNS, now },
    cancel: { type: 'CANCEL', now },
    expire: { type: 'EXPIRE', now },
  }) satisfies Record<string, OrderCommand>;
type CommandName = keyof ReturnType<typeof commandsAt>;

/** What a pair gives: the events by name, `-` for "already so", or a failure code. One row is every state for one command. */
type Outcome = OrderEvent['type'] | '-' | Uppercase<string>;
type Table = Record<CommandName, Record<StateName, Outcome>>;

const row = (
  ...[absent, created, exhausted_, held, paid, expired, canceled]: [Outcome, Outcome, Outcome, Outcome, Outcome, Outcome, Outcome]
): Record<StateName, Outcome> => ({
  absent,
  created,
  exhausted: exhausted_,
  held,
  paid,
  // Money that was given back makes no difference to anything but returns.
  returned: paid === 'OrderReturnsChanged' ? '-' : paid,
  expired,
  canceled,
});

// prettier-ignore
const WHILE_VALID: Table = {
  //                              absent                 created                 exhausted                   held                   paid                        expired             canceled
  create:                     row('OrderCreated',        '-',                    '-',                        '-',                   '-',                        '-',                '-'),
  'create with other terms':  row('OrderCreated',        'REF_NOT_UNIQUE',       'REF_NOT_UNIQUE',           'REF_NOT_UNIQUE',      'REF_NOT_UNIQUE',           'REF_NOT_UNIQUE',   'REF_NOT_UNIQUE'),
  'claim by the holder':      row('ORDER_NOT_FOUND',     'OrderClaimed',         'ORDER_ATTEMPTS_EXHAUSTED', '-',                   '-',                        'ORDER_IS_EXPIRED', 'ORDER_CANCELED'),
  'claim by another':         row('ORDER_NOT_FOUND',     'OrderClaimed',         'ORDER_ATTEMPTS_EXHAUSTED', 'ORDER_ALREADY_HELD',  'ORDER_ALREADY_HELD',       'ORDER_IS_EXPIRED', 'ORDER_CANCELED'),
  'claim by the rejected':    row('ORDER_NOT_FOUND',     'ORDER_ALREADY_HELD',   'ORDER_ATTEMPTS_EXHAUSTED', 'ORDER_ALREADY_HELD',  'ORDER_ALREADY_HELD',       'ORDER_IS_EXPIRED', 'ORDER_CANCELED'),
  'success of the holder':    row('ORDER_NOT_FOUND',     'PAYMENT_NOT_HOLDER',   'PAYMENT_NOT_HOLDER',       'OrderSucceeded',      '-',                        'PAYMENT_NOT_HOLDER', 'PAYMENT_NOT_HOLDER'),
  'success of another':       row('ORDER_NOT_FOUND',     'PAYMENT_NOT_HOLDER',   'PAYMENT_NOT_HOLDER',       'PAYMENT_NOT_HOLDER',  'PAYMENT_NOT_HOLDER',       'PAYMENT_NOT_HOLDER', 'PAYMENT_NOT_HOLDER'),
  'success of the rejected':  row('ORDER_NOT_FOUND',     'PAYMENT_ALREADY_REJECTED', 'PAYMENT_NOT_HOLDER',   'PAYMENT_ALREADY_REJECTED', 'PAYMENT_ALREADY_REJECTED', 'PAYMENT_ALREADY_REJECTED', 'PAYMENT_ALREADY_REJECTED'),
  'reject of the holder':     row('-',                   '-',                    '-',                        'OrderReleased',       'PAYMENT_ALREADY_SUCCEEDED', '-',               '-'),
  'reject of another':        row('-',                   '-',                    '-',                        '-',                   '-',                        '-',                '-'),
  'reject of the rejected':   row('-',                   '-',                    '-',                        '-',                   '-',                        '-',                '-'),
  'returns of the holder':    row('ORDER_NOT_FOUND',     'PAYMENT_NOT_HOLDER',   'PAYMENT_NOT_HOLDER',       'PAYMENT_NOT_HOLDER',  'OrderReturnsChanged',      'PAYMENT_NOT_HOLDER', 'PAYMENT_NOT_HOLDER'),
  'returns of another':       row('ORDER_NOT_FOUND',     'PAYMENT_NOT_HOLDER',   'PAYMENT_NOT_HOLDER',       'PAYMENT_NOT_HOLDER',  'PAYMENT_NOT_HOLDER',       'PAYMENT_NOT_HOLDER', 'PAYMENT_NOT_HOLDER'),
  cancel:                     row('ORDER_NOT_FOUND',     'OrderCanceled',        'OrderCanceled',            'ORDER_IN_PROGRESS',   'ORDER_ALREADY_PAID',       'ORDER_IS_EXPIRED', '-'),
  expire:                     row('ORDER_NOT_FOUND',     'ORDER_NOT_DUE',        'ORDER_NOT_DUE',            '-',                   '-',                        '-',                '-'),
};

// prettier-ignore
const AFTER_EXPIRY: Table = {
  ...WHILE_VALID,
  //                              absent                 created                 exhausted                   held                   paid                        expired             canceled
  create:                     row('INVALID_EXPIRY',     '-',                    '-',                        '-',                   '-',                        '-',                '-'),
  'create with other terms':  row('INVALID_EXPIRY',     'REF_NOT_UNIQUE',       'REF_NOT_UNIQUE',           'REF_NOT_UNIQUE',      'REF_NOT_UNIQUE',           'REF_NOT_UNIQUE',   'REF_NOT_UNIQUE'),
  'claim by the holder':      row('ORDER_NOT_FOUND',     'ORDER_IS_EXPIRED',     'ORDER_IS_EXPIRED',         '-',                   '-',                        'ORDER_IS_EXPIRED', 'ORDER_CANCELED'),
  'claim by another':         row('ORDER_NOT_FOUND',     'ORDER_IS_EXPIRED',     'ORDER_IS_EXPIRED',         'ORDER_ALREADY_HELD',  'ORDER_ALREADY_HELD',       'ORDER_IS_EXPIRED', 'ORDER_CANCELED'),
  'claim by the rejected':    row('ORDER_NOT_FOUND',     'ORDER_IS_EXPIRED',     'ORDER_IS_EXPIRED',         'ORDER_ALREADY_HELD',  'ORDER_ALREADY_HELD',       'ORDER_IS_EXPIRED', 'ORDER_CANCELED'),
  'reject of the holder':     row('-',                   '-',                    '-',                        'OrderCanceled',       'PAYMENT_ALREADY_SUCCEEDED', '-',               '-'),
  cancel:                     row('ORDER_NOT_FOUND',     'ORDER_IS_EXPIRED',     'ORDER_IS_EXPIRED',         'ORDER_IN_PROGRESS',   'ORDER_ALREADY_PAID',       'ORDER_IS_EXPIRED', '-'),
  expire:                     row('ORDER_NOT_FOUND',     'OrderCanceled',        'OrderCanceled',            '-',                   '-',                        '-',                '-'),
};

function outcomeOf(state: OrderState, command: OrderCommand): string {
  const decided = orderDecider.decide(state, command);
  return decided.ok ? decided.value.map((event) => event.type).join() || '-' : decided.failure.code;
}

for (const [when, now, table] of [
  ['while the order is valid', NOW, WHILE_VALID],
  ['at the instant of its expiry', EXPIRES_AT, AFTER_EXPIRY],
  ['after its expiry', LATER, AFTER_EXPIRY],
] as const) {
  describe(`every state and command ${when}`, () => {
    const commands = commandsAt(now);
    const pairs = Object.entries(table).flatMap(
      ([command, outcomes]) =>
        Object.entries(outcomes).map(([state, outcome]) => [command, state, outcome] as [CommandName, StateName, Outcome]), // Object.entries widens the keys.
    );
    it.each(pairs)('%s on an order that is %s gives %s', (command, state, outcome) => {
      expect(outcomeOf(states[state], commands[command])).toBe(outcome);
    });

    it.each(pairs)('%s on an order that is %s moves only along TRANSITIONS', (command, state) => {
      const before: OrderState = states[state];
      const decided = orderDecider.decide(before, commands[command]);
      for (const event of decided.ok ? decided.value : []) {
        const targets: Partial<Record<OrderEvent['type'], Order['status']>> = TRANSITIONS[before.status];
        expect(orderDecider.evolve(before, event).status).toBe(targets[event.type]);
      }
    });
  });
}

describe('a claim', () => {
  const order = states.created;
  const refusalOf = (change: Partial<Claim>, state: OrderState = order) =>
    outcomeOf(state, { type: 'CLAIM', claim: aClaim(change), now: NOW });

  it.each([
    [{ amountMinor: 150_074n }, 'AMOUNT_MISMATCH'],
    [{ currency: 'EUR' }, 'CURRENCY_MISMATCH'],
    [{ creditorAccount: hold.debtorAccount }, 'CREDITOR_ACCOUNT_MISMATCH'],
    [{ creditorAgentBic: '322313' }, 'CREDITOR_AGENT_MISMATCH'],
  ])('that differs from the order in %o is refused with %s', (change, code) => {
    expect(refusalOf(change)).toBe(code);
  });

  it('is refused by the first of amount, currency, account and agent', () => {
    const wrong = { amountMinor: 1n, currency: 'EUR', creditorAccount: 'x', creditorAgentBic: 'x' };
    expect(refusalOf(wrong)).toBe('AMOUNT_MISMATCH');
    expect(refusalOf({ ...wrong, amountMinor: terms.amount.minor })).toBe('CURRENCY_MISMATCH');
    expect(refusalOf({ creditorAccount: 'x', creditorAgentBic: 'x' })).toBe('CREDITOR_ACCOUNT_MISMATCH');
  });

  it('is refused for exhausted attempts before its facts are looked at', () => {
    expect(refusalOf({ amountMinor: 1n }, states.exhausted)).toBe('ORDER_ATTEMPTS_EXHAUSTED');
  });

  it.each([[{ externalId: 'x-2' }], [{ debtorAccount: 'other' }], [{ initiatorBankGuid: 'other' as BankGuid }], [{ amountMinor: 1n }]])(
    'of the holder that says %o is another message and is refused with the own guid',
    (change) => {
      expect(orderDecider.decide(states.held, { type: 'CLAIM', claim: aClaim(change), now: NOW })).toEqual({
        ok: false,
        failure: { code: 'ORDER_ALREADY_HELD', holderGuid: HOLDER },
      });
    },
  );

  it('of another payment is told the holder, pending or successful', () => {
    for (const state of [states.held, states.paid]) {
      const decided = orderDecider.decide(state, { type: 'CLAIM', claim: aClaim({ paymentGuid: OTHER }), now: NOW });
      expect(decided).toMatchObject({ ok: false, failure: { holderGuid: HOLDER } });
    }
  });
});

describe('an order', () => {
  const apply = (state: OrderState, command: OrderCommand): OrderState => {
    const decided = orderDecider.decide(state, command);
    if (!decided.ok) throw new Error(decided.failure.code);
    return evolveAll<OrderState, OrderEvent>(evolveOrder, state, decided.value);
  };
  const attempt = (state: OrderState, n: number, now = NOW) => {
    const paymentGuid = `payment-${n}` as PaymentGuid; // Test ids need no parsing.
    const held = apply(state, { type: 'CLAIM', claim: aClaim({ paymentGuid }), now });
    return apply(held, { type: 'RECORD_REJECT', paymentGuid, reason: `reason ${n}`, now });
  };

  it('counts its events as versions and its rejects as attempts', () => {
    const created = apply(ABSENT, { type: 'CREATE', facts, now: NOW });
    const released = attempt(attempt(created, 1), 2);
    expect(released).toEqual({
      status: 'CREATED',
      facts,
      version: 5,
      rejects: [
        { paymentGuid: 'payment-1', reason: 'reason 1' },
        { paymentGuid: 'payment-2', reason: 'reason 2' },
      ],
    });
  });

  it(`takes ${ORDER_ATTEMPTS_MAX} rejected payments and no further claim`, () => {
    let order: OrderState = apply(ABSENT, { type: 'CREATE', facts, now: NOW });
    for (let n = 1; n <= ORDER_ATTEMPTS_MAX; n++) order = attempt(order, n);
    expect(outcomeOf(order, { type: 'CLAIM', claim: aClaim(), now: NOW })).toBe('ORDER_ATTEMPTS_EXHAUSTED');
    expect(outcomeOf(order, { type: 'EXPIRE', now: EXPIRES_AT })).toBe('OrderCanceled');
  });

  it('whose payment is rejected after the expiry keeps the reason when it is canceled', () => {
    const ended = apply(states.held, { type: 'RECORD_REJECT', paymentGuid: HOLDER, reason: 'late', now: EXPIRES_AT });
    expect(ended).toMatchObject({ status: 'CANCELED', cause: 'EXPIRED', rejects: [reject, { paymentGuid: HOLDER, reason: 'late' }] });
  });

  it('is paid by its holder also after the expiry', () => {
    expect(apply(states.held, { type: 'RECORD_SUCCESS', paymentGuid: HOLDER, now: LATER })).toMatchObject({ status: 'SUCCESS', hold });
  });

  it.each<[string, OrderState, OrderEvent]>([
    ['a claim of an absent order', ABSENT, { type: 'OrderClaimed', hold, at: NOW }],
    ['a second creation', states.created, { type: 'OrderCreated', facts, at: NOW }],
    ['a claim of a held order', states.held, { type: 'OrderClaimed', hold, at: NOW }],
    ['a release of a free order', states.created, { type: 'OrderReleased', reject, at: NOW }],
    ['a success of a free order', states.created, { type: 'OrderSucceeded', paymentGuid: HOLDER, at: NOW }],
    ['an expiry of a held order', states.held, { type: 'OrderCanceled', cause: 'EXPIRED', reject: null, at: NOW }],
    ['returns of a held order', states.held, { type: 'OrderReturnsChanged', paymentGuid: HOLDER, returns: RETURNS, at: NOW }],
    ['a cancel of a paid order', states.paid, { type: 'OrderCanceled', cause: 'MERCHANT', reject: null, at: NOW }],
  ])('never evolves by %s', (_, state, event) => {
    expect(() => evolveOrder(state, event)).toThrow('cannot take');
  });
});

describe('the terms of an order', () => {
  const fri = { name: 'Maker', taxNumber: '87654321', iban: hold.debtorAccount, bic: '322313', mcc: 5719 };
  const outcomeFor = (first: OrderTerms, second: OrderTerms) =>
    outcomeOf({ ...states.created, facts: { ...facts, terms: first } }, { type: 'CREATE', facts: { ...facts, terms: second }, now: NOW });

  it('are equal when every one of them is', () => {
    const full = { ...terms, beneficiary: fri };
    expect(outcomeFor(full, structuredClone(full))).toBe('-');
  });

  it.each<[keyof OrderTerms, Partial<OrderTerms>]>([
    ['amount', { amount: { minor: 1n, currency: 'UAH' } }],
    ['purpose', { purpose: 'other' }],
    ['redirectUrl', { redirectUrl: 'https://shop.example/other' }],
    ['issuedAt', { issuedAt: null }],
    ['expiresAt', { expiresAt: LATER }],
    ['beneficiary', { beneficiary: null }],
    ...(['name', 'taxNumber', 'iban', 'bic'] as const).map((key): ['beneficiary', Partial<OrderTerms>] => [
      'beneficiary',
      { beneficiary: { ...fri, [key]: 'other' } },
    ]),
    ['beneficiary', { beneficiary: { ...fri, mcc: 1 } }],
  ])('differ by %s', (_, change) => {
    const full = { ...terms, beneficiary: fri };
    expect(outcomeFor(full, { ...full, ...change })).toBe('REF_NOT_UNIQUE');
  });

  it.each([
    [ORDER_VALIDITY_MIN_MS - 1, 'INVALID_EXPIRY'],
    [ORDER_VALIDITY_MIN_MS, null],
    [ORDER_VALIDITY_MAX_MS, null],
    [ORDER_VALIDITY_MAX_MS + 1, 'INVALID_EXPIRY'],
  ])('that expire %i ms ahead give %s', (ahead, code) => {
    const decided = decideCreate(ABSENT, { ...facts, terms: { ...terms, expiresAt: addMilliseconds(NOW, ahead) } }, NOW);
    expect(decided.ok ? null : decided.failure.code).toBe(code);
  });
});
