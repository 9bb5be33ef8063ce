import { describe, expect, it } from 'vitest';
import type { CoreAnswer } from '../core-answer.ts';
import {
  afterPromisedSend,
  backoff,
  besideSameGuid,
  operationOn,
  PASSED_OVER_MAX,
  REFUSALS_MAX,
  TRANSITIONS,
  verdictOf,
  type MessageState,
  type PromisedProgress,
} from './message-state.ts';

const NOW = 1_800_000_000_000;
const GUID = '0190f5a0-0000-8000-8000-000000000001';
const answered = (status: number, body = '{}'): CoreAnswer => ({ kind: 'answered', status, contentType: 'application/json', body });
const taken = answered(200, `{"guid":"${GUID}"}`);
const refused = answered(400, '{"code":"AMOUNT_MISMATCH"}');
const NOT_REACHED: CoreAnswer = { kind: 'none', why: 'unreachable' };
const NO_ANSWER: CoreAnswer = { kind: 'none', why: 'deadline' };

describe('what an answer of the core says to a bank that waits', () => {
  it.for<[string, CoreAnswer, ReturnType<typeof verdictOf>]>([
    ['2xx that names the payment accepts', taken, { kind: 'accepted' }],
    ['201 as well', answered(201, `{"guid":"${GUID}","more":1}`), { kind: 'accepted' }],
    [
      '2xx that names another payment is not an answer',
      answered(200, '{"guid":"0190f5a0-0000-8000-8000-000000000002"}'),
      { kind: 'unclear' },
    ],
    ['2xx of somebody else on the way is not an answer', answered(200, '<html>back soon</html>'), { kind: 'unclear' }],
    ['a catalogue code refuses', refused, { kind: 'refused', status: 400 }],
    ['a duplicate refuses', answered(409, '{"error":"x","code":"DUPLICATE_ORDER"}'), { kind: 'refused', status: 409 }],
    ['a 4xx without a code is about something else', answered(404, '{"error":"no such path"}'), { kind: 'unclear' }],
    ['a 4xx with a code that we do not know as well', answered(401, '{"code":"ENVELOPE_SIGNATURE"}'), { kind: 'unclear' }],
    ['a 4xx that is no JSON as well', answered(400, '<html>'), { kind: 'unclear' }],
    ['an address that nobody serves as well', answered(404, '{"error":"no such address","code":"NOT_FOUND"}'), { kind: 'unclear' }],
    ['a method that it does not know as well', answered(405, '{"code":"METHOD_NOT_ALLOWED"}'), { kind: 'unclear' }],
    ['429 is not an answer', answered(429, '{"code":"RATE_LIMITED"}'), { kind: 'unclear' }],
    ['a redirect is not an answer', answered(302), { kind: 'unclear' }],
    ['5xx is not an answer', answered(500, '{"code":"INTERNAL_ERROR"}'), { kind: 'unclear' }],
    ['silence is not an answer', NO_ANSWER, { kind: 'unclear' }],
    ['no connection is not an answer', NOT_REACHED, { kind: 'unclear' }],
  ])('%s', ([, answer, verdict]) => {
    expect(verdictOf(answer, GUID)).toEqual(verdict);
  });
});

const aPromise = (over: Partial<PromisedProgress> = {}): PromisedProgress => ({
  guid: GUID,
  state: 'PROMISED',
  tries: 0,
  refusals: 0,
  passedOver: 0,
  triedAt: null,
  ...over,
});
const ALONE = { now: NOW, tookOthersAt: null };

