import { describe, expect, test } from 'vitest';

import {
  decideRegister,
  evolveRegister,
  REGISTER_STATES,
  TRANSITIONS,
  type Register,
  type RegisterCommand,
  type RegisterState,
  type RegisterStanding,
  type SettlementPayment,
} from './register.ts';

const AT = new Date('2026-03-02T08:00:00.000Z');
const TERMS = {
  debtorBankGuid: 'payer',
  creditorBankGuid: 'payee',
  toPay: { minor: 1_000n, currency: 'UAH' },
  purpose: 'for 0103260001',
  chargingAccount: 'UA-charging',
} as const;
const INTERNAL = { ...TERMS, creditorBankGuid: 'payer' } as const;
const PAYMENT: SettlementPayment = {
  externalId: 'this',
  creditorIban: 'UA-charging',
  amountMinor: 1_000n,
  currency: 'UAH',
  purpose: 'for 0103260001',
};

/** Every standing that a register can have: `this` is the payment that the commands below name. */
const REGISTERS = {
  sent: { terms: TERMS, standing: { state: 'SENT', rejected: [] } },
  'sent, this rejected before': { terms: TERMS, standing: { state: 'SENT', rejected: ['this'] } },
  'sent, another rejected before': { terms: TERMS, standing: { state: 'SENT', rejected: ['other'] } },
  empty: { terms: { ...TERMS, toPay: { minor: 0n, currency: 'UAH' } }, standing: { state: 'SENT_NO_PM' } },
  'empty, of one bank': { terms: { ...INTERNAL, toPay: { minor: 0n, currency: 'UAH' } }, standing: { state: 'SENT_NO_PM' } },
  internal: { terms: INTERNAL, standing: { state: 'SENT_INTRABANK' } },
  'in process with this': { terms: TERMS, standing: { state: 'PROCESSING', rejected: [], paymentId: 'this' } },
  'in process with another': { terms: TERMS, standing: { state: 'PROCESSING', rejected: [], paymentId: 'other' } },
  'in process with another, this rejected before': {
    terms: TERMS,
    standing: { state: 'PROCESSING', rejected: ['this'], paymentId: 'other' },
  },
  'paid by this': { terms: TERMS, standing: { state: 'PAID', rejected: [], paymentId: 'this' } },
  'paid by another': { terms: TERMS, standing: { state: 'PAID', rejected: [], paymentId: 'other' } },
  'paid by another, this rejected before': { terms: TERMS, standing: { state: 'PAID', rejected: ['this'], paymentId: 'other' } },
  'paid internally': { terms: INTERNAL, standing: { state: 'PAID', rejected: [], paymentId: null } },
} as const satisfies Record<string, Register>;
type Name = keyof typeof REGISTERS;

const COMMANDS = {
  pay: { type: 'Pay', bankGuid: 'payer', payment: PAYMENT, at: AT },
  accept: { type: 'Confirm', bankGuid: 'payer', payment: PAYMENT, outcome: 'ACCEPTED', at: AT },
  reject: { type: 'Confirm', bankGuid: 'payer', payment: PAYMENT, outcome: 'REJECTED', at: AT },
  internally: { type: 'ConfirmInternal', bankGuid: 'payer', at: AT },
  'operations accept': { type: 'Resolve', outcome: 'ACCEPTED', at: AT },
  'operations reject': { type: 'Resolve', outcome: 'REJECTED', at: AT },
} as const satisfies Record<string, RegisterCommand>;
type CommandName = keyof typeof COMMANDS;

