import { createHash, randomUUID } from 'node:crypto';

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  createRangeBook,
  paymentHash,
  RANGE_PAYMENTS_MAX,
  RANGES_PER_REQUEST_MAX,
  rangeDigest,
  type RangeAnswer,
  reconcile,
  type ReconciledPayment,
  ReconciliationAnswerError,
} from './reconciliation.ts';

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
const aPayment = (facts: Partial<ReconciledPayment> = {}): ReconciledPayment => ({
  guid: randomUUID(),
  pmType: 'trade',
  amountMinor: 150_075n,
  currency: 'UAH',
  ...facts,
});
const many = (count: number): ReconciledPayment[] => Array.from({ length: count }, (_, n) => aPayment({ amountMinor: BigInt(n + 1) }));

/** The other side's book, as the hub answers for it. */
function answering(payments: readonly ReconciledPayment[]) {
  const book = createRangeBook(payments, sha256);
  const asked: (readonly string[])[] = [];
  return {
    asked,
    ask: async (prefixes: readonly string[]): Promise<readonly RangeAnswer[]> => {
      asked.push(prefixes);
      return prefixes.map((prefix) => {
        const summary = book.summary(prefix);
        const few = summary.count <= RANGE_PAYMENTS_MAX;
        const parts = Array.from({ length: 16 }, (_, n) => n.toString(16))
          .map((digit) => book.summary(prefix + digit))
          .filter(({ count }) => count > 0);
        return { ...summary, parts: few ? [] : parts, payments: few ? book.payments(prefix) : [] };
      });
    },
  };
}

describe('two books', () => {
  test('that are equal are found so with one request, whatever their order', async () => {
    const payments = many(5_000);
    const hub = answering(payments);
    const reconciled = await reconcile(payments.toReversed(), hub.ask, { sha256 });
    expect(reconciled).toMatchObject({ differences: [], complete: true, requests: 1, own: { count: 5_000 }, theirs: { count: 5_000 } });
    expect(reconciled.own.digest).toBe(reconciled.theirs.digest);
  });

  test('of nothing are equal, and everything is missing in an empty one', async () => {
    expect(await reconcile([], answering([]).ask, { sha256 })).toMatchObject({ differences: [], requests: 1 });
    const [one] = many(1);
    expect((await reconcile([], answering(many(1)).ask, { sha256 })).differences).toMatchObject([{ kind: 'ONLY_THEIRS' }]);
    expect((await reconcile(one ? [one] : [], answering([]).ask, { sha256 })).differences).toEqual([{ kind: 'ONLY_OWN', own: one }]);
  });

  test('show every difference of every kind, wherever it is', async () => {
    const payment = fc.record({ place: fc.nat(), kind: fc.constantFrom('missing', 'extra', 'amount', 'type', 'twice') });
    await fc.assert(
      fc.asyncProperty(fc.array(payment, { maxLength: 12 }), fc.integer({ min: 0, max: 400 }), async (plants, size) => {
        const theirs = many(size);
        const own = new Map(theirs.map((each) => [each.guid, each]));
        const expected = new Map<string, string>();
        const twice: ReconciledPayment[] = [];
        for (const { place, kind } of plants) {
          const found = theirs[place % Math.max(1, size)];
          const extra = aPayment();
          if (kind === 'extra' || !found || expected.has(found.guid)) {
            own.set(extra.guid, extra);
            expected.set(extra.guid, 'ONLY_OWN');
          } else if (kind === 'missing') {
            own.delete(found.guid);
            expected.set(found.guid, 'ONLY_THEIRS');
          } else if (kind === 'twice') {
            twice.push(found);
            expected.set(found.guid, 'ONLY_OWN');
          } else {
            own.set(found.guid, kind === 'type' ? { ...found, pmType: 'return' } : { ...found, amountMinor: found.amountMinor + 1n });
            expected.set(found.guid, 'ALTERED');
          }
        }
        const { differences, complete } = await reconcile([...own.values(), ...twice], answering(theirs).ask, { sha256 });
        const found = differences.map((each) => [(each.kind === 'ONLY_THEIRS' ? each.theirs : each.own).guid, each.kind]);
        expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
        expect([found.length, complete]).toEqual([expected.size, true]);
      }),
      { numRuns: 60 },
    );
  });

  test.each([100, 1_000, 10_000, 100_000])('of %i payments show one difference with a logarithm of requests', async (size) => {
    const payments = many(size);
    const [altered, ...others] = payments;
    if (!altered) throw new Error('no payment');
    const hub = answering(payments);
    const { differences, requests } = await reconcile([{ ...altered, amountMinor: 0n }, ...others], hub.ask, { sha256 });
    expect(differences).toMatchObject([{ kind: 'ALTERED', theirs: altered }]);
    // One for each hexadecimal digit, until a range is short enough to be listed; one more where the guids happen to crowd.
    expect(requests).toBeLessThanOrEqual(2 + Math.ceil(Math.log(size / RANGE_PAYMENTS_MAX) / Math.log(16)));
  });

  test('that differ in many places share requests, and stop at what was asked for', async () => {
    const payments = many(4_000);
    const hub = answering(payments);
    const found = await reconcile(payments.slice(200), hub.ask, { sha256, differencesMax: 150 });
    expect([found.differences.length, found.complete]).toEqual([150, false]);
    expect(hub.asked.every((prefixes) => prefixes.length <= RANGES_PER_REQUEST_MAX)).toBe(true);
    const all = await reconcile(payments.slice(200), hub.ask, { sha256 });
    expect([all.differences.length, all.complete]).toEqual([200, true]);
    expect(all.requests).toBeLessThan(200 / 2);
  });
});

