import { createHash } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { valueOf } from '../../kernel/core/result.ts';
import { ledgerStatementSchema } from '../../protocol/payment-evidence.ts';
import { readToken } from '../../protocol/token.ts';
import { ANONYMOUS, type Caller } from '../../schema/caller.ts';
import { BANK_A, BANK_B, BANK_C } from './directory.ts';
import { aSucceededPayment, bankCaller, startSettlement, type RunningSettlement } from './running-settlement.ts';

let settlement: RunningSettlement;
const payment = aSucceededPayment();
beforeAll(async () => {
  settlement = await startSettlement();
  await settlement.succeed(
    payment,
    aSucceededPayment({ amountMinor: '25' }),
    aSucceededPayment({ initiatorBankGuid: BANK_B, receiverBankGuid: BANK_A, amountMinor: '300' }),
    aSucceededPayment({ initiatorBankGuid: BANK_B, receiverBankGuid: BANK_C, amountMinor: '400' }),
    aSucceededPayment({ succeededAt: '2026-03-02T10:00:00.000Z' }),
  );
  await settlement.booked(5);
});
afterAll(() => settlement.stop());

const MERCHANT: Caller = { kind: 'merchant', merchantUid: BANK_A, keyId: 'k' };

describe('balances', () => {
  const query = `query ($day: BusinessDay!, $bank: String) {
    balances(day: $day, bank: $bank) { debtorBank { guid } creditorBank { guid } amount { decimal currency } paymentCount }
  }`;
  const pair = (debtor: string, creditor: string, decimal: string, paymentCount: number) => ({
    debtorBank: { guid: debtor },
    creditorBank: { guid: creditor },
    amount: { decimal, currency: 'UAH' },
    paymentCount,
  });
  const AB = pair(BANK_A, BANK_B, '1501.00', 2);
  const BA = pair(BANK_B, BANK_A, '3.00', 1);
  const BC = pair(BANK_B, BANK_C, '4.00', 1);

  test.each([
    ['operations', undefined, null, [AB, BA, BC]],
    ['operations about one bank', undefined, BANK_C, [BC]],
    ['a bank about itself', bankCaller(BANK_A), null, [AB, BA]],
    ['a bank about a pair of its own', bankCaller(BANK_B), BANK_C, [BC]],
    ["a bank about strangers' pairs", bankCaller(BANK_A), BANK_C, []],
    ['a merchant', MERCHANT, null, []],
    ['nobody', ANONYMOUS, null, []],
    ['operations about no bank', undefined, 'x', []],
  ])('are gross per direction, asked by %s', async (_, caller, bank, expected) => {
    expect(await settlement.ask(query, { day: '2026-03-01', bank }, caller)).toEqual({ balances: expected });
  });

  test.each(['2026-02-30', 'today', '2026-3-1'])('of the day %s are not asked for', async (day) => {
    await expect(settlement.ask(query, { day })).rejects.toThrow('BusinessDay');
  });
});

describe('open balances', () => {
  const query =
    'query ($bank: String) { openBalances(bank: $bank) { debtorBank { guid } creditorBank { guid } accrued { minor } due { minor } inTransit { minor } } }';
  const pair = (debtor: string, creditor: string, minor: string) => ({
    debtorBank: { guid: debtor },
    creditorBank: { guid: creditor },
    accrued: { minor },
    due: { minor: '0' },
    inTransit: { minor: '0' },
  });
  const AB = pair(BANK_A, BANK_B, '300175');
  const BA = pair(BANK_B, BANK_A, '300');
  const BC = pair(BANK_B, BANK_C, '400');

  test.each([
    ['operations', undefined, null, [AB, BA, BC]],
    ['operations about one bank', undefined, BANK_C, [BC]],
    ['a bank about itself', bankCaller(BANK_A), null, [AB, BA]],
    ["a bank about strangers' pairs", bankCaller(BANK_A), BANK_C, []],
    ['a merchant', MERCHANT, null, []],
    ['nobody', ANONYMOUS, null, []],
    ['operations about no bank', undefined, 'x', []],
  ])('sum what days without registers have, asked by %s', async (_, caller, bank, expected) => {
    expect(await settlement.ask(query, { bank }, caller)).toEqual({ openBalances: expected });
  });
});

