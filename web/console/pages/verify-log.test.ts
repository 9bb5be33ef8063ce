import { createHash } from 'node:crypto';

import { expect, test } from 'vitest';

import type { AuditPlace } from '../../../schema/audit-chain.ts';
import { GatewayFailure } from '../../client/failure.ts';
import { type Verification, verifyLog, whenAllowed } from './verify-log.ts';

const LOG = 'orders';
const PAGE = 3;

interface Kept {
  readonly sequence: string;
  readonly entry: string;
  readonly previousHash: string;
  readonly hash: string;
}

function aLog(count: number, word = 'kept'): Kept[] {
  let previous: Buffer = createHash('sha256').update(`audit of ${LOG}`).digest();
  return Array.from({ length: count }, (_, index) => {
    const entry = `{"sequence":${index + 1},"action":"${word}"}`;
    const hash = createHash('sha256').update(previous).update(entry).digest();
    const made = { sequence: String(index + 1), entry, previousHash: previous.toString('hex'), hash: hash.toString('hex') };
    previous = hash;
    return made;
  });
}

/** Verifies it; `grows` is appended while the first page is on its way. */
async function verify(log: Kept[], o: { noted?: AuditPlace | null; grows?: Kept[] } = {}) {
  const steps: Verification[] = [];
  let rows = [...log];
  let noted = o.noted ?? null;
  const last = log.at(-1) ?? { sequence: '0', hash: createHash('sha256').update(`audit of ${LOG}`).digest('hex') };
  const running = verifyLog(
    LOG,
    async ({ after, upTo }) => {
      if (after === null) rows = [...rows, ...(o.grows ?? [])];
      const below = rows
        .toReversed()
        .filter(
          ({ sequence }) => (after === null || BigInt(sequence) < BigInt(after)) && (upTo === null || BigInt(sequence) <= BigInt(upTo)),
        );
      const nodes = below.slice(0, PAGE).map((row) => ({ ...ROW, ...row }));
      const pageInfo = { endCursor: nodes.at(-1)?.sequence ?? null, hasNextPage: below.length > PAGE };
      return { head: { sequence: last.sequence, hash: last.hash }, page: { nodes, pageInfo } };
    },
    { read: () => noted, write: (place) => (noted = place) },
  );
  let step = await running.next();
  for (; !step.done; step = await running.next()) steps.push(step.value);
  return { steps, outcome: step.value, noted };
}

const ROW = { at: '', actor: { kind: '', subject: '', keyId: null }, action: '', target: { kind: '', targetId: '' } };
const done = (steps: readonly Verification[]) => steps.map((step) => (step.state === 'READING' ? step.done : null));

test('verifies page by page, tells how far it is, and notes the head', async () => {
  const { steps, outcome, noted } = await verify(aLog(7));
  expect(done(steps)).toEqual([0n, 3n, 6n, 7n]);
  expect(outcome).toMatchObject({ state: 'VERIFIED', head: { sequence: 7n }, since: null });
  expect(noted?.sequence).toBe(7n);
});

test('an empty log is verified', async () => {
  expect((await verify([])).outcome).toMatchObject({ state: 'VERIFIED', head: { sequence: 0n } });
});

test('what is appended while it reads changes nothing behind the head that it began with', async () => {
  const longer = aLog(12);
  const { outcome } = await verify(longer.slice(0, 7), { grows: longer.slice(7) });
  expect(outcome).toMatchObject({ state: 'VERIFIED', head: { sequence: 7n } });
});

test.each([1, 2, 3, 4, 7])('names entry %i when it was edited', async (number) => {
  const log = aLog(7).map((row) => (row.sequence === String(number) ? { ...row, entry: `{"sequence":${number},"action":"x"}` } : row));
  expect((await verify(log)).outcome).toMatchObject({ state: 'BROKEN', at: BigInt(number), code: 'ENTRY_EDITED' });
});

test('names the first of those that are gone', async () => {
  expect((await verify(aLog(7).slice(1))).outcome).toMatchObject({ state: 'BROKEN', at: 1n, code: 'ENTRY_MISSING' });
});

test('a log that was made anew, hashes and all, is not the one that this browser has seen', async () => {
  const { noted } = await verify(aLog(5));
  expect((await verify(aLog(9), { noted })).outcome).toMatchObject({ state: 'VERIFIED', since: 5n });
  expect((await verify(aLog(9, 'forged'), { noted })).outcome).toMatchObject({ state: 'BROKEN', at: 5n, code: 'NOT_AS_NOTED' });
  expect((await verify(aLog(4), { noted })).outcome).toMatchObject({ state: 'BROKEN', at: 5n, code: 'NOT_AS_NOTED' });
});

test('a budget that is used up is waited for, anything else is not', async () => {
  const limited = (details: object) => new GatewayFailure('RATE_LIMITED', 'wait', { retryable: true, details: { ...details } });
  const pauses: number[] = [];
  const pause = async (ms: number) => void pauses.push(ms);
  const answers = [limited({ retryAfterMs: 40 }), limited({ retryAfterMs: 7 })];
  const ask = async () => {
    const failure = answers.shift();
    if (failure) throw failure;
    return 'read';
  };
  expect(await whenAllowed(ask, pause)).toBe('read');
  expect(pauses).toEqual([40, 7]);
  const refused = new GatewayFailure('FORBIDDEN', 'no', { retryable: false });
  await expect(whenAllowed(() => Promise.reject(refused), pause)).rejects.toBe(refused);
});
