import { array, assert, bigInt, constantFrom, integer, oneof, property, record, constant } from 'fast-check';
import { describe, expect, it } from 'vitest';

import { evolveAll } from '../../../kernel/core/decider.ts';
import type { PaymentGuid, PaymentState, PmType } from './payment.ts';
import {
  decideReturn,
  evolveReturn,
  RETURN_TRANSITIONS,
  type Returnable,
  type ReturnCommand,
  type ReturnEvent,
  type ReturnRequest,
  type ReturnRequestStatus,
  totalsOf,
} from './returns.ts';

const RETURN = 'return' as PaymentGuid; // A test names its own ids.
const OTHER = 'other' as PaymentGuid; // The same.

function aRequest(status: ReturnRequestStatus, guid = 'request', amountMinor = 400n): ReturnRequest {
  const facts = { guid, amountMinor };
  switch (status) {
    case 'REQUESTED':
    case 'CANCELED':
      return { ...facts, status };
    case 'PENDING':
    case 'RETURNED':
      return { ...facts, status, returnGuid: RETURN };
    case 'REJECTED':
      return { ...facts, status, returnGuid: RETURN, reasonCode: 'RECEIVER_BANK_REFUSED' };
    default:
      return status satisfies never;
  }
}

function aReturnable(requests: readonly ReturnRequest[], o: { pmType?: PmType; state?: PaymentState } = {}): Returnable {
  return { original: { pmType: o.pmType ?? 'trade', state: o.state ?? 'SUCCESS', amountMinor: 1_000n }, requests };
}

/** The type of the one event, `[]` for none, or the code of the refusal. */
function outcome(state: Returnable, command: ReturnCommand): string {
  const decided = decideReturn(state, command);
  if (!decided.ok) return decided.failure.code;
  evolveAll(evolveReturn, state, decided.value);
  return decided.value.map(({ type }) => type).join() || '[]';
}

const COMMANDS = {
  CANCEL: { type: 'CANCEL', guid: 'request' },
  ACCEPT: { type: 'ACCEPT', guid: 'request', returnGuid: RETURN, amountMinor: 400n },
  'ACCEPT another': { type: 'ACCEPT', guid: 'request', returnGuid: OTHER, amountMinor: 400n },
  'ACCEPT less': { type: 'ACCEPT', guid: 'request', returnGuid: OTHER, amountMinor: 399n },
  'ACCEPT too much': { type: 'ACCEPT', guid: 'request', returnGuid: OTHER, amountMinor: 1_001n },
  SUCCEED: { type: 'SUCCEED', guid: 'request', returnGuid: RETURN },
  'SUCCEED another': { type: 'SUCCEED', guid: 'request', returnGuid: OTHER },
  REJECT: { type: 'REJECT', guid: 'request', returnGuid: RETURN, reasonCode: 'RECEIVER_BANK_REFUSED' },
} as const satisfies Record<string, ReturnCommand>;
type CommandName = keyof typeof COMMANDS;

