import { describe, expect, it } from 'vitest';

import {
  decidePayRequest,
  evolvePayRequest,
  matchesPayRequest,
  PAY_REQUEST_TRANSITIONS,
  type MessageParties,
  type PayRequest,
  type PayRequestCommand,
  type ReceiverData,
} from './pay-request.ts';

const now = new Date('2026-11-25T10:00:00Z');
const facts = { guid: 'request', orderGuid: 'order', bankGuid: 'payer', debtorAccount: 'UA-payer' };
const receiver = { bankGuid: 'receiver', account: 'UA-receiver' };
const data: ReceiverData = {
  name: 'a',
  payeeCheck: null,
  taxNumber: 'b',
  encryption: { profile: 'dcm-2', nonce: 'n', encryptedKey: 'k' },
  kid: 'kid',
};

const STATES: Record<PayRequest['status'], PayRequest> = {
  CREATED: { status: 'CREATED', facts, version: 1 },
  FETCHING: { status: 'FETCHING', facts, version: 2, receiver },
  COMPLETED: { status: 'COMPLETED', facts, version: 3, receiver, data },
  FAILED: { status: 'FAILED', facts, version: 3, reason: 'RECEIVER_NOT_FOUND' },
};
const COMMANDS: Record<PayRequestCommand['type'], PayRequestCommand> = {
  FIND: { type: 'FIND', receiver, now },
  COMPLETE: { type: 'COMPLETE', data, now },
  FAIL: { type: 'FAIL', reason: 'ORDER_ENDED', now },
  REFUSE: { type: 'REFUSE', now },
};

/** The status that follows, or the code of the refusal. */
const TABLE: Record<PayRequest['status'], Record<PayRequestCommand['type'], string>> = {
  CREATED: { FIND: 'FETCHING', COMPLETE: 'PAY_REQUEST_NOT_THERE_YET', FAIL: 'FAILED', REFUSE: 'PAY_REQUEST_NOT_THERE_YET' },
  FETCHING: { FIND: 'FETCHING', COMPLETE: 'COMPLETED', FAIL: 'FAILED', REFUSE: 'PAY_REQUEST_NOT_THERE_YET' },
  COMPLETED: { FIND: 'PAY_REQUEST_OVER', COMPLETE: 'PAY_REQUEST_OVER', FAIL: 'PAY_REQUEST_OVER', REFUSE: 'FAILED' },
  FAILED: { FIND: 'PAY_REQUEST_OVER', COMPLETE: 'PAY_REQUEST_OVER', FAIL: 'PAY_REQUEST_OVER', REFUSE: 'PAY_REQUEST_OVER' },
};

describe.each(Object.values(STATES))('$status', (request) => {
  it.each(Object.values(COMMANDS))('$type', (command) => {
    const decided = decidePayRequest(request, command);
    const after = decided.ok ? decided.value.reduce(evolvePayRequest, request) : undefined;
    expect(after?.status ?? (decided.ok ? '' : decided.failure.code)).toBe(TABLE[request.status][command.type]);
    if (!decided.ok) return;
    expect(after?.version).toBe(request.version + decided.value.length);
    expect(after?.facts).toEqual(facts);
    for (const { type } of decided.value) expect(PAY_REQUEST_TRANSITIONS[request.status]).toHaveProperty(type, after?.status);
  });
});

it('keeps whom it pays from the moment that is known', () => {
  const [found] = run(STATES.CREATED, COMMANDS.FIND, COMMANDS.COMPLETE).slice(-1);
  expect(found).toMatchObject({ status: 'COMPLETED', receiver, data, version: 3 });
});

describe('a payment message', () => {
  const message: MessageParties = {
    bankGuid: 'payer',
    debtorAccount: 'UA-payer',
    orderGuid: 'order',
    creditorAccount: 'UA-receiver',
    receiverBankGuid: 'receiver',
  };

  it('belongs to the completed pay request whose parties it names', () => {
    expect(matchesPayRequest(STATES.COMPLETED, message)).toBe(true);
  });

  it.each(Object.keys(message))('with another %s does not', (name) => {
    expect(matchesPayRequest(STATES.COMPLETED, { ...message, [name]: 'other' })).toBe(false);
  });

  it.each(['CREATED', 'FETCHING', 'FAILED'] as const)('does not belong to one that is %s', (status) => {
    expect(matchesPayRequest(STATES[status], message)).toBe(false);
  });
});

it('an event that cannot be is a fault', () => {
  expect(() => evolvePayRequest(STATES.CREATED, { type: 'PayRequestCompleted', data, at: now })).toThrow('cannot be completed');
});

function run(request: PayRequest, ...commands: PayRequestCommand[]): PayRequest[] {
  const states = [request];
  for (const command of commands) {
    const last = states.at(-1) ?? request;
    const decided = decidePayRequest(last, command);
    if (!decided.ok) throw new Error(decided.failure.code);
    states.push(decided.value.reduce(evolvePayRequest, last));
  }
  return states;
}
