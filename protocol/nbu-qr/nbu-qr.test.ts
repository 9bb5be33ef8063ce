import { describe, expect, it } from 'vitest';

import { encodeBase64url } from '../base64.ts';
import { utf8 } from '../web-crypto.ts';
import { LOCKABLE, type NbuQrLockable, type NbuQrRequest } from './format.ts';
import { readLockMask, writeLockMask } from './lock-mask.ts';
import { readNbuQr } from './read-nbu-qr.ts';
import { decodeWindows1251, encodeWindows1251 } from './windows-1251.ts';
import { writeNbuQr } from './write-nbu-qr.ts';

const REQUEST: NbuQrRequest = {
  version: '002',
  function: 'UCT',
  name: 'Книгарня «Сова»',
  account: 'UA761372924114433543273694797',
  amountMinor: 57_645n,
  receiverCode: '32855961',
  purpose: 'Книга «Захар Беркут», їжак і ґанок',
  reference: '',
  display: '',
  categoryPurpose: '',
  uniqueRecipientId: '',
  locked: null,
  validUntil: null,
  createdAt: null,
  signature: '',
};
const OF_003: NbuQrRequest = {
  ...REQUEST,
  version: '003',
  function: 'ICT',
  reference: 'INV-12345',
  display: 'Дякуємо',
  categoryPurpose: 'SUPP/REGU',
  locked: ['name', 'account'],
  validUntil: '2026-12-31T23:59:59',
  createdAt: '2026-11-25T14:30:00',
};

function written(request: NbuQrRequest, o: Parameters<typeof writeNbuQr>[1] = {}): string {
  const code = writeNbuQr(request, o);
  if (!code.ok) throw new Error(JSON.stringify(code.failure));
  return code.value;
}

/** The code of lines that somebody else wrote. */
function foreign(lines: readonly string[], o: { prefix?: string; end?: string; encoding?: 'utf-8' | 'windows-1251' } = {}): string {
  const { prefix = 'https://qr.bank.gov.ua/', end = '\n', encoding = 'utf-8' } = o;
  const text = lines.join(end);
  return prefix + encodeBase64url(encoding === 'utf-8' ? utf8(text) : (encodeWindows1251(text) ?? new Uint8Array()));
}

const LINES_002 = ['BCD', '002', '1', 'UCT', '', 'Сова', REQUEST.account, 'UAH576.45', '32855961', '', '', 'Книга', ''];
const LINES_003 = [
  'BCD',
  '003',
  '1',
  'XCT',
  '',
  'Сова',
  REQUEST.account,
  'UAH5',
  '32855961',
  'SUPP/REGU',
  'INV-1',
  'Книга',
  'Видно',
  'FEFF',
  '261231235959',
  '261125143000',
  '',
];

