import { expect, test } from 'vitest';

import { CSV_ROWS_MAX, GZIP_ROWS_MAX, ROWS_IN_MAIL_MAX } from '../../domain/mail/attachment-size.ts';
import type { RegisterRow, RegisterView } from '../../app/register-ports.ts';
import { registerMail } from './register-mail.ts';

const NUMBER = '2911260001';
const UAH = 'UAH';

function aRegister(paymentCount: number): RegisterView {
  const at = new Date('2026-11-29T22:01:00Z');
  return {
    number: NUMBER,
    businessDay: '2026-11-29',
    state: 'SENT',
    version: 1,
    debtorBankGuid: 'a',
    creditorBankGuid: 'b',
    debtor: { name: 'Bank A', bic: '300001' },
    creditor: { name: 'Bank B', bic: '300002', taxCode: '12345678' },
    chargingAccount: 'UA1',
    purpose: 'Розрахунки',
    total: { minor: BigInt(paymentCount), currency: UAH },
    fee: { minor: 0n, currency: UAH },
    paymentCount,
    createdAt: at,
    updatedAt: at,
  };
}

const aRow = (sequence: bigint): RegisterRow => ({
  sequence,
  paymentGuid: `guid-${sequence}`,
  pmType: 'trade',
  amount: { minor: 1n, currency: UAH },
  fee: { minor: 0n, rate: 0n },
  details: null,
  succeededAt: new Date('2026-11-29T10:00:00Z'),
  lateFrom: null,
});

/** A register of so many payments, and how many of them were read so far. */
function reading(paymentCount: number) {
  const register = aRegister(paymentCount);
  const read = { rows: 0, atOnceMax: 0 };
  const rowsFrom = (start: number, limit: number): readonly RegisterRow[] => {
    const rows = Array.from({ length: Math.max(0, Math.min(limit, paymentCount - start)) }, (_, n) => aRow(BigInt(start + n + 1)));
    read.rows += rows.length;
    read.atOnceMax = Math.max(read.atOnceMax, rows.length);
    return rows;
  };
  const registers = {
    byNumbers: async () => new Map([[NUMBER, register]]),
    rows: async (_: RegisterView, { offset, limit }: { offset: number; limit: number }) => rowsFrom(offset, limit),
    rowsAfter: async (_: RegisterView, { sequence, limit }: { sequence: bigint; limit: number }) => rowsFrom(Number(sequence), limit),
  };
  return { read, mail: () => registerMail({ registers, brandName: 'Hub', linkBase: null }, { number: NUMBER, state: 'SENT' }) };
}

test('a register is read as its file is sent, a page at a time', async () => {
  const payments = CSV_ROWS_MAX;
  const { mail, read } = reading(payments);
  const { attachments } = await mail();
  expect(read.rows).toBe(ROWS_IN_MAIL_MAX);
  const [file] = attachments;
  if (!file) throw new Error('there is no file');
  expect(file).toMatchObject({ fileName: 'I2911260001.csv', gzip: false });
  const chunks = file.content[Symbol.asyncIterator]();
  await chunks.next();
  await chunks.next();
  expect(read.rows).toBeLessThan(2_000);
  let lines = 0;
  for (let chunk = await chunks.next(); !chunk.done; chunk = await chunks.next()) lines += chunk.value.split('\r\n').length - 1;
  expect(lines).toBe(payments - 1_000);
  expect(read.atOnceMax).toBeLessThanOrEqual(1_000);
});

test('a long one is zipped, and a longer one is read over the interface', async () => {
  const zipped = await reading(CSV_ROWS_MAX + 1).mail();
  expect(zipped.attachments).toMatchObject([{ gzip: true }]);
  expect(zipped.document.sentences).toHaveLength(1);
  const none = await reading(GZIP_ROWS_MAX + 1).mail();
  expect(none.attachments).toEqual([]);
  expect(none.document.sentences[1]?.en).toContain('gross_settlement_by_id');
});

test('a register that there is not makes no mail', async () => {
  const registers = { byNumbers: async () => new Map(), rows: async () => [], rowsAfter: async () => [] };
  await expect(registerMail({ registers, brandName: 'Hub', linkBase: null }, { number: '1', state: 'SENT' })).rejects.toThrow(
    'no register 1',
  );
});
