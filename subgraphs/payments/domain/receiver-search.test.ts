import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { addMilliseconds } from '../../../kernel/core/time.ts';
import {
  CONSENT_WAIT_MAX_MS,
  decideSearch,
  evolveSearch,
  openSearch,
  SEARCH_TRANSITIONS,
  type AskedBank,
  type ReceiverSearch,
  type SearchCommand,
} from './receiver-search.ts';

const NOW = new Date('2026-11-25T10:00:00Z');
const LATER = addMilliseconds(NOW, 3_600_000);
const DEADLINE = addMilliseconds(NOW, CONSENT_WAIT_MAX_MS);
const MOMENT_BEFORE = addMilliseconds(DEADLINE, -1);

const opened = openSearch({ banks: ['kalyna', 'veresen'], now: NOW, orderExpiresAt: LATER });
const RECEIVER = { bankGuid: 'kalyna', account: 'UA1' };

function apply(search: ReceiverSearch, ...commands: SearchCommand[]): ReceiverSearch {
  return commands.reduce((state, command) => {
    const decided = decideSearch(state, command);
    return decided.ok ? decided.value.reduce(evolveSearch, state) : state;
  }, search);
}

const answer = (bankGuid: string, said: 'KNOWS' | 'UNKNOWN' | 'SILENT'): SearchCommand => ({
  type: 'ANSWER',
  bankGuid,
  answer: said,
  now: NOW,
});
const link = (bankGuid = 'kalyna', account = 'UA1', now = NOW): SearchCommand => ({ type: 'LINK', bankGuid, account, now });
const decline = (bankGuid: string): SearchCommand => ({ type: 'DECLINE', bankGuid, now: NOW });
const end = (now: Date): SearchCommand => ({ type: 'END', now });

const STATES = {
  OPEN: apply(opened, answer('kalyna', 'KNOWS')),
  FOUND: apply(opened, link()),
  FAILED: apply(opened, answer('kalyna', 'UNKNOWN'), answer('veresen', 'UNKNOWN')),
} satisfies Record<ReceiverSearch['status'], ReceiverSearch>;

describe('every state with every command', () => {
  const table: Record<ReceiverSearch['status'], Record<string, string>> = {
    OPEN: {
      'link of another': 'FOUND',
      'the same link': 'FOUND',
      'a decline': 'OPEN',
      'an answer': 'OPEN',
      'the deadline': 'FAILED',
      'before the deadline': 'OPEN',
      'a bank that was not asked': 'BANK_NOT_ASKED',
    },
    FOUND: {
      'link of another': 'SEARCH_OVER',
      'the same link': 'FOUND',
      'a decline': 'SEARCH_OVER',
      'an answer': 'FOUND',
      'the deadline': 'FOUND',
      'before the deadline': 'FOUND',
      'a bank that was not asked': 'BANK_NOT_ASKED',
    },
    FAILED: {
      'link of another': 'SEARCH_OVER',
      'the same link': 'SEARCH_OVER',
      'a decline': 'SEARCH_OVER',
      'an answer': 'FAILED',
      'the deadline': 'FAILED',
      'before the deadline': 'FAILED',
      'a bank that was not asked': 'BANK_NOT_ASKED',
    },
  };
  const commands: Record<string, SearchCommand> = {
    'link of another': link('veresen', 'UA2'),
    'the same link': link(),
    'a decline': decline('veresen'),
    'an answer': answer('veresen', 'UNKNOWN'),
    'the deadline': end(DEADLINE),
    'before the deadline': end(MOMENT_BEFORE),
    'a bank that was not asked': link('stranger'),
  };
  for (const [status, row] of Object.entries(table)) {
    it.each(Object.entries(row))(`${status}: %s leads to %s`, (name, expected) => {
      const search = STATES[status as ReceiverSearch['status']]; // A key of the table.
      const command = commands[name];
      if (!command) throw new Error(`no command ${name}`);
      const decided = decideSearch(search, command);
      expect(decided.ok ? decided.value.reduce(evolveSearch, search).status : decided.failure.code).toBe(expected);
      if (!decided.ok) return;
      for (const { type } of decided.value) expect(SEARCH_TRANSITIONS[search.status]).toHaveProperty(type);
    });
  }
});

