import { expect, test } from 'vitest';

import { csvHead, csvRows } from '../pages/register-csv.ts';
import { readOwnList, totalsOf } from './own-list.ts';

const GUID = '7c0a3f52-96b1-8d4e-9a2b-000000000001';
const payment = { guid: GUID, amountMinor: 10_050n, currency: 'UAH', pmType: 'trade', isTypeStated: false };
const line = (guid: string, amount: string): string => `${guid},${amount}\n`;

test.each([
  ['guid and amount', `${GUID},100.50`],
  ['a line of titles', `guid;amount\n${GUID};100.50`],
  ['the mark of a spreadsheet, and its line ends', `\uFEFFGUID\tAmount\r\n${GUID.toUpperCase()}\t100,50\r\n\r\n`],
  ['columns in another order, others between them', `note;amount;payment guid\n"a ""b""\nc;d";100.5;${GUID}`],
  ['a guid without hyphens, a grouped amount in quotes', `"${GUID.replaceAll('-', '')}","1\u00a000.50"`],
])('reads %s', (_what, text) => {
  expect(readOwnList(text)).toEqual({ payments: [payment], problems: [] });
});

test('reads the file of a register that the hub gave, with types', () => {
  const money = (decimal: string) => ({ decimal, currency: 'UAH' });
  const row = {
    paymentGuid: GUID,
    uetr: GUID,
    externalId: '=1+1',
    pmType: 'p2p',
    purpose: '=HYPERLINK("http://elsewhere", "win")',
    succeededAt: '2026-11-29T10:00:00Z',
    lateFrom: null,
    debtorAccount: 'UA1',
    creditorAccount: '+1',
    amount: money('100.50'),
    fee: money('0.00'),
    feePercent: '0.2500',
    amountToPay: money('100.50'),
  };
  const text = csvHead() + csvRows([row]);
  expect(text).toContain(`'=1+1,`);
  expect(text).toContain(`"'=HYPERLINK(`);
  expect(text).toContain(`'+1`);
  expect(readOwnList(text).payments).toEqual([{ ...payment, pmType: 'p2p', isTypeStated: true }]);
});

test.each([
  ['GUID', `${GUID}0,1`],
  ['GUID', `=cmd|'/c calc'!A1,1`],
  ['GUID', `<img src=x onerror=alert(1)>,1`],
  ['AMOUNT', `${GUID},-1`],
  ['AMOUNT', `${GUID},1.005`],
  ['AMOUNT', `${GUID},1e3`],
  ['AMOUNT', `${GUID},`],
  ['AMOUNT', `${GUID},1234567890123456`],
  ['AMOUNT', GUID],
  ['TYPE', `${GUID},1,__proto__`],
  ['CURRENCY', `${GUID},1,trade,гривня`],
  ['UNCLOSED_QUOTES', `"${GUID},1\n${GUID},2`],
  ['UNCLOSED_QUOTES', `"${GUID}"x,1`],
  ['NO_PAYMENT', '\n\n'],
  ['NO_PAYMENT', 'guid,amount\n'],
  ['GUID', '\0\u0001\uFFFD'],
])('says %s of what it cannot read, and guesses nothing', (code, text) => {
  expect(readOwnList(text)).toEqual({ payments: [], problems: [{ line: 1, code }] });
});

test('says where, and stops to say it after a while', () => {
  expect(readOwnList(`${line(GUID, '1')}"x\ny",1\n${line(GUID, 'x')}`).problems).toEqual([
    { line: 2, code: 'GUID' },
    { line: 4, code: 'AMOUNT' },
  ]);
  expect(readOwnList('x\n'.repeat(1_000)).problems).toHaveLength(20);
});

test('takes no more than it can compare', () => {
  const { payments, problems } = readOwnList(line(GUID, '1').repeat(7), { linesMax: 5 });
  expect([payments.length, problems]).toEqual([5, [{ line: 6, code: 'TOO_MANY_LINES' }]]);
  expect(totalsOf(payments)).toEqual(new Map([['UAH', 500n]]));
});
