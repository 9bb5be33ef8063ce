import { describe, expect, test } from 'vitest';

import { valueOf } from '../kernel/core/result.ts';
import {
  grossSettlementPath,
  grossSettlementPayload,
  grossSettlementSchema,
  readRailStatus,
  readSettlementPayment,
  REGISTER_STATUSES,
  registerBody,
  registerHeader,
  registerListSchema,
  registerSchema,
  type WireRegister,
  type WireRegisterRow,
} from './gross-settlement.ts';
import { readStrictJson } from './strict-json.ts';

const AT = new Date('2026-11-30T00:01:00.000Z');
const REGISTER: WireRegister = {
  number: '2911260001',
  day: '2026-11-29',
  state: 'SENT_INTRABANK',
  debtor: { name: 'Bank A', bic: '300001' },
  creditor: { name: 'Bank B', bic: '300002', taxCode: '90000202' },
  chargingAccount: 'UA1',
  purpose: 'for 2911260001',
  totalMinor: 9_007_199_254_740_993n,
  feeMinor: 100n,
  currency: 'UAH',
  createdAt: AT,
  updatedAt: AT,
};
const ROW: WireRegisterRow = {
  externalId: 'x',
  guid: '01890000-0000-8000-8000-000000000001',
  uetr: '8a1b2c3d-0000-4000-8000-000000000001',
  pmType: 'return',
  amountMinor: 5n,
  feeMinor: 1n,
  feePercent: '0.2500',
  currency: 'UAH',
  purpose: 'goods',
  debtorAccount: 'UA2',
  creditorAccount: 'UA3',
  createdAt: AT,
};

describe('a register on the wire', () => {
  test('has its amounts as strings, exact beyond what a JSON number holds, and the status as the guide prints it', () => {
    expect(registerHeader(REGISTER)).toMatchObject({
      id: '2911260001',
      total_amount: '90071992547409.93',
      total_fee_amount: '1.00',
      total_amount_to_pay: '90071992547408.93',
      status: 'Sent (Interbank)',
    });
    expect(Object.values(REGISTER_STATUSES)).toEqual(['Sent', 'Sent (no PM)', 'Sent (Interbank)', 'Processing', 'Paid']);
  });

  test('is read by a bank as it was written: in the list, by its id and in the callback', () => {
    const rows = { rows: [ROW], offset: 0, total: 1, seal: 'token' };
    const identity = { issuer: 'dcm-hub', audience: 'bank', issuedAt: AT, callbackGuid: ROW.guid, sequence: 1 };
    expect(registerListSchema.parse([registerHeader(REGISTER)])).toHaveLength(1);
    expect(registerSchema.parse(registerBody(REGISTER, rows)).payments[0]).toMatchObject({
      amount_to_pay: '0.04',
      register_id: '2911260001',
    });
    const callback = grossSettlementSchema.parse(JSON.parse(grossSettlementPayload(identity, REGISTER, rows)));
    expect(callback).toMatchObject({
      callback_type: 'gross-settlement',
      aud: 'bank',
      payments: [{ uetr: ROW.uetr, issuer_fee: '0.2500' }],
    });
  });

  test('has its place at the edge below its bank', () => {
    expect(grossSettlementPath('g')).toBe('/api/v1/counterparty/g/gross-settlement');
  });
});

describe('the body of pay and confirm', () => {
  const BODY = {
    payment_message_external_id: 'sep-1',
    creditor_iban: 'UA1',
    amount: 1.5,
    currency: 'UAH',
    purpose: 'for 2911260001',
    creation_date: '2026-11-30T09:00:00+02:00',
  };
  const read = (body: unknown) => readSettlementPayment(valueOf(readStrictJson(typeof body === 'string' ? body : JSON.stringify(body))));

  test('is read with the amount from its source text', () => {
    expect(read(BODY)).toEqual({
      ok: true,
      value: {
        externalId: 'sep-1',
        creditorIban: 'UA1',
        amountMinor: 150n,
        currency: 'UAH',
        purpose: 'for 2911260001',
        creationDate: BODY.creation_date,
      },
    });
    expect(read(JSON.stringify(BODY).replace('1.5', '0.00'))).toMatchObject({ ok: true, value: { amountMinor: 0n } });
    expect(read({ ...BODY, creation_date: '2026-11-30' }).ok).toBe(true);
  });

  test.each([
    ['BODY_NOT_JSON', []],
    ['INVALID_EXTERNAL_ID', { ...BODY, payment_message_external_id: '' }],
    ['INVALID_EXTERNAL_ID', { ...BODY, payment_message_external_id: 7 }],
    ['INVALID_CREDITOR_ACCOUNT', { ...BODY, creditor_iban: null }],
    ['INVALID_AMOUNT', { ...BODY, amount: '1.50' }],
    ['INVALID_AMOUNT', { ...BODY, amount: -1 }],
    ['INVALID_AMOUNT', { ...BODY, amount: 1.505 }],
    ['INVALID_AMOUNT', JSON.stringify(BODY).replace('1.5', '15e-1')],
    ['INVALID_CURRENCY', { ...BODY, currency: ' ' }],
    ['INVALID_PURPOSE', { ...BODY, purpose: 'a\nb' }],
    ['INVALID_SETTLEMENT_DATE', { ...BODY, creation_date: '30.11.2026' }],
    ['INVALID_SETTLEMENT_DATE', { ...BODY, creation_date: undefined }],
  ])('is refused with %s (%#)', (code, body) => {
    expect(read(body)).toEqual({ ok: false, failure: { code } });
  });

  test.each([
    ['ACSC', true],
    ['ACCC', true],
    ['RJCT', true],
    ['CANC', true],
    ['PDNG', false],
    ['ACSP', false],
    ['toString', false],
    ['', false],
  ])('confirms with the final status %s: %s', (status, isFinal) => {
    const json = valueOf(readStrictJson(JSON.stringify({ status })));
    expect(readRailStatus(json)).toEqual(isFinal ? { ok: true, value: status } : { ok: false, failure: { code: 'INVALID_RAIL_STATUS' } });
  });
});