/** What becomes of every register under every command: the state that follows, `=` when it is already so, or the code of the refusal. */
const TABLE: Readonly<Record<Name, Readonly<Record<CommandName, RegisterState | '=' | `!${string}`>>>> = {
  sent: {
    pay: 'PROCESSING',
    accept: '!REGISTER_NOT_PAID',
    reject: '!REGISTER_NOT_PAID',
    internally: '!REGISTER_NOT_INTERNAL',
    'operations accept': '!REGISTER_NOT_PAID',
    'operations reject': '!REGISTER_NOT_PAID',
  },
  'sent, this rejected before': {
    pay: '!SETTLEMENT_PAYMENT_REJECTED',
    accept: '!SETTLEMENT_PAYMENT_REJECTED',
    reject: '=',
    internally: '!REGISTER_NOT_INTERNAL',
    'operations accept': '!REGISTER_NOT_PAID',
    'operations reject': '!REGISTER_NOT_PAID',
  },
  'sent, another rejected before': {
    pay: 'PROCESSING',
    accept: '!REGISTER_NOT_PAID',
    reject: '!REGISTER_NOT_PAID',
    internally: '!REGISTER_NOT_INTERNAL',
    'operations accept': '!REGISTER_NOT_PAID',
    'operations reject': '!REGISTER_NOT_PAID',
  },
  empty: {
    pay: '!REGISTER_EMPTY',
    accept: '!REGISTER_EMPTY',
    reject: '!REGISTER_EMPTY',
    internally: '!REGISTER_NOT_INTERNAL',
    'operations accept': '!REGISTER_EMPTY',
    'operations reject': '!REGISTER_EMPTY',
  },
  'empty, of one bank': {
    pay: '!REGISTER_EMPTY',
    accept: '!REGISTER_EMPTY',
    reject: '!REGISTER_EMPTY',
    internally: '!REGISTER_EMPTY',
    'operations accept': '!REGISTER_EMPTY',
    'operations reject': '!REGISTER_EMPTY',
  },
  internal: {
    pay: '!REGISTER_INTERNAL',
    accept: '!REGISTER_INTERNAL',
    reject: '!REGISTER_INTERNAL',
    internally: 'PAID',
    'operations accept': 'PAID',
    'operations reject': '!REGISTER_INTERNAL',
  },
  'in process with this': {
    pay: '=',
    accept: 'PAID',
    reject: 'SENT',
    internally: '!REGISTER_NOT_INTERNAL',
    'operations accept': 'PAID',
    'operations reject': 'SENT',
  },
  'in process with another': {
    pay: '!REGISTER_IN_PROCESS',
    accept: '!SETTLEMENT_PAYMENT_UNKNOWN',
    reject: '!SETTLEMENT_PAYMENT_UNKNOWN',
    internally: '!REGISTER_NOT_INTERNAL',
    'operations accept': 'PAID',
    'operations reject': 'SENT',
  },
  'in process with another, this rejected before': {
    pay: '!REGISTER_IN_PROCESS',
    accept: '!SETTLEMENT_PAYMENT_REJECTED',
    reject: '=',
    internally: '!REGISTER_NOT_INTERNAL',
    'operations accept': 'PAID',
    'operations reject': 'SENT',
  },
  'paid by this': {
    pay: '=',
    accept: '=',
    reject: '!REGISTER_ALREADY_PAID',
    internally: '!REGISTER_NOT_INTERNAL',
    'operations accept': '=',
    'operations reject': '!REGISTER_ALREADY_PAID',
  },
  'paid by another': {
    pay: '!REGISTER_ALREADY_PAID',
    accept: '!REGISTER_ALREADY_PAID',
    reject: '!REGISTER_ALREADY_PAID',
    internally: '!REGISTER_NOT_INTERNAL',
    'operations accept': '=',
    'operations reject': '!REGISTER_ALREADY_PAID',
  },
  'paid by another, this rejected before': {
    pay: '!REGISTER_ALREADY_PAID',
    accept: '!SETTLEMENT_PAYMENT_REJECTED',
    reject: '=',
    internally: '!REGISTER_NOT_INTERNAL',
    'operations accept': '=',
    'operations reject': '!REGISTER_ALREADY_PAID',
  },
  'paid internally': {
    pay: '!REGISTER_INTERNAL',
    accept: '!REGISTER_INTERNAL',
    reject: '!REGISTER_INTERNAL',
    internally: '=',
    'operations accept': '=',
    'operations reject': '!REGISTER_ALREADY_PAID',
  },
};

function outcomeOf(register: Register, command: RegisterCommand): string {
  const decided = decideRegister(register, command);
  if (!decided.ok) return `!${decided.failure.code}`;
  const [event, ...more] = decided.value;
  expect(more).toEqual([]);
  return event ? evolveRegister(register, event).standing.state : '=';
}

const cells = Object.entries(TABLE).flatMap(([name, row]) =>
  Object.entries(row).map(([command, outcome]) => [name as Name, command as CommandName, outcome] as const),
);

