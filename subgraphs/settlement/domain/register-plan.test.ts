import { createHash } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import { planRegisters, registerFileName, registerNumber, type PairTotal, type RegisterBank } from './register-plan.ts';
import { uetrOf } from './uetr.ts';

const bank = (guid: string, bic: string): RegisterBank => ({
  guid,
  name: `Bank ${guid}`,
  bic,
  taxCode: `tax-${guid}`,
  chargingAccount: `UA-${guid}`,
});
const BANKS = new Map([bank('a', '300003'), bank('b', '300001'), bank('c', '300002')].map((entry) => [entry.guid, entry]));
const total = (debtorBankGuid: string, creditorBankGuid: string, amountMinor: bigint, feeMinor = 0n): PairTotal => ({
  debtorBankGuid,
  creditorBankGuid,
  currency: 'UAH',
  amountMinor,
  feeMinor,
  paymentCount: 2,
});
const pair = (debtorBankGuid: string, creditorBankGuid: string) => ({ debtorBankGuid, creditorBankGuid });

function plan(totals: readonly PairTotal[], activePairs: readonly ReturnType<typeof pair>[] = []) {
  return planRegisters({ day: '2026-11-29', totals, activePairs, banks: BANKS, currency: 'UAH' });
}

describe('the registers of a day', () => {
  test('are numbered by the codes of their banks, whatever order the totals come in', () => {
    const totals = [total('a', 'b', 500n, 20n), total('b', 'c', 700n), total('a', 'a', 900n)];
    const registers = plan(totals, [pair('a', 'b'), pair('c', 'c')]);
    expect(
      registers.map((r) => [r.number, r.debtorBankGuid, r.creditorBankGuid, r.state, r.total.minor, r.fee.minor, r.toPay.minor]),
    ).toEqual([
      ['2911260001', 'b', 'c', 'SENT', 700n, 0n, 700n],
      ['2911260002', 'b', 'a', 'SENT_NO_PM', 0n, 0n, 0n],
      ['2911260003', 'c', 'b', 'SENT_NO_PM', 0n, 0n, 0n],
      ['2911260004', 'c', 'c', 'SENT_NO_PM', 0n, 0n, 0n],
      ['2911260005', 'a', 'b', 'SENT', 500n, 20n, 480n],
      ['2911260006', 'a', 'a', 'SENT_INTRABANK', 900n, 0n, 900n],
    ]);
    expect(plan(totals.toReversed(), [pair('c', 'c'), pair('b', 'a'), pair('a', 'b')])).toEqual(registers);
  });

  test('say what to pay, to whom and for what', () => {
    expect(plan([total('a', 'b', 500n)]).find(({ paymentCount }) => paymentCount > 0)).toMatchObject({
      debtor: { name: 'Bank a', bic: '300003' },
      creditor: { name: 'Bank b', bic: '300001', taxCode: 'tax-b' },
      chargingAccount: 'UA-b',
      purpose: 'Розрахунки за 29.11.2026 за реєстром 2911260002',
    });
  });

  test('are none when nobody pays and nobody agreed to', () => {
    expect(plan([])).toEqual([]);
  });

  test('are not made while a bank is unknown', () => {
    expect(() => plan([total('a', 'x', 1n)])).toThrow('x');
  });
});

test('a number has four digits after the day, and more when they are needed', () => {
  expect(registerNumber('2026-01-02', 1)).toBe('0201260001');
  expect(registerNumber('2026-01-02', 12_345)).toBe('02012612345');
});

test("a file's letter is O for one bank and I for two, as the guide has it", () => {
  expect(registerFileName({ ...pair('a', 'a'), number: '1' })).toBe('O1');
  expect(registerFileName({ ...pair('a', 'b'), number: '1' })).toBe('I1');
});

test('a UETR is a UUID of version 4, the same one for the same payment', () => {
  const sha256 = (text: string) => createHash('sha256').update(text).digest();
  const uetr = uetrOf('01890000-0000-8000-8000-000000000001', sha256);
  expect(uetr).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(uetrOf('01890000-0000-8000-8000-000000000001', sha256)).toBe(uetr);
  expect(uetrOf('01890000-0000-8000-8000-000000000002', sha256)).not.toBe(uetr);
});
