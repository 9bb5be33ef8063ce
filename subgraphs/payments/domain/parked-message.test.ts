import { describe, expect, it } from 'vitest';

import {
  afterDecision,
  afterReport,
  PARKED_MESSAGE_TRANSITIONS,
  PARKED_OUTCOMES,
  type ParkedMessage,
  type ParkedMessageState,
} from './parked-message.ts';

const STATES = Object.keys(PARKED_MESSAGE_TRANSITIONS) as ParkedMessageState[]; // Its own keys.
const PARKED_AT = 1_000;
const message = (state: ParkedMessageState): ParkedMessage => ({ state, parkedAtMs: PARKED_AT });

/** The state after a report that says parked later, now (the same parking) or earlier, or dismissed. */
const REPORTED: Record<
  ParkedMessageState,
  [later: ParkedMessageState, same: ParkedMessageState, earlier: ParkedMessageState, dismissed: ParkedMessageState]
> = {
  PARKED: ['PARKED', 'PARKED', 'PARKED', 'DISMISSED'],
  REPLAY_ASKED: ['PARKED', 'REPLAY_ASKED', 'REPLAY_ASKED', 'DISMISSED'],
  REFUSE_ASKED: ['PARKED', 'REFUSE_ASKED', 'REFUSE_ASKED', 'DISMISSED'],
  DISMISSED: ['DISMISSED', 'DISMISSED', 'DISMISSED', 'DISMISSED'],
  RECORDED: ['RECORDED', 'RECORDED', 'RECORDED', 'RECORDED'],
};

const DECIDED: Record<ParkedMessageState, [replay: string, refuse: string]> = {
  PARKED: ['REPLAY_ASKED', 'REFUSE_ASKED'],
  REPLAY_ASKED: ['PARKED_MESSAGE_ALREADY_DECIDED', 'PARKED_MESSAGE_ALREADY_DECIDED'],
  REFUSE_ASKED: ['PARKED_MESSAGE_ALREADY_DECIDED', 'PARKED_MESSAGE_ALREADY_DECIDED'],
  DISMISSED: ['PARKED_MESSAGE_ALREADY_DECIDED', 'PARKED_MESSAGE_ALREADY_DECIDED'],
  RECORDED: ['PARKED_MESSAGE_ALREADY_ANSWERED', 'PARKED_MESSAGE_ALREADY_ANSWERED'],
};

describe('a parked message', () => {
  it.for(STATES)('in %s hears reports as the table says', (state) => {
    const before = message(state);
    const reports = [
      { state: 'parked', parkedAtMs: PARKED_AT + 1 },
      { state: 'parked', parkedAtMs: PARKED_AT },
      { state: 'parked', parkedAtMs: PARKED_AT - 1 },
      { state: 'dismissed', parkedAtMs: PARKED_AT },
    ] as const;
    const after = reports.map((report) => afterReport(before, report));
    expect(after.map((one) => one.state)).toEqual(REPORTED[state]);
    for (const one of after) if (one.state !== state) expect(PARKED_MESSAGE_TRANSITIONS[state] as readonly string[]).toContain(one.state);
    const [later] = after;
    expect(later?.parkedAtMs).toBe(later?.state === 'PARKED' ? PARKED_AT + 1 : PARKED_AT);
  });

  it('that nobody knew is what its first report says', () => {
    expect(afterReport(null, { state: 'parked', parkedAtMs: 5 })).toEqual({ state: 'PARKED', parkedAtMs: 5 });
    expect(afterReport(null, { state: 'dismissed', parkedAtMs: 5 })).toEqual({ state: 'DISMISSED', parkedAtMs: 5 });
  });

  it.for(STATES)('in %s is decided about as the table says', (state) => {
    const outcomes = PARKED_OUTCOMES.map((outcome) => {
      const decided = afterDecision(message(state), outcome);
      if (decided.ok) expect(PARKED_MESSAGE_TRANSITIONS[state] as readonly string[]).toContain(decided.value.state);
      return decided.ok ? decided.value.state : decided.failure.code;
    });
    expect(outcomes).toEqual(DECIDED[state]);
  });

  it('that nobody reported is not decided about', () => {
    expect(afterDecision(null, 'REPLAY')).toMatchObject({ failure: { code: 'PARKED_MESSAGE_NOT_FOUND' } });
  });
});