describe('consent', () => {
  it('is waited for ten minutes, or until the order ends', () => {
    expect(opened.deadline).toEqual(DEADLINE);
    expect(openSearch({ banks: ['a'], now: NOW, orderExpiresAt: addMilliseconds(NOW, 60_000) }).deadline).toEqual(
      addMilliseconds(NOW, 60_000),
    );
  });

  it('counts until the moment before the deadline', () => {
    expect(decideSearch(opened, link('kalyna', 'UA1', MOMENT_BEFORE)).ok).toBe(true);
    expect(decideSearch(opened, link('kalyna', 'UA1', DEADLINE))).toEqual({ ok: false, failure: { code: 'SEARCH_OVER' } });
  });

  it('may come from a bank whose answer was lost, or before its answer', () => {
    expect(apply(opened, answer('kalyna', 'SILENT'), answer('veresen', 'UNKNOWN'), link())).toMatchObject({
      status: 'FOUND',
      receiver: RECEIVER,
    });
    expect(apply(opened, link(), answer('kalyna', 'KNOWS'))).toMatchObject({ status: 'FOUND', receiver: RECEIVER });
  });
});

describe('a search fails', () => {
  it('when there is nobody to ask', () => {
    expect(openSearch({ banks: [], now: NOW, orderExpiresAt: LATER }).status).toBe('FAILED');
  });

  it('as soon as nobody is left who could link', () => {
    const one = apply(opened, answer('veresen', 'UNKNOWN'));
    expect(one.status).toBe('OPEN');
    expect(apply(one, decline('kalyna')).status).toBe('FAILED');
    expect(apply(opened, answer('kalyna', 'KNOWS'), answer('veresen', 'KNOWS'), decline('kalyna'), decline('veresen')).status).toBe(
      'FAILED',
    );
  });

  it('not while the answer of a bank is lost', () => {
    expect(apply(opened, answer('kalyna', 'SILENT'), answer('veresen', 'UNKNOWN')).status).toBe('OPEN');
  });
});

it('the last answer of a bank to a question that it answered already does not count', () => {
  const knows = apply(opened, answer('kalyna', 'KNOWS'));
  expect(apply(knows, answer('kalyna', 'UNKNOWN'))).toEqual(knows);
});

it('whatever comes in whatever order: found once and for ever, and open only while somebody could link', () => {
  const bank = fc.constantFrom('kalyna', 'veresen', 'berehynia', 'stranger');
  const command = fc.oneof(
    fc.record({
      type: fc.constant('ANSWER' as const),
      bankGuid: bank,
      answer: fc.constantFrom('KNOWS' as const, 'UNKNOWN' as const, 'SILENT' as const),
    }),
    fc.record({ type: fc.constant('LINK' as const), bankGuid: bank, account: fc.constantFrom('UA1', 'UA2') }),
    fc.record({ type: fc.constant('DECLINE' as const), bankGuid: bank }),
    fc.record({ type: fc.constant('END' as const) }),
  );
  const steps = fc.array(fc.tuple(command, fc.integer({ min: 0, max: 200_000 })), { maxLength: 30 });
  fc.assert(
    fc.property(steps, (taken) => {
      let search = openSearch({ banks: ['kalyna', 'veresen', 'berehynia'], now: NOW, orderExpiresAt: LATER });
      let now = NOW;
      let found: unknown;
      for (const [part, afterMs] of taken) {
        now = addMilliseconds(now, afterMs);
        const before = search;
        search = apply(search, { ...part, now });
        if (before.status !== 'OPEN') expect(search).toEqual(before);
        if (search.status === 'FOUND') found ??= search.receiver;
        if (search.status === 'FOUND') expect(search.receiver).toBe(found);
        const able = [...search.banks.values()].some((standing: AskedBank) => standing !== 'UNKNOWN' && standing !== 'DECLINED');
        if (search.status === 'OPEN') expect(able).toBe(true);
        expect([...search.banks.keys()]).toEqual(['kalyna', 'veresen', 'berehynia']);
      }
    }),
  );
});