const TABLE: Record<ReturnRequestStatus | 'none', Record<CommandName, string>> = {
  none: {
    CANCEL: 'RETURN_REQUEST_NOT_FOUND',
    ACCEPT: 'RETURN_REQUEST_NOT_FOUND',
    'ACCEPT another': 'RETURN_REQUEST_NOT_FOUND',
    'ACCEPT less': 'RETURN_REQUEST_NOT_FOUND',
    'ACCEPT too much': 'RETURN_EXCEEDS_REST',
    SUCCEED: 'RETURN_REQUEST_NOT_FOUND',
    'SUCCEED another': 'RETURN_REQUEST_NOT_FOUND',
    REJECT: 'RETURN_REQUEST_NOT_FOUND',
  },
  REQUESTED: {
    CANCEL: 'ReturnCanceled',
    ACCEPT: 'ReturnAccepted',
    'ACCEPT another': 'ReturnAccepted',
    'ACCEPT less': 'RETURN_AMOUNT_MISMATCH',
    'ACCEPT too much': 'RETURN_EXCEEDS_REST',
    SUCCEED: 'RETURN_REQUEST_NOT_FOUND',
    'SUCCEED another': 'RETURN_REQUEST_NOT_FOUND',
    REJECT: 'RETURN_REQUEST_NOT_FOUND',
  },
  PENDING: {
    CANCEL: 'RETURN_REQUEST_ANSWERED',
    ACCEPT: '[]',
    'ACCEPT another': 'RETURN_REQUEST_ANSWERED',
    'ACCEPT less': 'RETURN_REQUEST_ANSWERED',
    'ACCEPT too much': 'RETURN_EXCEEDS_REST',
    SUCCEED: 'ReturnSucceeded',
    'SUCCEED another': 'RETURN_REQUEST_NOT_FOUND',
    REJECT: 'ReturnRejected',
  },
  RETURNED: {
    CANCEL: 'RETURN_REQUEST_ANSWERED',
    ACCEPT: '[]',
    'ACCEPT another': 'RETURN_REQUEST_ANSWERED',
    'ACCEPT less': 'RETURN_REQUEST_ANSWERED',
    'ACCEPT too much': 'RETURN_EXCEEDS_REST',
    SUCCEED: '[]',
    'SUCCEED another': 'RETURN_REQUEST_NOT_FOUND',
    REJECT: 'RETURN_REQUEST_ANSWERED',
  },
  REJECTED: {
    CANCEL: 'RETURN_REQUEST_ANSWERED',
    ACCEPT: '[]',
    'ACCEPT another': 'RETURN_REQUEST_ANSWERED',
    'ACCEPT less': 'RETURN_REQUEST_ANSWERED',
    'ACCEPT too much': 'RETURN_EXCEEDS_REST',
    SUCCEED: 'RETURN_REQUEST_ANSWERED',
    'SUCCEED another': 'RETURN_REQUEST_NOT_FOUND',
    REJECT: '[]',
  },
  CANCELED: {
    CANCEL: '[]',
    ACCEPT: 'RETURN_REQUEST_CANCELED',
    'ACCEPT another': 'RETURN_REQUEST_CANCELED',
    'ACCEPT less': 'RETURN_REQUEST_CANCELED',
    'ACCEPT too much': 'RETURN_EXCEEDS_REST',
    SUCCEED: 'RETURN_REQUEST_NOT_FOUND',
    'SUCCEED another': 'RETURN_REQUEST_NOT_FOUND',
    REJECT: 'RETURN_REQUEST_NOT_FOUND',
  },
};

describe.each(Object.entries(TABLE))('a request that is %s', (status, row) => {
  const requests = status === 'none' ? [] : [aRequest(status as ReturnRequestStatus)]; // The keys of the table.
  it.each(Object.entries(row))('answers %s with %s', (name, expected) => {
    expect(outcome(aReturnable(requests), COMMANDS[name as CommandName])).toBe(expected); // The same.
  });
});

describe('what may be asked for', () => {
  const ask = (amountMinor: bigint | null): ReturnCommand => ({ type: 'REQUEST', guid: 'new', amountMinor });

  it.each([
    ['nothing is returned', [], 1_000n],
    ['a part is asked for', ['REQUESTED'], 600n],
    ['a part is under way', ['PENDING'], 600n],
    ['a part is returned', ['RETURNED'], 600n],
    ['a return was rejected', ['REJECTED'], 1_000n],
    ['a request was canceled', ['CANCELED'], 1_000n],
  ] as const)('while %s, is the rest and not a kopiyka more', (_, statuses, rest) => {
    const state = aReturnable(statuses.map((status) => aRequest(status)));
    expect(outcome(state, ask(rest))).toBe('ReturnRequested');
    expect(outcome(state, ask(rest + 1n))).toBe('RETURN_EXCEEDS_REST');
    expect(decideReturn(state, ask(null))).toMatchObject({ value: [{ amountMinor: rest }] });
  });

  it('is nothing when all is returned', () => {
    const state = aReturnable([aRequest('RETURNED', 'one', 1_000n)]);
    expect(outcome(state, ask(1n))).toBe('RETURN_EXCEEDS_REST');
    expect(outcome(state, ask(null))).toBe('RETURN_EXCEEDS_REST');
  });

  it.each(['trade', 'p2p'] as const)('is a successful %s payment', (pmType) => {
    for (const state of ['UNKNOWN', 'TOMBSTONE', 'PENDING', 'REJECT'] as const) {
      expect(outcome(aReturnable([], { pmType, state }), ask(1n))).toBe('ORIGINAL_NOT_PAID');
      expect(outcome(aReturnable([aRequest('REQUESTED')], { pmType, state }), COMMANDS.ACCEPT)).toBe('ORIGINAL_NOT_PAID');
    }
    expect(outcome(aReturnable([], { pmType }), ask(1n))).toBe('ReturnRequested');
  });

  it('is never a return', () => {
    expect(outcome(aReturnable([], { pmType: 'return' }), ask(1n))).toBe('RETURN_OF_RETURN');
    expect(outcome(aReturnable([aRequest('REQUESTED')], { pmType: 'return' }), COMMANDS.ACCEPT)).toBe('RETURN_OF_RETURN');
  });
});

