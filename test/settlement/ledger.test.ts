import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { createLogger } from '../../kernel/runtime/logger.ts';
import { createMetrics } from '../../kernel/runtime/metrics.ts';
import { createLedgerWatch } from '../../subgraphs/settlement/ledger-watch.ts';
import { BANK_B } from './directory.ts';
import { aSucceededPayment, startSettlement, type RunningSettlement } from './running-settlement.ts';

let settlement: RunningSettlement;
async function startWithFiveBookings(): Promise<void> {
  settlement = await startSettlement();
  await settlement.succeed(...Array.from({ length: 5 }, (_, i) => aSucceededPayment({ amountMinor: `${100 + i}` })));
  await settlement.booked(5);
}

/** What somebody with the database's own password could do. */
async function byForce(sql: string): Promise<void> {
  const client = await settlement.database.pool.connect();
  try {
    await client.query(`set session_replication_role = replica; ${sql}; reset session_replication_role`);
  } finally {
    client.release();
  }
}

describe('the database refuses', () => {
  beforeAll(startWithFiveBookings);
  afterAll(() => settlement.stop());

  test.each([
    ['changing a transaction', 'update ledger_transaction set amount_minor = 1'],
    ['removing a transaction', 'delete from ledger_transaction'],
    ['changing an entry', 'update ledger_entry set signed_minor = 1'],
    ['removing an entry', 'delete from ledger_entry'],
    ['emptying the ledger', 'truncate ledger_entry, ledger_transaction'],
  ])('%s', async (_, sql) => {
    await expect(settlement.database.pool.query(sql)).rejects.toThrow('append-only');
    expect(await settlement.subgraph.verifyLedger()).toMatchObject({ ok: true });
  });

  test('entries that do not sum to zero', async () => {
    const unbalanced = `insert into ledger_entry (transaction_id, line, account_kind, bank, counterparty, signed_minor, currency)
      select id, 7, 'CLAIM', debtor_bank, creditor_bank, 1, 'UAH' from ledger_transaction`;
    await expect(settlement.database.pool.query(unbalanced)).rejects.toThrow('do not sum to zero');
  });

  test('entries of no transaction', async () => {
    const orphans = `insert into ledger_entry (transaction_id, line, account_kind, bank, counterparty, signed_minor, currency)
      select '${BANK_B}', n, 'CLAIM', '${BANK_B}', '${BANK_B}', n, 'UAH' from unnest(array[-1, 1]) as n`;
    await expect(settlement.database.pool.query(orphans)).rejects.toThrow('belongs to no ledger transaction');
  });

  test('a second transaction for a payment', async () => {
    const copy = `insert into ledger_transaction select gen_random_uuid(), sequence + 100, payment_guid, pm_type, debtor_bank, creditor_bank, amount_minor,
      currency, business_day, late_from, succeeded_at, booked_at, previous_hash, hash from ledger_transaction limit 1`;
    await expect(settlement.database.pool.query(copy)).rejects.toThrow('payment_guid');
  });
});

describe('the watch', () => {
  beforeEach(startWithFiveBookings);
  afterEach(() => settlement.stop());

  test('verifies what is new, and once a day everything, and shows a break until it is mended', async () => {
    let now = 0;
    const metrics = createMetrics({ processMetrics: false });
    const begun: bigint[] = [];
    const watch = createLedgerWatch({
      verify(from) {
        begun.push(from?.sequence ?? 0n);
        return settlement.subgraph.verifyLedger(from);
      },
      metrics,
      logger: createLogger({ level: 'silent', name: 'test' }),
      nowMs: () => now,
    });
    const look = async () => {
      await watch.look();
      return (await metrics.expose()).text.split('\n').filter((line) => line.startsWith('ledger_'));
    };
    const day = 24 * 3_600_000;
    expect(await look()).toEqual(['ledger_intact 1', 'ledger_verified_sequence 5']);
    await byForce('update ledger_transaction set amount_minor = amount_minor + 1 where sequence = 3');
    expect(await look()).toContain('ledger_intact 1');
    now += day;
    expect(await look()).toContain('ledger_intact 0');
    expect(await look()).toContain('ledger_intact 0');
    await byForce('update ledger_transaction set amount_minor = amount_minor - 1 where sequence = 3');
    await settlement.succeed(aSucceededPayment());
    await settlement.booked(6);
    expect(await look()).toEqual(['ledger_intact 1', 'ledger_verified_sequence 6']);
    await look();
    expect(begun).toEqual([0n, 5n, 0n, 0n, 0n, 6n]);
  });
});

describe('the verifier', () => {
  beforeEach(startWithFiveBookings);
  afterEach(() => settlement.stop());

  test('finds nothing in a ledger as it was booked', async () => {
    expect(await settlement.subgraph.verifyLedger()).toMatchObject({ ok: true, value: { sequence: 5n } });
  });

  test.each([
    ['an edited amount', 'update ledger_transaction set amount_minor = 1 where sequence = 3', { sequence: 3n, kind: 'HASH' }],
    ['an edited bank', `update ledger_transaction set debtor_bank = '${BANK_B}' where sequence = 1`, { sequence: 1n, kind: 'HASH' }],
    ['an edited day', "update ledger_transaction set business_day = '2026-01-01' where sequence = 5", { sequence: 5n, kind: 'HASH' }],
    [
      'an edited entry',
      'update ledger_entry set signed_minor = signed_minor * 2 where transaction_id = (select id from ledger_transaction where sequence = 2)',
      { sequence: 2n, kind: 'HASH' },
    ],
    [
      'a removed entry',
      'delete from ledger_entry where line = 1 and transaction_id = (select id from ledger_transaction where sequence = 4)',
      { sequence: 4n, kind: 'HASH' },
    ],
    ['a removed transaction', 'delete from ledger_transaction where sequence = 2', { sequence: 2n, kind: 'SEQUENCE_GAP' }],
    ['a removed end', 'delete from ledger_transaction where sequence = 5', { sequence: 5n, kind: 'HEAD' }],
    [
      'an edited hash',
      "update ledger_transaction set hash = decode(repeat('00', 32), 'hex') where sequence = 3",
      { sequence: 3n, kind: 'HASH' },
    ],
  ])('finds %s', async (_, sql, failure) => {
    await byForce(sql);
    expect(await settlement.subgraph.verifyLedger()).toEqual({ ok: false, failure });
  });
});
