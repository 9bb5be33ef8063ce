import { describe, expect, test } from 'vitest';

import type { ParticipantReads } from '../app/ports.ts';
import { rememberParticipants } from './recent-participants.ts';

/** Reads that count what they are asked for; only ids that begin with `b` exist. */
function countedReads() {
  const asked: string[][] = [];
  let name = 'before';
  const banksByGuid = async (guids: readonly string[]) => {
    asked.push([...guids]);
    return guids.map((guid) => (guid.startsWith('b') ? { guid, name } : null));
  };
  const reads = { banksByGuid, merchantsByUid: async () => [] } as unknown as Pick<ParticipantReads, 'banksByGuid' | 'merchantsByUid'>; // only what a reference needs
  return { reads, asked, rename: (next: string) => void (name = next) };
}

function memory() {
  const counted = countedReads();
  let at = 0;
  const remembered = rememberParticipants(counted.reads, () => new Date(at));
  return { ...counted, remembered, pass: (milliseconds: number) => void (at += milliseconds) };
}

describe('the memory behind references to participants', () => {
  test('asks for each participant once', async () => {
    const { remembered, asked } = memory();
    await remembered.reads.banksByGuid(['b1', 'b2']);
    expect(await remembered.reads.banksByGuid(['b2', 'b3', 'b1'])).toMatchObject([{ guid: 'b2' }, { guid: 'b3' }, { guid: 'b1' }]);
    expect(asked).toEqual([['b1', 'b2'], ['b3']]);
  });

  test('asks once for all who ask at one moment', async () => {
    const { remembered, asked } = memory();
    const answers = await Promise.all([['b1', 'b2'], ['b2'], ['b2', 'b1']].map((guids) => remembered.reads.banksByGuid(guids)));
    expect(answers).toMatchObject([[{ guid: 'b1' }, { guid: 'b2' }], [{ guid: 'b2' }], [{ guid: 'b2' }, { guid: 'b1' }]]);
    expect(asked).toEqual([['b1', 'b2']]);
  });

  test('forgets when a participant changed', async () => {
    const { remembered, rename } = memory();
    await remembered.reads.banksByGuid(['b1']);
    rename('after');
    remembered.forget();
    expect(await remembered.reads.banksByGuid(['b1'])).toMatchObject([{ name: 'after' }]);
  });

  test('keeps no answer that was under way when a participant changed', async () => {
    const { remembered, rename } = memory();
    const underWay = remembered.reads.banksByGuid(['b1']);
    remembered.forget();
    await underWay;
    rename('after');
    expect(await remembered.reads.banksByGuid(['b1'])).toMatchObject([{ name: 'after' }]);
  });

  test('gives those that it knew when a participant changed while it asked for the others', async () => {
    const { remembered } = memory();
    await remembered.reads.banksByGuid(['b1']);
    const underWay = remembered.reads.banksByGuid(['b1', 'b2']);
    remembered.forget();
    expect(await underWay).toMatchObject([{ guid: 'b1' }, { guid: 'b2' }]);
  });

  test('asks again after a second', async () => {
    const { remembered, rename, pass } = memory();
    await remembered.reads.banksByGuid(['b1']);
    rename('after');
    pass(1_000);
    expect(await remembered.reads.banksByGuid(['b1'])).toMatchObject([{ name: 'after' }]);
  });

  test('remembers nobody who is not there', async () => {
    const { remembered, asked } = memory();
    expect(await remembered.reads.banksByGuid(['x'])).toEqual([null]);
    expect(await remembered.reads.banksByGuid(['x'])).toEqual([null]);
    expect(asked).toHaveLength(2);
  });
});