describe('a promised message after one more send', () => {
  it('is done when the core took it', () => {
    expect(afterPromisedSend(aPromise({ tries: 7, refusals: 4, passedOver: 3, triedAt: NOW - 1 }), taken, ALONE)).toEqual({
      state: 'DONE',
    });
  });

  it.for([
    NO_ANSWER,
    NOT_REACHED,
    answered(500),
    answered(429),
    answered(200, '<html>'),
    answered(401, '{"code":"ENVELOPE_STALE"}'),
    answered(404, '{"code":"NOT_FOUND"}'),
    answered(403),
  ])('is tried for ever while the core says nothing about it, nor takes anything else: %o', (answer) => {
    const progress = aPromise({ tries: 1000, passedOver: PASSED_OVER_MAX - 1, triedAt: NOW - 15_000 });
    for (const tookOthersAt of [null, NOW - 15_001]) {
      expect(afterPromisedSend(progress, answer, { now: NOW, tookOthersAt })).toEqual({
        state: 'WAITS',
        tries: 1001,
        refusals: 0,
        passedOver: PASSED_OVER_MAX - 1,
        triedAt: NOW,
        due: NOW + backoff(1001),
      });
    }
  });

  it('is parked when the core takes others and fails on it alone, again and again, and not before', () => {
    const beside = { now: NOW, tookOthersAt: NOW - 1000 };
    const step = (passedOver: number) => afterPromisedSend(aPromise({ passedOver, triedAt: NOW - 15_000 }), answered(500), beside);
    expect(step(PASSED_OVER_MAX - 2)).toMatchObject({ state: 'WAITS', passedOver: PASSED_OVER_MAX - 1 });
    const reason = `the core answered 500, and took others ${PASSED_OVER_MAX} times meanwhile`;
    expect(step(PASSED_OVER_MAX - 1)).toEqual({ state: 'PARKED', reason });
  });

  it('is not blamed for a long absence of the core, which ends with its neighbour', () => {
    const afterAnHour = aPromise({ tries: 240, passedOver: 0, triedAt: NOW - 15_000 });
    expect(afterPromisedSend(afterAnHour, answered(500), { now: NOW, tookOthersAt: NOW - 1 })).toMatchObject({ passedOver: 1 });
  });

  it('begins to count anew after a clear answer', () => {
    const step = afterPromisedSend(aPromise({ tries: 9, passedOver: 9, triedAt: NOW - 1 }), refused, ALONE);
    expect(step).toMatchObject({ state: 'WAITS', refusals: 1, passedOver: 0 });
  });

  it('is parked with the reason at the last refusal, and not before', () => {
    const step = (refusals: number) => afterPromisedSend(aPromise({ tries: refusals, refusals }), refused, ALONE);
    expect(step(REFUSALS_MAX - 2)).toMatchObject({ state: 'WAITS', refusals: REFUSALS_MAX - 1 });
    expect(step(REFUSALS_MAX - 1)).toEqual({ state: 'PARKED', reason: 'the core answered 400 AMOUNT_MISMATCH' });
  });

  it('waits twice as long each time, up to a cap', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 5000].map(backoff)).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
  });
});

describe('a message that operations refused, after one more send', () => {
  const refusing = (over: Partial<PromisedProgress> = {}) => aPromise({ state: 'REFUSING', ...over });

  it('is done when the core has recorded the refusal', () => {
    expect(afterPromisedSend(refusing(), taken, ALONE)).toEqual({ state: 'DONE' });
  });

  it('is told for ever while the core takes nothing', () => {
    const progress = refusing({ tries: 500, passedOver: PASSED_OVER_MAX - 1, triedAt: NOW - 1000 });
    expect(afterPromisedSend(progress, answered(503), { now: NOW, tookOthersAt: NOW - 1001 })).toMatchObject({
      state: 'WAITS',
      tries: 501,
    });
  });

  it('is the edge’s own to answer for when the core cannot record it', () => {
    const hopeless = refusing({ tries: 500, passedOver: PASSED_OVER_MAX - 1, triedAt: NOW - 1000 });
    expect(afterPromisedSend(refusing(), refused, ALONE)).toEqual({ state: 'DISMISSED' });
    expect(afterPromisedSend(hopeless, answered(500), { now: NOW, tookOthersAt: NOW - 1 })).toEqual({ state: 'DISMISSED' });
  });
});

describe('another message with the same payment guid', () => {
  const table: Record<MessageState, ReturnType<typeof besideSameGuid>> = {
    WAITING: 'wait',
    ACCEPTED: 'duplicate',
    REFUSED: 'take',
    PROMISED: 'duplicate',
    DONE: 'duplicate',
    PARKED: 'duplicate',
    REFUSING: 'refused',
    DISMISSED: 'refused',
  };
  it.for(Object.entries(table))('beside one that is %s: %s', ([state, expected]) => {
    expect(besideSameGuid(state as MessageState, { refusedByOperations: false })).toBe(expected); // A key of the table.
  });

  it('stays refused when the core has recorded what operations decided', () => {
    expect(besideSameGuid('DONE', { refusedByOperations: true })).toBe('refused');
  });

  it('takes its turn when nothing is known', () => {
    expect(besideSameGuid(undefined, { refusedByOperations: false })).toBe('take');
  });

  it('takes a place only from a state that may be left for WAITING', () => {
    for (const [state, next] of Object.entries(TRANSITIONS)) {
      const mayWait = (next as readonly string[]).includes('WAITING');
      expect(besideSameGuid(state as MessageState, { refusedByOperations: false }) === 'take').toBe(mayWait); // A key of TRANSITIONS.
    }
  });
});

describe('a decision about a parked message', () => {
  it.for(Object.keys(TRANSITIONS) as MessageState[])('on one that is %s', (state) => {
    const applied = state === 'PARKED' ? 'applied' : 'not-parked';
    expect(operationOn(state, { sameOperation: false, sameParking: true })).toBe(applied);
    expect(operationOn(state, { sameOperation: false, sameParking: false })).toBe('not-parked');
    for (const sameParking of [true, false]) expect(operationOn(state, { sameOperation: true, sameParking })).toBe('known');
  });

  it('finds nothing where nothing is', () => {
    expect(operationOn(undefined, { sameOperation: false, sameParking: true })).toBe('not-found');
  });
});
