import { createHash } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';

import { verifyRegisterProof } from '../../protocol/client/verify-register-proof.ts';
import { reconcile, type ReconciledPayment } from '../../protocol/reconciliation.ts';
import { vectorJwk, vectorVerificationKey } from '../../protocol/vectors/vector-keys.ts';
import { ANONYMOUS, type Caller } from '../../schema/caller.ts';
import { BANK_A, BANK_B, BANK_C } from './directory.ts';
import { waitFor } from '../support/wait-for.ts';
import { aSucceededPayment, bankCaller, OPERATIONS, startSettlement, type RunningSettlement } from './running-settlement.ts';

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
const DAY = '2026-03-01';
const NEXT = '2026-03-02';
/** More than a block of a sealed register. */
const SIZE = 1_100;

let settlement: RunningSettlement;
/** What A's customers paid to B, by A's own books. */
let own: readonly ReconciledPayment[];

beforeAll(async () => {
  settlement = await startSettlement({ at: '2026-03-01T10:00:00.000Z' });
  const paid = Array.from({ length: SIZE }, (_, n) =>
    aSucceededPayment({ amountMinor: String(n + 1), pmType: n % 3 === 0 ? 'p2p' : 'trade' }),
  );
  const returned = aSucceededPayment({ pmType: 'return', initiatorBankGuid: BANK_B, receiverBankGuid: BANK_A, amountMinor: '5' });
  const tomorrow = aSucceededPayment({ succeededAt: '2026-03-02T10:00:00.000Z' });
  await settlement.succeed(...paid, returned, tomorrow);
  await settlement.booked(SIZE + 2);
  settlement.setTime('2026-03-01T22:01:00.000Z');
  await settlement.subgraph.timetable.run();
  own = paid.map(({ paymentGuid: guid, pmType, amountMinor, currency }) => ({ guid, pmType, amountMinor: BigInt(amountMinor), currency }));
});
afterAll(() => settlement.stop());

const QUERY = `query ($debtor: String!, $creditor: String!, $from: BusinessDay!, $to: BusinessDay!, $prefixes: [String!]!) {
  reconciliation(debtorBank: $debtor, creditorBank: $creditor, from: $from, to: $to) {
    debtorBank { guid } creditorBank { guid } from to paymentCount total { minor }
    ranges(prefixes: $prefixes) {
      prefix count: paymentCount digest
      parts { prefix count: paymentCount digest }
      payments { guid: paymentGuid pmType amount { minor currency } payment { guid } }
    }
  }
}`;
const payment = z
  .object({ guid: z.string(), pmType: z.enum(['trade', 'p2p', 'return']), amount: z.object({ minor: z.string(), currency: z.string() }) })
  .transform(({ guid, pmType, amount }) => ({ guid, pmType, amountMinor: BigInt(amount.minor), currency: amount.currency }));
const summary = { prefix: z.string(), count: z.number(), digest: z.string() };
const rangesSchema = z.array(z.object({ ...summary, parts: z.array(z.object(summary)), payments: z.array(payment) }));

interface Question {
  readonly debtor?: string;
  readonly creditor?: string;
  readonly from?: string;
  readonly to?: string;
  readonly caller?: Caller;
}

async function ask(
  { debtor = BANK_A, creditor = BANK_B, from = DAY, to = DAY, caller = bankCaller(BANK_A) }: Question,
  prefixes: readonly string[],
) {
  const { reconciliation } = await settlement.ask(QUERY, { debtor, creditor, from, to, prefixes }, caller);
  return reconciliation as { readonly ranges: unknown; readonly paymentCount: number; readonly total: { readonly minor: string } } | null; // the query above
}

const compare = (book: readonly ReconciledPayment[], question: Question = {}) =>
  reconcile(book, async (prefixes) => rangesSchema.parse((await ask(question, prefixes))?.ranges), { sha256 });

describe('a bank compares its own book with the ledger', () => {
  test('and finds both equal with one question', async () => {
    expect(await compare(own)).toMatchObject({ differences: [], requests: 1, own: { count: SIZE }, theirs: { count: SIZE } });
    expect(await ask({}, [])).toMatchObject({ paymentCount: SIZE, total: { minor: String((SIZE * (SIZE + 1)) / 2) } });
  });

  test('and finds what is missing, what is too much and what has another amount, on either side', async () => {
    const [missing, altered, ...others] = own;
    if (!missing || !altered) throw new Error('there are no payments');
    const extra = { ...missing, guid: crypto.randomUUID() };
    const { differences, requests } = await compare([...others, extra, { ...altered, amountMinor: altered.amountMinor + 1n }]);
    const expected = [
      { kind: 'ONLY_THEIRS', theirs: missing },
      { kind: 'ONLY_OWN', own: extra },
      { kind: 'ALTERED', own: { ...altered, amountMinor: altered.amountMinor + 1n }, theirs: altered },
    ];
    expect(differences).toHaveLength(3);
    expect(differences).toEqual(expect.arrayContaining(expected));
    expect(requests).toBeLessThanOrEqual(4);
  });

  test('in each direction by itself: a return is in the other one', async () => {
    const [returned] = rangesSchema.parse((await ask({ debtor: BANK_B, creditor: BANK_A }, ['']))?.ranges);
    expect(returned?.payments).toMatchObject([{ pmType: 'return', amountMinor: 5n }]);
    expect(await compare(returned?.payments ?? [], { debtor: BANK_B, creditor: BANK_A })).toMatchObject({ differences: [], requests: 1 });
    expect(await compare([], { debtor: BANK_B, creditor: BANK_C, caller: bankCaller(BANK_B) })).toMatchObject({ theirs: { count: 0 } });
  });
});