describe('what is written', () => {
  it.each([
    ['001', { ...REQUEST, version: '001' }, {}],
    ['002 in the shorter encoding', REQUEST, {}],
    ['002 in UTF-8', REQUEST, { encoding: 'utf-8' }],
    ['002 without an amount', { ...REQUEST, amountMinor: null }, {}],
    ['003', OF_003, {}],
    ['003 in UTF-8', OF_003, { encoding: 'utf-8' }],
    ['003 with nothing locked', { ...OF_003, locked: [] }, {}],
    ['003 with the least', { ...REQUEST, version: '003' }, {}],
  ] as const)('is read back: %s', (_, request, o) => {
    expect(readNbuQr(written(request, o))).toEqual({ ok: true, value: request });
  });

  it('001 is fourteen lines of plain text with the place of the start code first', () => {
    expect(written({ ...REQUEST, version: '001' }).split('\r\n')).toEqual([
      ' '.repeat(23),
      'BCD',
      '001',
      '1',
      'UCT',
      '',
      REQUEST.name,
      REQUEST.account,
      'UAH576.45',
      '32855961',
      '',
      '',
      REQUEST.purpose,
      '',
    ]);
  });

  it('002 is an address whose data begin with the service mark', () => {
    const code = written(REQUEST);
    expect(code).toMatch(/^https:\/\/bank\.gov\.ua\/qr\/[\w-]+$/);
    // The beginning that codes in use have: mark, version, Windows-1251, function.
    expect(code).toContain('/QkNECjAwMgoyClVDVAo');
  });

  it('003 has the new address', () => {
    expect(written(OF_003)).toMatch(/^https:\/\/qr\.bank\.gov\.ua\/[\w-]+$/);
  });

  it('is in UTF-8 when a character is not in Windows-1251', () => {
    const code = written({ ...REQUEST, name: 'Café 東京' });
    expect(readNbuQr(code)).toMatchObject({ ok: true, value: { name: 'Café 東京' } });
    expect(writeNbuQr({ ...REQUEST, name: 'Café 東京' }, { encoding: 'windows-1251' })).toEqual({
      ok: false,
      failure: { code: 'INVALID_FIELD', field: 'encoding' },
    });
  });

  it.each([
    ['name', { name: '' }],
    ['name', { name: 'Я'.repeat(71) }],
    ['name', { name: 'two\nlines' }],
    ['account', { account: 'UA761372924114433543273694798' }],
    ['amount', { amountMinor: 0n }],
    ['amount', { amountMinor: 100_000_000_000n }],
    ['receiverCode', { receiverCode: '' }],
    ['receiverCode', { receiverCode: '12345678901' }],
    ['purpose', { purpose: 'п'.repeat(141) }],
    ['display', { display: 'reserved here' }],
    ['function', { function: 'ICT' }],
    ['reference', { reference: 'INV' }],
    ['categoryPurpose', { categoryPurpose: 'SUPP/REGU' }],
    ['uniqueRecipientId', { uniqueRecipientId: '1' }],
    ['locked', { locked: [] }],
    ['validUntil', { validUntil: '2026-12-31T23:59:59' }],
    ['createdAt', { createdAt: '2026-12-31T23:59:59' }],
    ['signature', { signature: 's' }],
    ['name', { version: '003', name: 'Я'.repeat(141) }],
    ['purpose', { version: '003', purpose: 'п'.repeat(281) }],
    ['display', { version: '003', display: 'д'.repeat(141) }],
    ['reference', { version: '003', reference: 'r'.repeat(36) }],
    ['categoryPurpose', { version: '003', categoryPurpose: 'supp' }],
    ['uniqueRecipientId', { version: '003', uniqueRecipientId: '1' }],
    ['signature', { version: '003', signature: 's' }],
    ['validUntil', { version: '003', validUntil: '2026-02-30T10:00:00' }],
    ['createdAt', { version: '003', createdAt: 'yesterday' }],
  ] as const)('never has a wrong field: %s %o', (field, over) => {
    expect(writeNbuQr({ ...REQUEST, ...over })).toEqual({ ok: false, failure: { code: 'INVALID_FIELD', field } });
  });

  it('001 is never in Windows-1251', () => {
    expect(writeNbuQr({ ...REQUEST, version: '001' }, { encoding: 'windows-1251' }).ok).toBe(false);
  });

  it('is not longer than a picture can carry', () => {
    const long = { ...OF_003, name: 'н'.repeat(140), purpose: 'п'.repeat(280) };
    expect(writeNbuQr(long)).toEqual({ ok: false, failure: { code: 'TOO_LONG' } });
  });
});

