import { createHash } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import { type AuditPlace, auditBeginning, type ChainedEntry, verifyAuditPage } from './audit-chain.ts';

const LOG = 'payments';
const COUNT = 7;

/** A log, oldest first, made without the code that is tested. */
function aLog(): ChainedEntry[] {
  const log: ChainedEntry[] = [];
  let previous = createHash('sha256').update(`audit of ${LOG}`).digest();
  for (let number = 1; number <= COUNT; number++) {
    const entry = `{"sequence":${number},"action":"deliveryRetry","details":{"reason":"причина ${number}"}}`;
    const hash = createHash('sha256').update(previous).update(entry, 'utf8').digest();
    log.push({ sequence: BigInt(number), entry, previousHash: previous.toString('hex'), hash: hash.toString('hex') });
    previous = hash;
  }
  return log;
}

const headOf = (log: readonly ChainedEntry[]): AuditPlace => {
  const last = log.at(-1);
  if (!last) throw new Error('an empty log');
  return { sequence: last.sequence, hash: last.hash };
};

/** Page by page, newest first, as it is read. */
async function verify(log: readonly ChainedEntry[], head: AuditPlace, pageSize = 3) {
  const newestFirst = log.toReversed();
  let place = head;
  for (let from = 0; ; from += pageSize) {
    const done = await verifyAuditPage(LOG, place, newestFirst.slice(from, from + pageSize));
    if (!done.ok || done.value.sequence === 0n || from >= log.length) return done;
    place = done.value;
  }
}

const edited = (log: ChainedEntry[], number: number, change: Partial<ChainedEntry>) =>
  log.map((entry) => (entry.sequence === BigInt(number) ? { ...entry, ...change } : entry));

/** As somebody would who may write the table: every hash from there on is made anew. */
function rechained(log: readonly ChainedEntry[]): ChainedEntry[] {
  let previous: Buffer = createHash('sha256').update(`audit of ${LOG}`).digest();
  return log.map(({ sequence, entry }) => {
    const hash = createHash('sha256').update(previous).update(entry, 'utf8').digest();
    const made = { sequence, entry, previousHash: previous.toString('hex'), hash: hash.toString('hex') };
    previous = hash;
    return made;
  });
}

test('a log as it was written verifies to its beginning, whatever the size of a page', async () => {
  const log = aLog();
  for (const pageSize of [1, 2, 3, COUNT, 100])
    expect(await verify(log, headOf(log), pageSize)).toEqual({ ok: true, value: await auditBeginning(LOG) });
});

test('an empty log verifies, when its head is the beginning of this very log', async () => {
  expect(await verify([], await auditBeginning(LOG))).toMatchObject({ ok: true });
  expect(await verify([], await auditBeginning('orders'))).toEqual({ ok: false, failure: { code: 'BEGINNING_WRONG', sequence: 1n } });
});

describe.each(Array.from({ length: COUNT }, (_, index) => index + 1))('entry %i', (number) => {
  const broken = (code: string) => ({ ok: false, failure: { code, sequence: BigInt(number) } });

  test('that was edited is named', async () => {
    const entry = `{"sequence":${number},"action":"deliveryRetry","details":{}}`;
    expect(await verify(edited(aLog(), number, { entry }), headOf(aLog()))).toEqual(broken('ENTRY_EDITED'));
  });

  test('that was edited together with its hash is named', async () => {
    const log = aLog();
    const { previousHash = '' } = log[number - 1] ?? {};
    const entry = `{"sequence":${number},"action":"deliveryRetry","details":{}}`;
    const hash = createHash('sha256').update(Buffer.from(previousHash, 'hex')).update(entry).digest('hex');
    expect(await verify(edited(log, number, { entry, hash }), headOf(log))).toEqual(broken('ENTRY_EDITED'));
  });

  test('that was removed is missed', async () => {
    const log = aLog().filter(({ sequence }) => sequence !== BigInt(number));
    const outcome = await verify(log, headOf(aLog()));
    // Behind the last one there is nothing that could stand in its place.
    expect(outcome).toEqual(
      number === 1 ? { ok: true, value: { sequence: 1n, hash: expect.any(String) as string } } : broken('ENTRY_MISSING'),
    );
  });

  test('that was edited, with every hash behind it made anew, does not fit a head that was noted before', async () => {
    const entry = `{"sequence":${number},"action":"deliveryRetry","details":{}}`;
    const forged = rechained(edited(aLog(), number, { entry }));
    expect(await verify(forged, headOf(forged))).toMatchObject({ ok: true });
    expect(await verify(forged, headOf(aLog()))).toEqual({ ok: false, failure: { code: 'ENTRY_EDITED', sequence: BigInt(COUNT) } });
  });
});

test('two entries that changed places are found', async () => {
  const log = aLog();
  const [third, fourth] = [log[2], log[3]];
  if (!third || !fourth) throw new Error('too short');
  const swapped = edited(edited(log, 3, { entry: fourth.entry }), 4, { entry: third.entry });
  expect(await verify(swapped, headOf(log))).toEqual({ ok: false, failure: { code: 'ENTRY_MISSING', sequence: 4n } });
});

test('a log that begins elsewhere is not this log', async () => {
  const [first, ...rest] = aLog();
  if (!first) throw new Error('too short');
  const done = await verifyAuditPage('orders', headOf([first]), [first]);
  expect(rest).not.toEqual([]);
  expect(done).toEqual({ ok: false, failure: { code: 'BEGINNING_WRONG', sequence: 1n } });
});