test.each([
  ['the other bank', { caller: bankCaller(BANK_B) }, SIZE],
  ['operations', { caller: OPERATIONS }, SIZE],
  ['a bank that is on neither side', { caller: bankCaller(BANK_C) }, null],
  ['a merchant', { caller: { kind: 'merchant', merchantUid: BANK_A, keyId: 'k' } as const }, null],
  ['nobody', { caller: ANONYMOUS }, null],
  ['a bank about a day that is not closed', { to: NEXT }, null],
  ['a bank about a day that never was', { to: '2027-01-01' }, null],
  ['a bank about no period', { from: NEXT }, null],
  ['a bank about no bank', { creditor: 'x' }, null],
])('%s is answered what it may see', async (_, question: Question, count) => {
  expect((await ask(question, ['']))?.paymentCount ?? null).toBe(count);
});

test.each([
  ['a prefix of other letters', ['x']],
  ['one that is too long', ['0'.repeat(33)]],
  ['too many', Array.from({ length: 17 }, (_, n) => n.toString(16).padStart(2, '0'))],
])('ranges are refused: %s', async (_, prefixes) => {
  await expect(ask({}, prefixes)).rejects.toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
});

describe('the proof that a payment is in its register', () => {
  const PROOF = `query ($guid: String!) { registerProof(paymentGuid: $guid) {
    proof leafIndex seal { root paymentCount token } register { number seal { root paymentCount } } } }`;
  const proofOf = async (guid: string, caller: Caller = bankCaller(BANK_A)) => {
    const { registerProof } = await settlement.ask(PROOF, { guid }, caller);
    // The query above.
    return registerProof as { proof: string; leafIndex: number; seal: { root: string; paymentCount: number }; register: object } | null;
  };
  const hubKeys = async () => new Map([[vectorJwk('hub').kid, await vectorVerificationKey('hub')]]);

  test('holds for every payment of every block, with the hub’s key alone', async () => {
    const { rows } = await settlement.database.pool.query<{ guid: string }>(
      `select payment_guid as guid from ledger_transaction where debtor_bank = '${BANK_A}' and business_day = '${DAY}' order by sequence`,
    );
    const places = [0, 1, 511, 1022, 1023, 1024, 1025, SIZE - 2, SIZE - 1];
    for (const place of places) {
      const guid = rows[place]?.guid ?? '';
      const proof = await proofOf(guid);
      expect(proof).toMatchObject({
        leafIndex: place,
        seal: { paymentCount: SIZE },
        register: { number: '0103260001', seal: { paymentCount: SIZE } },
      });
      const proven = await verifyRegisterProof(proof?.proof ?? '', await hubKeys());
      expect(proven).toMatchObject({
        ok: true,
        value: {
          row: { payment_message_guid: guid, register_id: '0103260001' },
          seal: { root: proof?.seal.root, debtor_bic: '300001', payments_total: SIZE },
        },
      });
    }
  });

  test('is for the banks of the register and operations, once it is sealed', async () => {
    const guid = own[0]?.guid ?? '';
    expect(await proofOf(guid, OPERATIONS)).toEqual(await proofOf(guid, bankCaller(BANK_B)));
    for (const caller of [bankCaller(BANK_C), ANONYMOUS]) expect(await proofOf(guid, caller)).toBeNull();
    for (const unknown of ['x', crypto.randomUUID()]) expect(await proofOf(unknown)).toBeNull();
    const { rows } = await settlement.database.pool.query<{ guid: string }>(
      `select payment_guid as guid from ledger_transaction where business_day = '${NEXT}' and kind = 'PAYMENT'`,
    );
    expect(rows).toHaveLength(1);
    expect(await proofOf(rows[0]?.guid ?? '')).toBeNull();
  });

  test('comes with every register that the banks are told of, also of an empty one', async () => {
    const told = await waitFor(() => (settlement.sent.length >= 4 ? settlement.sent : null));
    const seals = new Set(told.map(({ payload }) => payload['seal']));
    const { rows } = await settlement.database.pool.query<{ token: string }>('select token from register_seal');
    expect(rows.length).toBeGreaterThanOrEqual(2);
    expect(seals).toEqual(new Set(rows.map(({ token }) => token)));
  });

  test('is not given for a register that was edited since', async () => {
    const guid = own[SIZE - 1]?.guid ?? '';
    const edit = (by: number) =>
      `set session_replication_role = replica; update ledger_transaction set amount_minor = amount_minor + ${by} where payment_guid = '${guid}'; reset session_replication_role`;
    await settlement.database.pool.query(edit(1));
    await expect(proofOf(guid)).rejects.toThrow('not as it was sealed');
    await settlement.database.pool.query(edit(-1));
    expect(await proofOf(guid)).not.toBeNull();
  });
});
