import { array, assert, constantFrom, oneof, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type Lane, ReceiverTurns } from './receiver-turns.ts';

const LIMITS = { perReceiverMax: 2, totalMax: 3 };

function taken(turns: ReceiverTurns<string>): string[] {
  const items: string[] = [];
  for (let next = turns.take(); next; next = turns.take()) items.push(next.item);
  return items;
}

describe('receivers in turn', () => {
  it('a receiver with many callbacks lets the others between them', () => {
    const turns = new ReceiverTurns<string>({ perReceiverMax: 16, totalMax: 100 });
    for (const item of ['a1', 'a2', 'a3']) turns.add('a', item, 'new');
    turns.add('b', 'b1', 'new');
    turns.add('c', 'c1', 'new');
    expect(taken(turns)).toEqual(['a1', 'b1', 'c1', 'a2', 'a3']);
  });

  it('a receiver that does not answer fills its own places only', () => {
    const turns = new ReceiverTurns<string>({ perReceiverMax: 2, totalMax: 100 });
    for (const item of ['dead1', 'dead2', 'dead3']) turns.add('dead', item, 'due');
    expect(taken(turns)).toEqual(['dead1', 'dead2']);
    turns.add('alive', 'alive1', 'new');
    expect(taken(turns)).toEqual(['alive1']);
    expect(turns.busy()).toEqual(['dead']);
    expect(turns.waitingFor('dead')).toBe(1);
  });

  it('what is due has every second turn, however much is new, and is asked for only when none of it waits', () => {
    const turns = new ReceiverTurns<string>({ perReceiverMax: 1, totalMax: 100 });
    for (const item of ['new1', 'new2', 'new3', 'new4']) turns.add('a', item, 'new');
    expect(taken(turns)).toEqual(['new1']);
    expect(turns.busy()).toEqual([]);
    for (const item of ['due1', 'due2']) turns.add('a', item, 'due');
    expect(turns.busy()).toEqual(['a']);
    const order = Array.from({ length: 5 }, () => {
      turns.done('a');
      return taken(turns);
    });
    expect(order.flat()).toEqual(['due1', 'new2', 'due2', 'new3', 'new4']);
  });

  it('a free place goes to who waits for it', () => {
    const turns = new ReceiverTurns<string>({ perReceiverMax: 1, totalMax: 100 });
    turns.add('a', 'a1', 'new');
    turns.add('a', 'a2', 'new');
    expect(taken(turns)).toEqual(['a1']);
    turns.done('a');
    expect(taken(turns)).toEqual(['a2']);
    turns.done('a');
    expect(turns.busy()).toEqual([]);
  });

  it('nothing more goes out than the process may send', () => {
    const turns = new ReceiverTurns<string>(LIMITS);
    for (const receiver of ['a', 'b', 'c', 'd']) turns.add(receiver, `${receiver}1`, 'new');
    expect(taken(turns)).toEqual(['a1', 'b1', 'c1']);
    turns.done('b');
    expect(taken(turns)).toEqual(['d1']);
  });

  it('is never told that something ended that was not under way', () => {
    expect(() => new ReceiverTurns<string>(LIMITS).done('a')).toThrow('nothing in flight');
  });

  it('loses nothing, doubles nothing and keeps its limits, whatever the order of calls', () => {
    const receiver = constantFrom('a', 'b', 'c');
    const lane = constantFrom<Lane>('new', 'due');
    const call = oneof(
      record({ kind: constantFrom('add'), receiver, lane }),
      record({ kind: constantFrom('take'), receiver, lane }),
      record({ kind: constantFrom('done'), receiver, lane }),
    );
    assert(
      property(array(call, { maxLength: 200 }), (calls) => {
        const turns = new ReceiverTurns<number>(LIMITS);
        const inFlight = new Map<string, number>();
        const given: number[] = [];
        let added = 0;
        const take = () => {
          const next = turns.take();
          if (!next) return false;
          given.push(next.item);
          inFlight.set(next.receiverId, (inFlight.get(next.receiverId) ?? 0) + 1);
          return true;
        };
        const done = (id: string) => {
          turns.done(id);
          inFlight.set(id, (inFlight.get(id) ?? 0) - 1);
        };
        for (const { kind, receiver: id, lane } of calls) {
          if (kind === 'add') turns.add(id, (added += 1), lane);
          if (kind === 'take') take();
          if (kind === 'done' && (inFlight.get(id) ?? 0) > 0) done(id);
          expect([...inFlight.values()].every((count) => count <= LIMITS.perReceiverMax)).toBe(true);
          expect(turns.inFlight).toBeLessThanOrEqual(LIMITS.totalMax);
        }
        while (given.length < added) {
          if (take()) continue;
          const somebody = [...inFlight].find(([, count]) => count > 0);
          if (!somebody) throw new Error('items wait, nothing is in flight, and nobody has a turn');
          done(somebody[0]);
        }
        expect(new Set(given).size).toBe(added);
      }),
    );
  });
});
