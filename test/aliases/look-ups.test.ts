import { randomUUID } from 'node:crypto';

import * as fc from 'fast-check';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { createCommitQueue, type CommitQueue } from '../../kernel/runtime/commit-queue.ts';
import { createDatabase, type Database } from '../../kernel/runtime/database.ts';
import { migrate } from '../../kernel/runtime/migrations.ts';
import type { LookUpOutcome } from '../../subgraphs/aliases/app/look-up.ts';
import { type Buckets, decideLookUp, giveBack, type LookUpLimits, priceOf } from '../../subgraphs/aliases/domain/look-up-limit.ts';
import { createLookUps, giveBackLookUps, microsecondsOf } from '../../subgraphs/aliases/store/look-up.store.ts';
import { aliasMigrations } from '../../subgraphs/aliases/store/migrations/all-migrations.ts';
import { testDatabase, type TestDatabase } from '../support/postgres.ts';

const NOW = new Date('2026-11-29T10:00:00Z');
const KNOWN = '+380501112233';
const UNKNOWN = '+380509998877';
const RECEIVER = { iban: 'UA-receiver', bankGuid: randomUUID() };

let server: TestDatabase;
let database: Database;
let queues: CommitQueue[];

beforeAll(async () => {
  server = await testDatabase();
  database = createDatabase({ url: server.url, schema: 'aliases', applicationName: 'look-ups-test' });
  await migrate(database, aliasMigrations);
  await database.pool.query(
    'insert into alias (id, phone, version, iban, bank_guid, created_at, updated_at) values ($1, $2, 1, $3, $4, $5, $5)',
    [randomUUID(), KNOWN, RECEIVER.iban, RECEIVER.bankGuid, NOW],
  );
  // Each with a connection of its own, as two processes have.
  queues = [1, 2].map(() => createCommitQueue({ database, logger: pino({ level: 'silent' }) }));
});
afterAll(async () => {
  for (const queue of queues) await queue.close();
  await database.close();
  await server.drop();
});

const lookUpsOf = (limits: LookUpLimits, process = 0) => {
  const commits = queues[process];
  if (!commits) throw new Error('there are two processes');
  return createLookUps({ database, commits, limits });
};
const limitsOf = (bank: number, account: number): LookUpLimits => ({
  bank: { capacity: bank, refillPerMinute: 60 },
  account: { capacity: account, refillPerMinute: 2 },
});
const asker = (bankGuid: string = randomUUID(), debtorAccount = 'UA-payer') => ({ bankGuid, debtorAccount });
const levelsOf = async (limits: LookUpLimits, bankGuid: string, at = NOW) =>
  (await lookUpsOf(limits).emptiest(at)).filter((level) => level.bankGuid === bankGuid).map(({ account, tokens }) => ({ account, tokens }));

test('the record decides as the rules do, whatever is asked and paid in whatever order', async () => {
  const limits = limitsOf(60, 30);
  const prices = { bank: priceOf(limits.bank), account: priceOf(limits.account) };
  const lookUps = lookUpsOf(limits);
  const step = fc.record({ afterMs: fc.integer({ min: 0, max: 90_000 }), what: fc.constantFrom('hit', 'miss', 'pay') });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const askedBy = asker();
      let buckets: Buckets = { bank: 0, account: 0 };
      let at = NOW;
      for (const { afterMs, what } of steps) {
        at = new Date(at.getTime() + afterMs);
        if (what === 'pay') {
          if (buckets.bank === 0) continue; // Nothing was looked up that could be paid.
          await database.transaction((client) => giveBackLookUps(client, limits, [askedBy]));
          buckets = { bank: giveBack(buckets.bank, prices.bank), account: giveBack(buckets.account, prices.account) };
          continue;
        }
        const isHit = what === 'hit';
        const expected = decideLookUp(buckets, { prices, isHit, now: microsecondsOf(at) });
        const got = await lookUps.take({ phone: isHit ? KNOWN : UNKNOWN, askedBy, at });
        if (expected.kind === 'TAKEN') buckets = expected.buckets;
        expect(got).toEqual(
          expected.kind === 'LIMITED'
            ? { kind: 'limited', waitMs: Math.ceil(expected.waitMicroseconds / 1_000) }
            : isHit
              ? { kind: 'found', account: RECEIVER }
              : { kind: 'unknown' },
        );
      }
    }),
    { numRuns: 25 },
  );
});

describe('however many ask at the same moment, in two processes', () => {
  const taken = (outcomes: readonly LookUpOutcome[]) => outcomes.filter(({ kind }) => kind !== 'limited').length;
  const askAtOnce = (limits: LookUpLimits, count: number, request: (n: number) => { phone: string; askedBy: ReturnType<typeof asker> }) =>
    Promise.all(Array.from({ length: count }, (_, n) => lookUpsOf(limits, n % 2).take({ ...request(n), at: NOW })));

  test('an account gets its tokens and not one more', async () => {
    const limits = limitsOf(1_000, 50);
    const askedBy = asker();
    const outcomes = await askAtOnce(limits, 120, () => ({ phone: KNOWN, askedBy }));
    expect(taken(outcomes)).toBe(50);
    expect(await levelsOf(limits, askedBy.bankGuid)).toEqual([
      { account: askedBy.debtorAccount, tokens: 0 },
      { account: null, tokens: 950 },
    ]);
  });

  test('a bank gets its tokens over all of its accounts, and what is refused costs neither of the two', async () => {
    const limits = limitsOf(40, 50);
    const { bankGuid } = asker();
    const outcomes = await askAtOnce(limits, 90, (n) => ({ phone: KNOWN, askedBy: asker(bankGuid, `UA-${n % 9}`) }));
    expect(taken(outcomes)).toBe(40);
    const levels = await levelsOf(limits, bankGuid);
    expect(levels.find(({ account }) => account === null)).toEqual({ account: null, tokens: 0 });
    const spent = levels.filter(({ account }) => account !== null).reduce((sum, { tokens }) => sum + 50 - tokens, 0);
    expect(spent).toBe(40);
  });

  test('a full bucket finds five numbers that lead nowhere for a hundred tokens, and says nothing more', async () => {
    const limits = limitsOf(1_000, 100);
    const askedBy = asker();
    expect(taken(await askAtOnce(limits, 30, () => ({ phone: UNKNOWN, askedBy })))).toBe(5);
    const refused = await Promise.all([KNOWN, UNKNOWN].map((phone) => lookUpsOf(limits).take({ phone, askedBy, at: NOW })));
    expect(refused).toEqual([
      { kind: 'limited', waitMs: 30_000 },
      { kind: 'limited', waitMs: 30_000 },
    ]);
  });
});

test('a bucket that has been full for a day is forgotten, and one that is not is kept', async () => {
  const limits = limitsOf(1_000, 100);
  const [old, young] = [asker(), asker()];
  const lookUps = lookUpsOf(limits);
  const later = new Date(NOW.getTime() + 90_000_000);
  await lookUps.take({ phone: KNOWN, askedBy: old, at: NOW });
  await lookUps.take({ phone: KNOWN, askedBy: young, at: later });
  expect(await lookUps.forgetFull(later)).toBe(false);
  const { rows } = await database.pool.query<{ bank_guid: string }>('select bank_guid from look_up_bucket where bank_guid = any ($1)', [
    [old.bankGuid, young.bankGuid],
  ]);
  expect(new Set(rows.map(({ bank_guid }) => bank_guid))).toEqual(new Set([young.bankGuid]));
});
