import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';

import type { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { createLogger } from '../../kernel/runtime/logger.ts';
import { createMetrics } from '../../kernel/runtime/metrics.ts';
import { createOrm } from '../../kernel/runtime/orm.ts';
import { readSeal } from '../../protocol/client/verify-register-proof.ts';
import { vectorJwk, vectorVerificationKey } from '../../protocol/vectors/vector-keys.ts';
import { verifySeals } from '../../subgraphs/settlement/app/verify-seals.ts';
import { chain, GENESIS_HASH } from '../../subgraphs/settlement/domain/ledger-chain.ts';
import { ledgerEntryEntity, ledgerTransactionEntity } from '../../subgraphs/settlement/store/ledger.entity.ts';
import { createLedgerReads } from '../../subgraphs/settlement/store/ledger.reads.ts';
import { createRegisterReads } from '../../subgraphs/settlement/store/register.reads.ts';
import { createSealStore } from '../../subgraphs/settlement/store/seals.store.ts';
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
      'an inserted transaction',
      `insert into ledger_transaction select gen_random_uuid(), 6, gen_random_uuid(), pm_type, debtor_bank, creditor_bank, amount_minor, currency, business_day,
        late_from, succeeded_at, booked_at, hash, sha256(hash) from ledger_transaction where sequence = 5; update ledger_head set sequence = 6`,
      { sequence: 6n, kind: 'HASH' },
    ],
    [
      'two transactions that changed places',
      `update ledger_transaction set sequence = 100 where sequence = 3; update ledger_transaction set sequence = 3 where sequence = 4;
       update ledger_transaction set sequence = 4 where sequence = 100`,
      { sequence: 3n, kind: 'PREVIOUS_HASH' },
    ],
    ['an edited fee', 'update ledger_transaction set fee_minor = 1 where sequence = 2', { sequence: 2n, kind: 'HASH' }],
    ['an edited purpose', "update ledger_transaction set purpose = 'other' where sequence = 4", { sequence: 4n, kind: 'HASH' }],
    [
      'an added entry',
      `insert into ledger_entry select transaction_id, 9, account_kind, bank, counterparty, signed_minor, currency from ledger_entry
        where line = 1 and transaction_id = (select id from ledger_transaction where sequence = 3)`,
      { sequence: 3n, kind: 'HASH' },
    ],
    [
      'an edit whose own hash was made anew',
      "update ledger_transaction set hash = sha256('x'::bytea), previous_hash = sha256('y'::bytea) where sequence = 3",
      { sequence: 3n, kind: 'PREVIOUS_HASH' },
    ],
    ['a head that was moved back', 'update ledger_head set sequence = 3', { sequence: 6n, kind: 'HEAD' }],
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

describe('the command', () => {
  const COMMAND = resolve(import.meta.dirname, '../../subgraphs/settlement/verify-ledger.ts');
  let keys: string;
  beforeAll(async () => {
    settlement = await startSettlement({ at: '2026-03-01T10:00:00.000Z' });
    await settlement.succeed(...Array.from({ length: 5 }, (_, i) => aSucceededPayment({ amountMinor: `${100 + i}` })));
    await settlement.booked(5);
    settlement.setTime('2026-03-01T22:01:00.000Z');
    await settlement.subgraph.timetable.run();
    keys = join(await mkdtemp(join(tmpdir(), 'verify-ledger-')), 'hub-jwks.json');
    const { kty, n, e, kid } = vectorJwk('hub');
    await writeFile(keys, JSON.stringify({ keys: [{ kty, n, e, kid, use: 'sig' }] }));
  });
  afterAll(async () => {
    await settlement.stop();
    await rm(dirname(keys), { recursive: true });
  });

  async function verify() {
    const env = { ...process.env, DATABASE_URL: settlement.databaseUrl };
    const child = spawn(process.execPath, [COMMAND, '--hub-keys', keys], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const [output] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    return { code: child.exitCode, output };
  }

  /** Makes every hash of the ledger anew, as somebody could who has the database and the code. */
  async function rechain(): Promise<void> {
    const orm = createOrm({ database: settlement.database, entities: [ledgerTransactionEntity, ledgerEntryEntity] });
    const transactions = await createLedgerReads({ database: settlement.database, root: orm.em }).chainAfter(0n, 100);
    await orm.close();
    const sha256 = (content: string): string => createHash('sha256').update(content).digest('hex');
    const chained = chain({ sequence: 0n, hash: GENESIS_HASH }, transactions, sha256);
    const rows = chained.map(
      ({ sequence, previousHash, hash }) =>
        `update ledger_transaction set previous_hash = decode('${previousHash}', 'hex'), hash = decode('${hash}', 'hex') where sequence = ${sequence}`,
    );
    await byForce([...rows, `update ledger_head set hash = decode('${chained.at(-1)?.hash}', 'hex')`].join('; '));
  }

  test('says that nothing was changed, and finds an edit also where the whole chain was made anew', async () => {
    expect(await verify()).toEqual({
      code: 0,
      output: expect.stringMatching(
        /^ledger: 5 transactions are as they were booked.*\nregisters: 2 have the payments that were sealed\n$/,
      ),
    });
    await byForce("update ledger_transaction set purpose = 'other' where sequence = 4");
    expect(await settlement.subgraph.verifyLedger()).toMatchObject({ ok: false, failure: { sequence: 4n, kind: 'HASH' } });
    await rechain();
    expect(await settlement.subgraph.verifyLedger()).toMatchObject({ ok: true });
    expect(await verify()).toEqual({
      code: 1,
      output: expect.stringMatching(/^ledger: 5 .*\nregisters: BROKEN in 0103260001: SEAL_ROOT\n$/),
    });
  }, 60_000);

  test.each([
    ['SEAL_TOKEN', "update register_seal set token = replace(token, '.', '..') where register = '0103260001'"],
    ['SEAL_TOKEN', "delete from register_seal where register = '0103260001'"],
    ['SEAL_REGISTER', "update register set total_minor = total_minor + 1 where number = '0103260001'"],
    ['SEAL_REGISTER', "update register set creditor_bic = '300009' where number = '0103260001'"],
    [
      'SEAL_REGISTER',
      "update register_seal set token = (select token from register_seal where register = '0103260002') where register = '0103260001'",
    ],
    ['SEAL_ROOT', 'delete from ledger_transaction where sequence = 5'],
    ['SEAL_ROOT', "update ledger_transaction set business_day = '2026-03-02' where sequence = 2"],
  ])('%s: %s', async (kind, sql) => {
    const hubKeys = new Map([[vectorJwk('hub').kid, await vectorVerificationKey('hub')]]);
    const client = await settlement.database.pool.connect();
    try {
      // Undone afterwards: each edit meets the ledger as it was.
      await client.query(`begin; set local session_replication_role = replica; ${sql}`);
      const pool = client as unknown as Pool; // It asks as the pool does, and sees what is not committed.
      const verified = await verifySeals({
        seals: createSealStore({ ...settlement.database, pool }),
        reads: createRegisterReads(pool),
        sha256Bytes: (content) => createHash('sha256').update(content).digest(),
        open: async (token) => {
          const seal = await readSeal(token, hubKeys);
          return seal.ok ? seal.value : null;
        },
      });
      expect(verified).toEqual({ ok: false, failure: { register: '0103260001', kind } });
    } finally {
      await client.query('rollback');
      client.release();
    }
  });
});
