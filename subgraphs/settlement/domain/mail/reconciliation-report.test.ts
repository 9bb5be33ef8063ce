import { expect, test } from 'vitest';

import type { BusinessDay } from '../../../../kernel/core/time.ts';
import { attachmentOf, CSV_ROWS_MAX, GZIP_ROWS_MAX } from './attachment-size.ts';
import { figuresOf, reportId, reportPeriodsAfter, type ReportedRegister } from './reconciliation-report.ts';

test.each([
  // The guide's examples: made on the 29th and on the 2nd.
  ['2024-11-28', [{ kind: 'DAILY', from: '2024-11-01', to: '2024-11-28' }]],
  [
    '2024-12-01',
    [
      { kind: 'DAILY', from: '2024-12-01', to: '2024-12-01' },
      { kind: 'MONTHLY', from: '2024-11-01', to: '2024-11-30' },
    ],
  ],
  ['2024-11-30', [{ kind: 'DAILY', from: '2024-11-01', to: '2024-11-30' }]],
  [
    '2024-03-01',
    [
      { kind: 'DAILY', from: '2024-03-01', to: '2024-03-01' },
      { kind: 'MONTHLY', from: '2024-02-01', to: '2024-02-29' },
    ],
  ],
  [
    '2025-01-01',
    [
      { kind: 'DAILY', from: '2025-01-01', to: '2025-01-01' },
      { kind: 'MONTHLY', from: '2024-12-01', to: '2024-12-31' },
    ],
  ],
] satisfies readonly [BusinessDay, unknown][])('when %s has its registers, these periods are reported', (day, periods) => {
  expect(reportPeriodsAfter(day)).toEqual(periods);
});

test('a report is named for its kind, the day that it is made on, and the two banks', () => {
  const o = { madeOn: '2026-12-02' as BusinessDay, recipientBic: '300001', counterpartyBic: '300002' };
  expect(reportId({ ...o, kind: 'DAILY' })).toBe('D021226-300001-300002');
  expect(reportId({ ...o, kind: 'MONTHLY' })).toBe('M021226-300001-300002');
});

const register = (o: Partial<ReportedRegister>): ReportedRegister => ({
  number: '1',
  day: '2026-11-28',
  debtorBankGuid: 'a',
  state: 'SENT',
  totalMinor: 0n,
  feeMinor: 0n,
  paymentCount: 0,
  ...o,
});

test('what is owed is what was paid and what is outstanding, without fees, one direction at a time', () => {
  const registers = [
    register({ state: 'PAID', totalMinor: 1000n, feeMinor: 10n, paymentCount: 2 }),
    register({ state: 'PROCESSING', totalMinor: 500n, feeMinor: 5n, paymentCount: 1 }),
    register({ state: 'SENT', totalMinor: 100n, feeMinor: 1n, paymentCount: 1 }),
    register({ state: 'SENT_NO_PM' }),
    register({ debtorBankGuid: 'b', state: 'PAID', totalMinor: 7n, paymentCount: 1 }),
  ];
  expect(figuresOf(registers, 'a')).toEqual({
    registers: 4,
    payments: 4,
    obligationsMinor: 1584n,
    paidMinor: 990n,
    outstandingMinor: 594n,
    feesMinor: 16n,
    feesOfPaidMinor: 10n,
  });
  expect(figuresOf(registers, 'b')).toMatchObject({ obligationsMinor: 7n, paidMinor: 7n, outstandingMinor: 0n });
  expect(figuresOf([], 'a')).toMatchObject({ registers: 0, obligationsMinor: 0n, outstandingMinor: 0n });
});

test.each([
  [1, 'csv'],
  [CSV_ROWS_MAX, 'csv'],
  [CSV_ROWS_MAX + 1, 'gzip'],
  [GZIP_ROWS_MAX, 'gzip'],
  [GZIP_ROWS_MAX + 1, 'none'],
  [1_000_000, 'none'],
])('%i payments come as %s', (payments, size) => {
  expect(attachmentOf(payments)).toBe(size);
});