describe('the signed ledger transaction of a payment', () => {
  const query = 'query ($guid: String!) { ledgerStatement(paymentGuid: $guid) { token } }';
  const asked = async (caller: Caller | undefined, guid = payment.paymentGuid) =>
    (await settlement.ask(query, { guid }, caller)) as { ledgerStatement: { token: string } | null }; // As the query asks.

  test('is for its banks and operations, and its hash is that of its record', async () => {
    for (const caller of [undefined, bankCaller(BANK_A), bankCaller(BANK_B)]) {
      const token = valueOf(readToken((await asked(caller)).ledgerStatement?.token ?? ''));
      const stated = ledgerStatementSchema.parse(token.claims);
      expect(stated).toMatchObject({
        payment_message_guid: payment.paymentGuid,
        sequence: '1',
        amount: '1500.75',
        business_day: '2026-03-01',
      });
      expect(stated.previous_hash).toBe('0'.repeat(64));
      expect(stated.hash).toBe(createHash('sha256').update(stated.record).digest('hex'));
    }
  });

  test('is not there for others, nor of what is not booked', async () => {
    for (const caller of [bankCaller(BANK_C), MERCHANT, ANONYMOUS]) expect(await asked(caller)).toEqual({ ledgerStatement: null });
    for (const guid of ['x', '01890000-0000-8000-8000-0000000000ff'])
      expect(await asked(undefined, guid)).toEqual({ ledgerStatement: null });
  });
});

describe('the ledger transaction of a payment', () => {
  const query = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Payment { guid ledgerTransaction {
    id businessDay lateFrom amount { minor } payment { guid } debtorBank { guid } creditorBank { guid }
    entries { accountKind side bank { guid } counterparty { guid } amount { minor } } sequence } } } }`;
  const of = [{ __typename: 'Payment', guid: payment.paymentGuid }];
  const a = { guid: BANK_A };
  const b = { guid: BANK_B };

  test.each([
    ['operations', undefined],
    ['the debtor bank', bankCaller(BANK_A)],
    ['the creditor bank', bankCaller(BANK_B)],
  ])('is seen by %s', async (_, caller) => {
    const { _entities } = await settlement.ask(query, { of }, caller);
    expect(_entities).toMatchObject([
      {
        guid: payment.paymentGuid,
        ledgerTransaction: {
          businessDay: '2026-03-01',
          lateFrom: null,
          amount: { minor: '150075' },
          payment: { guid: payment.paymentGuid },
          debtorBank: a,
          creditorBank: b,
          entries: [
            { accountKind: 'OBLIGATION', side: 'DEBIT', bank: a, counterparty: b, amount: { minor: '150075' } },
            { accountKind: 'CLAIM', side: 'CREDIT', bank: b, counterparty: a, amount: { minor: '150075' } },
          ],
          sequence: '1',
        },
      },
    ]);
  });

  test.each([
    ['another bank', bankCaller(BANK_C)],
    ['a merchant', MERCHANT],
    ['nobody', ANONYMOUS],
  ])('looks unbooked to %s, also by its own id', async (_, caller) => {
    expect(await settlement.ask(query, { of }, caller)).toEqual({ _entities: [{ guid: payment.paymentGuid, ledgerTransaction: null }] });
    const { _entities } = (await settlement.ask(query, { of })) as { _entities: [{ ledgerTransaction: { id: string } }] }; // the query above
    const byId = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on LedgerTransaction { businessDay } } }`;
    const reference = [{ __typename: 'LedgerTransaction', id: _entities[0].ledgerTransaction.id }];
    expect(await settlement.ask(byId, { of: reference })).toEqual({ _entities: [{ businessDay: '2026-03-01' }] });
    expect(await settlement.ask(byId, { of: reference }, caller)).toEqual({ _entities: [null] });
  });

  test.each([{ guid: 'x' }, { guid: '01890000-0000-8000-8000-0000000000ff' }])('is null for %j', async (reference) => {
    const { _entities } = await settlement.ask(query, { of: [{ __typename: 'Payment', ...reference }] });
    expect(_entities).toEqual([{ ...reference, ledgerTransaction: null }]);
  });
});