describe('what others write', () => {
  it.each([
    ['002 behind the old address', foreign(LINES_002, { prefix: 'https://bank.gov.ua/qr/' })],
    ['002 behind the new address', foreign(LINES_002)],
    ['CR LF', foreign(LINES_002, { end: '\r\n' })],
    ['Windows-1251', foreign(LINES_002.with(2, '2'), { encoding: 'windows-1251' })],
    ['Windows-1251 and CR LF', foreign(LINES_002.with(2, '2'), { encoding: 'windows-1251', end: '\r\n' })],
    ['an empty first line', foreign(['', ...LINES_002])],
    ['an empty first line and CR LF', foreign(['', ...LINES_002], { end: '\r\n' })],
    ['an empty last line', foreign([...LINES_002, ''])],
    ['the last empty line left out', foreign(LINES_002.slice(0, -1))],
    ['padding', `${foreign(LINES_002)}${'='.repeat((4 - ((foreign(LINES_002).length - 'https://qr.bank.gov.ua/'.length) % 4)) % 4)}`],
    ['groups of four in the IBAN', foreign(LINES_002.with(6, REQUEST.account.replaceAll(/(.{4})/g, '$1 ')))],
    ['no start code in 001', LINES_002.with(1, '001').join('\n')],
  ])('002 and 001 with %s', (_, code) => {
    expect(readNbuQr(code)).toMatchObject({
      ok: true,
      value: { name: 'Сова', amountMinor: 57_645n, purpose: 'Книга', account: REQUEST.account },
    });
  });

  it.each([
    ['17 lines', LINES_003],
    ['18 lines, the last one empty', [...LINES_003, '']],
    ['18 lines, the first one empty', ['', ...LINES_003]],
    ['the signature left out', LINES_003.slice(0, -1)],
  ])('003 with %s', (_, lines) => {
    for (const end of ['\n', '\r\n']) {
      expect(readNbuQr(foreign(lines, { end }))).toEqual({
        ok: true,
        value: {
          version: '003',
          function: 'XCT',
          name: 'Сова',
          account: REQUEST.account,
          amountMinor: 500n,
          receiverCode: '32855961',
          categoryPurpose: 'SUPP/REGU',
          reference: 'INV-1',
          purpose: 'Книга',
          display: 'Видно',
          uniqueRecipientId: '',
          locked: ['name', 'account', 'receiverCode', 'categoryPurpose', 'purpose', 'display'],
          validUntil: '2026-12-31T23:59:59',
          createdAt: '2026-11-25T14:30:00',
          signature: '',
        },
      });
    }
  });

  it.each([
    ['', 'NOT_NBU_QR'],
    ['https://example.com/pay', 'NOT_NBU_QR'],
    ['https://qr.bank.gov.ua/', 'NOT_NBU_QR'],
    ['https://qr.bank.gov.ua/%%%', 'NOT_NBU_QR'],
    [`https://qr.bank.gov.ua/${'A'.repeat(5_000)}`, 'NOT_NBU_QR'],
    [foreign(LINES_002.with(0, 'SPC')), 'NOT_NBU_QR'],
    [foreign(LINES_002.with(2, '3')), 'NOT_NBU_QR'],
    [foreign(LINES_002.slice(0, 11)), 'NOT_NBU_QR'],
    [foreign([...LINES_002, 'more', '']), 'NOT_NBU_QR'],
    [foreign([...LINES_003, '', '']), 'NOT_NBU_QR'],
    [foreign(LINES_002, { encoding: 'windows-1251' }), 'NOT_NBU_QR'], // Says UTF-8 and is not.
    [foreign(LINES_002.with(1, '004')), 'UNSUPPORTED_VERSION'],
    [foreign(LINES_002.with(1, 'toString')), 'UNSUPPORTED_VERSION'],
  ])('is no code for a transfer: %s', (code, failure) => {
    expect(readNbuQr(code)).toEqual({ ok: false, failure: { code: failure } });
  });

  it.each([
    ['function', LINES_002.with(3, 'SCT')],
    ['name', LINES_002.with(5, '')],
    ['name', LINES_002.with(5, 'Я'.repeat(141))],
    ['account', LINES_002.with(6, 'UA761372924114433543273694798')],
    ['account', LINES_002.with(6, '')],
    ['amount', LINES_002.with(7, 'USD5')],
    ['amount', LINES_002.with(7, 'UAH0')],
    ['amount', LINES_002.with(7, 'UAH-5')],
    ['amount', LINES_002.with(7, 'UAH5.005')],
    ['amount', LINES_002.with(7, 'UAH1e3')],
    ['amount', LINES_002.with(7, '576.45')],
    ['receiverCode', LINES_002.with(8, '')],
    ['purpose', LINES_002.with(11, ' ')],
    ['purpose', LINES_002.with(11, 'п'.repeat(421))],
    ['reference', LINES_003.with(10, 'r'.repeat(36))],
    ['display', LINES_003.with(12, 'д'.repeat(141))],
    ['categoryPurpose', LINES_003.with(9, 'SUPP-REGU')],
    ['locked', LINES_003.with(13, 'XYZ1')],
    ['validUntil', LINES_003.with(14, '261331235959')],
    ['createdAt', LINES_003.with(15, '2611251430')],
  ])('has a wrong %s: %o', (field, lines) => {
    expect(readNbuQr(foreign(lines))).toEqual({ ok: false, failure: { code: 'INVALID_FIELD', field } });
  });
});

describe('the lock mask', () => {
  const all = Object.keys(LOCKABLE) as NbuQrLockable[]; // Their own names.

  it.each([
    ['FEFF', all.filter((field) => field !== 'amount')],
    ['C8FF', ['name', 'account']],
    ['FFFF', all],
    ['C83F', []],
  ] as const)('%s', (mask, locked) => {
    expect(writeLockMask(locked)).toBe(mask);
    expect(readLockMask(mask)).toEqual(locked);
  });
});

it('every byte that Windows-1251 gives a character is written as it was read', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  expect(encodeWindows1251(decodeWindows1251(bytes))).toEqual(bytes);
});