describe('evolveReturn', () => {
  it('takes exactly the moves of the table', () => {
    for (const [status, moves] of Object.entries(RETURN_TRANSITIONS)) {
      const events: readonly ReturnEvent[] = [
        { type: 'ReturnAccepted', guid: 'request', returnGuid: RETURN },
        { type: 'ReturnCanceled', guid: 'request' },
        { type: 'ReturnSucceeded', guid: 'request' },
        { type: 'ReturnRejected', guid: 'request', reasonCode: 'RECEIVER_BANK_REFUSED' },
      ];
      for (const event of events) {
        const state = aReturnable([aRequest(status as ReturnRequestStatus)]); // A key of the table.
        const to = (moves as Record<string, ReturnRequestStatus>)[event.type]; // The table's own entries.
        if (to === undefined) expect(() => evolveReturn(state, event)).toThrow('cannot happen');
        else expect(evolveReturn(state, event).requests[0]?.status).toBe(to);
      }
    }
  });

  it('takes no event of a request that is not there', () => {
    expect(() => evolveReturn(aReturnable([]), { type: 'ReturnCanceled', guid: 'request' })).toThrow('not there');
  });
});

it('whatever is asked, sent, repeated and reordered, a payment is never given back more than once', () => {
  const guid = integer({ min: 0, max: 5 }).map((n) => `request-${n}`);
  const returnGuid = integer({ min: 0, max: 7 }).map((n) => `return-${n}` as PaymentGuid); // A test names its own ids.
  const amountMinor = bigInt({ min: -1n, max: 1_100n });
  const command = oneof(
    record({ type: constant('REQUEST' as const), guid, amountMinor: oneof(amountMinor, constant(null)) }),
    record({ type: constant('CANCEL' as const), guid }),
    record({ type: constant('ACCEPT' as const), guid, returnGuid, amountMinor }),
    record({ type: constantFrom('SUCCEED' as const), guid, returnGuid }),
    record({ type: constantFrom('REJECT' as const), guid, returnGuid, reasonCode: constant('RECEIVER_BANK_REFUSED') }),
  );
  assert(
    property(array(command, { maxLength: 60 }), (commands) => {
      let state = aReturnable([]);
      /** Every return that was ever accepted, and for which request. */
      const accepted = new Map<string, string>();
      for (const given of commands) {
        const open = state.requests.find((request) => request.guid === given.guid);
        if (given.type === 'REQUEST' && open) continue; // Ids of requests are made once.
        // Half of the messages ask for what the request says, or nothing would ever be accepted.
        const sent = given.type === 'ACCEPT' && open && given.amountMinor % 2n === 0n ? { ...given, amountMinor: open.amountMinor } : given;
        const decided = decideReturn(state, sent);
        if (!decided.ok) continue;
        for (const event of decided.value) if (event.type === 'ReturnAccepted') accepted.set(event.returnGuid + event.guid, event.guid);
        state = evolveAll(evolveReturn, state, decided.value);
        expect(decideReturn(state, sent.type === 'REQUEST' ? { type: 'CANCEL', guid: 'none' } : sent)).toMatchObject(
          sent.type === 'REQUEST' ? { ok: false } : { ok: true, value: [] }, // A repetition changes nothing.
        );
        const { requestedMinor, returnedMinor } = totalsOf(state);
        expect(returnedMinor).toBeLessThanOrEqual(1_000n);
        expect(requestedMinor + returnedMinor).toBeLessThanOrEqual(1_000n);
        expect(state.requests.every((request) => request.amountMinor > 0n)).toBe(true);
      }
      // A request has one return at most, whatever was sent for it.
      expect(new Set(accepted.values()).size).toBe(accepted.size);
    }),
    { numRuns: 500 },
  );
});