describe('an answer that contradicts itself is believed in nothing', () => {
  const payments = many(100);
  const own = payments.slice(1);
  const edits: readonly [string, (answer: RangeAnswer) => RangeAnswer | undefined][] = [
    ['is for another range', (answer) => ({ ...answer, prefix: 'a' })],
    ['is missing', () => undefined],
    ['has parts of more than the whole', (answer) => ({ ...answer, count: answer.count - 1 })],
    ['has a part twice', (answer) => ({ ...answer, parts: [...answer.parts, ...answer.parts.slice(0, 1)], count: answer.count + 1 })],
    ['has parts from elsewhere', (answer) => ({ ...answer, parts: answer.parts.map((part) => ({ ...part, prefix: `${part.prefix}0` })) })],
    ['has neither parts nor payments', (answer) => ({ ...answer, parts: [] })],
    ['has payments of another digest', (answer) => ({ ...answer, parts: [], payments: payments.slice(1), count: 99 })],
  ];
  test.each(edits)('because it %s', async (_, edit) => {
    const { ask } = answering(payments);
    const edited = async (prefixes: readonly string[]) => (await ask(prefixes)).flatMap((answer) => edit(answer) ?? []);
    await expect(reconcile(own, edited, { sha256 })).rejects.toThrow(ReconciliationAnswerError);
  });
});

test('the digests are SHA-256 over what the documents say', () => {
  const payment = aPayment({ guid: '0b6f0a44-2b5c-8d6e-8f70-8192a3b4c5d6' });
  const hash = createHash('sha256')
    .update(Buffer.concat([Buffer.of(0), Buffer.from('0b6f0a44-2b5c-8d6e-8f70-8192a3b4c5d6|trade|150075|UAH')]))
    .digest();
  expect(Buffer.from(paymentHash(payment, sha256)).toString('hex')).toBe(hash.toString('hex'));
  expect(rangeDigest([hash], sha256)).toBe(
    createHash('sha256')
      .update(Buffer.concat([Buffer.of(1), hash]))
      .digest('hex'),
  );
});