describe('a register', () => {
  test.each(cells)('%s, %s: %s', (name, command, outcome) => {
    expect(outcomeOf(REGISTERS[name], COMMANDS[command])).toBe(outcome);
  });

  test('goes the drawn ways, every one of them and no other', () => {
    const gone = cells
      .filter(([, , outcome]) => REGISTER_STATES.some((state) => state === outcome))
      .map(([name, , outcome]) => `${REGISTERS[name].standing.state} ${outcome}`);
    const drawn = Object.entries(TRANSITIONS).flatMap(([from, targets]) => targets.map((to) => `${from} ${to}`));
    expect([...new Set(gone)].toSorted()).toEqual(drawn.toSorted());
  });

  test('does nothing at a repetition of what brought it where it is', () => {
    for (const [name, command, outcome] of cells.filter(([, , result]) => !/^[!=]/.test(result))) {
      const decided = decideRegister(REGISTERS[name], COMMANDS[command]);
      const [event] = decided.ok ? decided.value : [];
      if (!event) throw new Error(`${name} ${command} leads to ${outcome}`);
      const after = evolveRegister(REGISTERS[name], event);
      // Operations name no payment: after a rejection there is nothing that they could reject once more.
      if (command !== 'operations reject') expect(outcomeOf(after, COMMANDS[command])).toBe('=');
    }
  });
});

describe.each(Object.keys(REGISTERS) as Name[])('%s', (name) => {
  const register: Register = REGISTERS[name];
  const paying = (['pay', 'accept', 'reject'] as const).map((command) => COMMANDS[command]);

  test('is not there for a bank that is on neither side', () => {
    for (const command of [...paying, COMMANDS.internally]) {
      expect(outcomeOf(register, { ...command, bankGuid: 'stranger' })).toBe('!REGISTER_NOT_FOUND');
    }
  });

  test('is not paid by the bank that is owed', () => {
    if (register.terms.creditorBankGuid === 'payer') return;
    for (const command of paying) expect(outcomeOf(register, { ...command, bankGuid: 'payee' })).toBe('!REGISTER_NOT_OF_PAYER');
  });

  test.each<[string, Partial<SettlementPayment>]>([
    ['amount', { amountMinor: 999n }],
    ['currency', { currency: 'USD' }],
    ['iban', { creditorIban: 'UA-other' }],
    ['purpose', { purpose: 'for 0103260001 ' }],
  ])('never moves for a payment with another %s', (field, edit) => {
    const standing: RegisterStanding = register.standing;
    for (const command of paying) {
      const decided = decideRegister(register, { ...command, payment: { ...PAYMENT, ...edit } });
      expect(decided.ok).toBe(false);
      if (standing.state === 'SENT_NO_PM' || register.terms.creditorBankGuid === 'payer') continue;
      expect(decided).toEqual({ ok: false, failure: { code: 'SETTLEMENT_MISMATCH', field } });
    }
  });
});

describe('a report of the rails that leaves things out', () => {
  const NOTHING = { externalId: 'this', creditorIban: null, amountMinor: null, currency: null, purpose: null };
  const WRONG = { creditorIban: 'UA-other', amountMinor: 999n, currency: 'USD', purpose: 'for another' };
  const FIELDS = { creditorIban: 'iban', amountMinor: 'amount', currency: 'currency', purpose: 'purpose' } as const;
  const confirm = (payment: object) =>
    decideRegister(REGISTERS['in process with this'], { ...COMMANDS.accept, payment: { ...NOTHING, ...payment } });

  test('is taken by its id', () => {
    expect(confirm({})).toMatchObject({ ok: true, value: [{ type: 'RegisterPaid', paymentId: 'this' }] });
    expect(confirm({ externalId: 'another' })).toEqual({ ok: false, failure: { code: 'SETTLEMENT_PAYMENT_UNKNOWN' } });
  });

  test.each(Object.entries(FIELDS))('is compared by its %s where it has one', (name, field) => {
    const [right, wrong] = [PAYMENT, WRONG].map((payment) => Object.fromEntries(Object.entries(payment).filter(([key]) => key === name)));
    expect(confirm(right ?? {})).toMatchObject({ ok: true });
    expect(confirm(wrong ?? {})).toEqual({ ok: false, failure: { code: 'SETTLEMENT_MISMATCH', field } });
  });
});
