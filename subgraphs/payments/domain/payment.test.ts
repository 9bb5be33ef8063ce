import { array, assert, boolean, constantFrom, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';

import { evolveAll } from '../../../kernel/core/decider.ts';
import { valueOf } from '../../../kernel/core/result.ts';
import { CREDIT_WAIT_MS, effectOf } from './cascade.ts';
import type { FreshIds, PaymentCommand } from './commands.ts';
import { decide } from './decide-payment.ts';
import type { Answer, CallbackType, Delivery, DeliveryId, ReviewOutcome } from './delivery.ts';
import type { PaymentEvent } from './events.ts';
import { evolve } from './evolve-payment.ts';
import {
  heldOrderOf,
  isKnown,
  type Payment,
  type PaymentFacts,
  type PaymentGuid,
  type PaymentKind,
  type PmType,
  UNKNOWN_PAYMENT,
} from './payment.ts';
import { TRANSITIONS } from './transitions.ts';

const AT = 1_800_000_000_000;
const INITIATOR = { kind: 'bank', id: 'initiator' };
const RECEIVER = { kind: 'bank', id: 'receiver' };
const MERCHANT = { kind: 'merchant', id: 'merchant' };

let lastId = 0;
const freshIds = (): FreshIds => [newId(), newId(), newId()];
const newId = (): DeliveryId => `delivery-${(lastId += 1)}` as DeliveryId; // A test names its own ids.

const KINDS = {
  trade: { pmType: 'trade', orderId: 'order', merchantUid: 'merchant' },
  p2p: { pmType: 'p2p', orderId: 'order', merchantUid: null, payRequestGuid: 'pay-request' },
  return: {
    pmType: 'return',
    orderId: 'order',
    merchantUid: 'merchant',
    originalGuid: 'original' as PaymentGuid,
    returnRequestGuid: 'request',
  }, // A test names its own ids.
} as const satisfies Record<PmType, PaymentKind>;

function facts(pmType: PmType = 'trade'): PaymentFacts {
  return {
    guid: 'payment' as PaymentGuid, // A test names its own ids.
    ...KINDS[pmType],
    initiatorBankGuid: 'initiator',
    receiverBankGuid: 'receiver',
    externalId: 'external',
    amount: { minor: 150_075n, currency: 'UAH' },
    debtorAccount: 'UA1',
    creditorAccount: 'UA2',
    purpose: 'Goods',
  };
}

function after(payment: Payment, ...commands: ((payment: Payment) => PaymentCommand)[]): Payment {
  return commands.reduce((state, command) => evolveAll(evolve, state, valueOf(decide(state, command(state)))), payment);
}

const accept = (pmType?: PmType) => (): PaymentCommand => ({ type: 'accept', facts: facts(pmType), freshIds: freshIds(), atMs: AT });
const refusePromised = (): PaymentCommand => ({
  type: 'refuse-promised',
  facts: { ...facts(), merchantUid: null },
  reasonCode: 'AMOUNT_MISMATCH',
  freshIds: freshIds(),
  atMs: AT,
});
const abandonClaim = (): PaymentCommand => ({ type: 'abandon-claim', atMs: AT });
const delivery = (payment: Payment, callbackType: CallbackType): Delivery | undefined =>
  isKnown(payment) ? payment.deliveries.find((one) => one.callbackType === callbackType) : undefined;

interface AnswerOptions {
  lastTry?: boolean;
  attempt?: number;
  status?: number | null;
  atMs?: number;
}
const STATUS = { accepted: 200, refused: 400, unclear: 503 };

function answered(callbackType: CallbackType, answer: Answer, options: AnswerOptions = {}) {
  return (payment: Payment): PaymentCommand => {
    const target = delivery(payment, callbackType);
    const attempt = options.attempt ?? (target?.tries.attempts ?? 0) + 1;
    const status = options.status === undefined ? STATUS[answer] : options.status;
    return {
      type: 'record-answer',
      deliveryId: target?.id ?? newId(),
      tried: { attempt, answer, status },
      lastTry: options.lastTry ?? false,
      retryAtMs: AT + 1000,
      freshIds: freshIds(),
      atMs: options.atMs ?? AT,
    };
  };
}

function retried(callbackType: CallbackType) {
  return (payment: Payment): PaymentCommand => ({
    type: 'retry-delivery',
    deliveryId: delivery(payment, callbackType)?.id ?? newId(),
    atMs: AT,
  });
}

function resolved(callbackType: CallbackType, outcome: ReviewOutcome) {
  return (payment: Payment): PaymentCommand => ({
    type: 'resolve-delivery',
    deliveryId: delivery(payment, callbackType)?.id ?? newId(),
    outcome,
    reason: 'telephone',
    freshIds: freshIds(),
    atMs: AT,
  });
}

/** What a command did, in one line: the failure's code, or the events with the callbacks that they make. */
function saying(payment: Payment, command: PaymentCommand): string {
  const decision = decide(payment, command);
  if (!decision.ok) return decision.failure.code;
  evolveAll(evolve, payment, decision.value); // No decision is impossible to apply.
  return decision.value.map((event) => (event.type === 'DeliveryCreated' ? `+${event.callbackType}` : event.type)).join(' ');
}

const fromPayIn = [accept(), answered('pay-in', 'accepted')] as const;
const toSuccess = [...fromPayIn, answered('merchant-pay-in', 'accepted')] as const;

/** Each state with the delivery that the commands of its row speak of. */
const STATES: Record<string, { payment: Payment; about: CallbackType }> = {
  unknown: { payment: UNKNOWN_PAYMENT, about: 'pay-in' },
  tombstone: { payment: after(UNKNOWN_PAYMENT, abandonClaim), about: 'pay-in' },
  'pending, pay-in waits': { payment: after(UNKNOWN_PAYMENT, accept()), about: 'pay-in' },
  'pending, merchant waits': { payment: after(UNKNOWN_PAYMENT, ...fromPayIn), about: 'merchant-pay-in' },
  'pending p2p, pay-in in review': {
    payment: after(UNKNOWN_PAYMENT, accept('p2p'), answered('pay-in', 'unclear', { lastTry: true })),
    about: 'pay-in',
  },
  'success, pay-out waits': { payment: after(UNKNOWN_PAYMENT, ...toSuccess), about: 'pay-out' },
  'success, pay-out in review': {
    payment: after(UNKNOWN_PAYMENT, ...toSuccess, answered('pay-out', 'unclear', { lastTry: true })),
    about: 'pay-out',
  },
  'success, pay-out resolved': {
    payment: after(UNKNOWN_PAYMENT, ...toSuccess, answered('pay-out', 'unclear', { lastTry: true }), resolved('pay-out', 'ABANDONED')),
    about: 'pay-out',
  },
  'success, pay-out done': { payment: after(UNKNOWN_PAYMENT, ...toSuccess, answered('pay-out', 'accepted')), about: 'pay-out' },
  'reject, pay-out waits': { payment: after(UNKNOWN_PAYMENT, accept(), answered('pay-in', 'refused')), about: 'pay-out' },
  'reject, notice waits': { payment: after(UNKNOWN_PAYMENT, ...fromPayIn, answered('merchant-pay-in', 'refused')), about: 'reject-notice' },
  'reject of a promised message': { payment: after(UNKNOWN_PAYMENT, refusePromised), about: 'pay-out' },
};

const COMMANDS: Record<string, (payment: Payment, about: CallbackType) => PaymentCommand> = {
  accept: () => accept()(),
  'refuse promised': () => refusePromised(),
  'abandon claim': () => abandonClaim(),
  '2xx': (payment, about) => answered(about, 'accepted')(payment),
  '4xx': (payment, about) => answered(about, 'refused')(payment),
  unclear: (payment, about) => answered(about, 'unclear')(payment),
  'last unclear': (payment, about) => answered(about, 'unclear', { lastTry: true })(payment),
  'late 2xx': (payment, about) => answered(about, 'accepted', { attempt: 99 })(payment),
  retry: (payment, about) => retried(about)(payment),
  ACCEPTED: (payment, about) => resolved(about, 'ACCEPTED')(payment),
  REFUSED: (payment, about) => resolved(about, 'REFUSED')(payment),
  'DELIVERED OTHERWISE': (payment, about) => resolved(about, 'DELIVERED_OTHERWISE')(payment),
  ABANDONED: (payment, about) => resolved(about, 'ABANDONED')(payment),
};

const NOBODY = 'DELIVERY_NOT_FOUND';
const STRAY = 'ATTEMPT_STRAY';
const NO_REVIEW = 'DELIVERY_NOT_IN_REVIEW';
const WRONG = 'OUTCOME_NOT_APPLICABLE';
const ANSWERED = 'DELIVERY_ALREADY_ANSWERED';
const TWICE = 'DUPLICATE_JTI';
const NOTHING = '';

/** One row per state, one column per command, in the order of COMMANDS. */
const TABLE: Record<keyof typeof STATES, readonly string[]> = {
  unknown: ['PaymentAccepted +pay-in', 'PromisedMessageRefused +pay-out', 'ClaimAbandoned', ...Array.from({ length: 10 }, () => NOBODY)],
  tombstone: ['CLAIM_ABANDONED', 'PromisedMessageRefused +pay-out', NOTHING, ...Array.from({ length: 10 }, () => NOBODY)],
  'pending, pay-in waits': [
    TWICE,
    TWICE,
    NOTHING,
    'DeliveryDone +merchant-pay-in',
    'DeliveryRefused PaymentRejected +pay-out',
    'DeliveryPostponed',
    'DeliveryExhausted PaymentRejected +pay-out +reject-notice',
    STRAY,
    NO_REVIEW,
    NO_REVIEW,
    NO_REVIEW,
    WRONG,
    WRONG,
  ],
  'pending, merchant waits': [
    TWICE,
    TWICE,
    NOTHING,
    'DeliveryDone PaymentSucceeded +pay-out +credit',
    'DeliveryRefused PaymentRejected +pay-out +reject-notice',
    'DeliveryPostponed',
    'DeliveryExhausted PaymentRejected +pay-out +reject-notice +reject-notice',
    STRAY,
    NO_REVIEW,
    NO_REVIEW,
    NO_REVIEW,
    WRONG,
    WRONG,
  ],
  'pending p2p, pay-in in review': [
    TWICE,
    TWICE,
    NOTHING,
    STRAY,
    STRAY,
    STRAY,
    STRAY,
    STRAY,
    'DeliveryRetriedByOperations',
    'DeliveryResolvedByOperations PaymentSucceeded +pay-out',
    'DeliveryResolvedByOperations PaymentRejected +pay-out +reject-notice',
    WRONG,
    WRONG,
  ],
  'success, pay-out waits': [
    TWICE,
    TWICE,
    NOTHING,
    'DeliveryDone DeliveryBroughtForward',
    'DeliveryPostponed DeliveryBroughtForward',
    'DeliveryPostponed DeliveryBroughtForward',
    'DeliveryParked DeliveryBroughtForward',
    STRAY,
    NO_REVIEW,
    WRONG,
    WRONG,
    NO_REVIEW,
    NO_REVIEW,
  ],
  'success, pay-out in review': [
    TWICE,
    TWICE,
    NOTHING,
    STRAY,
    STRAY,
    STRAY,
    STRAY,
    STRAY,
    'DeliveryRetriedByOperations',
    WRONG,
    WRONG,
    'DeliveryResolvedByOperations',
    'DeliveryResolvedByOperations',
  ],
  'success, pay-out resolved': [
    TWICE,
    TWICE,
    NOTHING,
    STRAY,
    STRAY,
    STRAY,
    STRAY,
    STRAY,
    NO_REVIEW,
    WRONG,
    WRONG,
    'DELIVERY_ALREADY_RESOLVED',
    NOTHING,
  ],
  'success, pay-out done': [TWICE, TWICE, NOTHING, STRAY, STRAY, STRAY, STRAY, STRAY, NO_REVIEW, WRONG, WRONG, ANSWERED, ANSWERED],
  'reject, pay-out waits': [
    TWICE,
    TWICE,
    NOTHING,
    'DeliveryDone',
    'DeliveryPostponed',
    'DeliveryPostponed',
    'DeliveryParked',
    STRAY,
    NO_REVIEW,
    WRONG,
    WRONG,
    NO_REVIEW,
    NO_REVIEW,
  ],
  'reject, notice waits': [
    TWICE,
    TWICE,
    NOTHING,
    'DeliveryDone',
    'DeliveryPostponed',
    'DeliveryPostponed',
    'DeliveryFailed',
    STRAY,
    NO_REVIEW,
    WRONG,
    WRONG,
    NO_REVIEW,
    NO_REVIEW,
  ],
  'reject of a promised message': [
    TWICE,
    TWICE,
    NOTHING,
    'DeliveryDone',
    'DeliveryPostponed',
    'DeliveryPostponed',
    'DeliveryParked',
    STRAY,
    NO_REVIEW,
    WRONG,
    WRONG,
    NO_REVIEW,
    NO_REVIEW,
  ],
};

describe('every command in every state', () => {
  const names = Object.keys(COMMANDS);
  for (const [state, row] of Object.entries(TABLE)) {
    it(`${state}: one answer per command`, () => {
      expect(row).toHaveLength(names.length);
      const start = STATES[state];
      if (!start) throw new Error(`no state ${state}`);
      const said = names.map((name) => `${name}: ${saying(start.payment, commandNamed(name)(start.payment, start.about))}`);
      expect(said).toEqual(names.map((name, column) => `${name}: ${row[column]}`));
    });
  }

  it('has a row for every state of a payment', () => {
    expect(new Set(Object.values(STATES).map(({ payment }) => payment.state))).toEqual(new Set(Object.keys(TRANSITIONS)));
  });
});

function commandNamed(name: string): (payment: Payment, about: CallbackType) => PaymentCommand {
  const command = COMMANDS[name];
  if (!command) throw new Error(`no command ${name}`);
  return command;
}

describe('who is told of a reject', () => {
  const told = (payment: Payment) =>
    isKnown(payment)
      ? payment.deliveries.flatMap((one) =>
          one.state === 'WAITING' ? [{ to: one.receiver, type: one.callbackType, sequence: one.sequence }] : [],
        )
      : [];

  it('a receiver bank that refused gets no notice', () => {
    const payment = after(UNKNOWN_PAYMENT, accept(), answered('pay-in', 'unclear'), answered('pay-in', 'refused'));
    expect(told(payment)).toEqual([{ to: INITIATOR, type: 'pay-out', sequence: 2 }]);
  });

  it('a receiver bank that accepted gets a notice when the merchant refuses; the merchant does not', () => {
    const payment = after(UNKNOWN_PAYMENT, ...fromPayIn, answered('merchant-pay-in', 'refused'));
    expect(told(payment)).toEqual([
      { to: INITIATOR, type: 'pay-out', sequence: 3 },
      { to: RECEIVER, type: 'reject-notice', sequence: 4 },
    ]);
  });

  it('both get one when the merchant never answered', () => {
    const payment = after(UNKNOWN_PAYMENT, ...fromPayIn, answered('merchant-pay-in', 'unclear', { lastTry: true }));
    expect(told(payment).map(({ to }) => to)).toEqual([INITIATOR, RECEIVER, MERCHANT]);
  });

  it('of a promised message that was refused, only the initiator bank hears', () => {
    expect(told(after(UNKNOWN_PAYMENT, refusePromised))).toEqual([{ to: INITIATOR, type: 'pay-out', sequence: 1 }]);
  });
});

describe('after the point of no return', () => {
  it('a second 4xx in a row goes to manual review', () => {
    const once = after(UNKNOWN_PAYMENT, ...toSuccess, answered('pay-out', 'refused'));
    expect(delivery(once, 'pay-out')?.state).toBe('WAITING');
    expect(delivery(after(once, answered('pay-out', 'refused')), 'pay-out')?.state).toBe('PARKED');
  });

  it('a 4xx after another answer is not the second in a row', () => {
    const payment = after(
      UNKNOWN_PAYMENT,
      ...toSuccess,
      answered('pay-out', 'refused'),
      answered('pay-out', 'unclear'),
      answered('pay-out', 'refused'),
    );
    expect(delivery(payment, 'pay-out')?.state).toBe('WAITING');
  });

  it('Credit is due 15 seconds later while nothing is heard of Pay-out', () => {
    const payment = after(UNKNOWN_PAYMENT, ...toSuccess, answered('pay-out', 'unclear', { status: null }));
    expect(delivery(payment, 'credit')).toMatchObject({ state: 'WAITING', dueAtMs: AT + CREDIT_WAIT_MS });
  });

  it('Credit is due at the first HTTP answer to Pay-out, whatever it says', () => {
    const payment = after(UNKNOWN_PAYMENT, ...toSuccess, answered('pay-out', 'unclear', { status: 500, atMs: AT + 3000 }));
    expect(delivery(payment, 'credit')).toMatchObject({ dueAtMs: AT + 3000 });
  });

  it('an answer after those 15 seconds leaves Credit to its own schedule', () => {
    const payment = after(UNKNOWN_PAYMENT, ...toSuccess);
    expect(saying(payment, answered('pay-out', 'accepted', { atMs: AT + CREDIT_WAIT_MS })(payment))).toBe('DeliveryDone');
  });

  it('one more try by operations is one: without an answer the delivery is in review again', () => {
    const retry = after(STATES['success, pay-out in review']?.payment ?? UNKNOWN_PAYMENT, retried('pay-out'));
    expect(saying(retry, retried('pay-out')(retry))).toBe(NOTHING);
    expect(saying(retry, answered('pay-out', 'unclear')(retry))).toContain('DeliveryParked');
  });
});

describe('p2p and returns', () => {
  it.each([
    ['p2p', '+pay-out'],
    // The merchant asked for the return, or its bank was asked for it.
    ['return', '+pay-out +merchant-pay-out'],
  ] as const)('of a %s payment the 2xx of the receiver bank is the point of no return', (pmType, callbacks) => {
    const payment = after(UNKNOWN_PAYMENT, accept(pmType));
    expect(saying(payment, answered('pay-in', 'accepted')(payment))).toBe(`DeliveryDone PaymentSucceeded ${callbacks}`);
    expect(saying(payment, answered('pay-in', 'refused')(payment))).toBe(`DeliveryRefused PaymentRejected ${callbacks}`);
  });

  it('a return of a payment between people has no merchant to tell', () => {
    const payment = after(UNKNOWN_PAYMENT, () => ({
      type: 'accept',
      facts: { ...facts('return'), merchantUid: null },
      freshIds: freshIds(),
      atMs: AT,
    }));
    expect(saying(payment, answered('pay-in', 'accepted')(payment))).toBe('DeliveryDone PaymentSucceeded +pay-out');
  });

  it('whoever may believe in a return that was rejected after an unknown try is told, beside bank and merchant', () => {
    const parked = after(UNKNOWN_PAYMENT, accept('return'), answered('pay-in', 'unclear', { lastTry: true }));
    expect(saying(parked, resolved('pay-in', 'REFUSED')(parked))).toBe(
      'DeliveryResolvedByOperations PaymentRejected +pay-out +merchant-pay-out +reject-notice',
    );
  });

  it('a merchant that will not hear of a return holds nobody up: the callback is closed and shown', () => {
    const returned = after(UNKNOWN_PAYMENT, accept('return'), answered('pay-in', 'accepted'));
    expect(saying(returned, answered('merchant-pay-out', 'refused')(returned))).toBe('DeliveryPostponed');
    expect(saying(returned, answered('merchant-pay-out', 'refused', { lastTry: true })(returned))).toBe('DeliveryFailed');
  });

  it('a 4xx rejects only where no earlier try ended unknown', () => {
    const none = { attempts: 1, lastAnswer: 'refused', refusedInRow: 1, unclearTries: 0, httpAnswers: 1 } as const;
    expect(effectOf('p2p', 'pay-in', { answer: 'refused', lastTry: false, tries: none })).toBe('reject');
    expect(effectOf('p2p', 'pay-in', { answer: 'refused', lastTry: false, tries: { ...none, unclearTries: 1 } })).toBe('review');
  });
});

describe('whatever the receivers answer', () => {
  const anyAnswers = array(record({ answer: constantFrom<Answer>('accepted', 'refused', 'unclear'), lastTry: boolean() }), {
    minLength: 1,
    maxLength: 60,
  });

  it('a payment reaches one result and never leaves it, and every delivery ends', () => {
    assert(
      property(anyAnswers, constantFrom<PmType>('trade', 'p2p', 'return'), (answers, pmType) => {
        let payment = after(UNKNOWN_PAYMENT, accept(pmType));
        const history: PaymentEvent['type'][] = [];
        for (const { answer, lastTry } of [
          ...answers,
          ...Array.from({ length: 6 }, () => ({ answer: 'accepted' as const, lastTry: true })),
        ]) {
          const waiting = isKnown(payment) ? payment.deliveries.find((one) => one.state === 'WAITING') : undefined;
          if (!waiting) break;
          const tried = { attempt: waiting.tries.attempts + 1, answer, status: STATUS[answer] };
          const events = valueOf(
            decide(payment, {
              type: 'record-answer',
              deliveryId: waiting.id,
              tried,
              lastTry,
              retryAtMs: AT,
              freshIds: freshIds(),
              atMs: AT,
            }),
          );
          history.push(...events.map(({ type }) => type));
          payment = evolveAll(evolve, payment, events);
        }
        const results = history.filter((type) => type === 'PaymentSucceeded' || type === 'PaymentRejected');
        const inReview = isKnown(payment) && payment.deliveries.some(({ state }) => state === 'PARKED');
        expect(results.length === 1 || (results.length === 0 && payment.state === 'PENDING' && inReview)).toBe(true);
        expect(isKnown(payment) && payment.deliveries.every(({ state }) => state !== 'WAITING')).toBe(true);
        expect(isKnown(payment) && payment.deliveries.map(({ sequence }) => sequence)).toEqual(
          isKnown(payment) ? payment.deliveries.map((_, index) => index + 1) : [],
        );
      }),
    );
  });
});

it.each([
  ['trade', 'order'],
  ['p2p', 'order'],
  ['return', null],
] as const)('a %s payment holds %s', (pmType, held) => {
  expect(heldOrderOf(facts(pmType))).toBe(held);
});
