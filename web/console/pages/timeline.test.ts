import { expect, test } from 'vitest';

import { type PaymentFacts, receiptOf, timelineOf } from './timeline.ts';

const at = (ms: number) => new Date(Date.parse('2026-11-29T10:00:00.000Z') + ms).toISOString();

type Delivery = PaymentFacts['deliveries'][number];

function aDelivery(o: Partial<Delivery> = {}): Delivery {
  return {
    deliveryId: 'd-1',
    callbackType: 'PAY_IN',
    state: 'DONE',
    attemptCount: 1,
    outcome: null,
    outcomeReason: null,
    updatedAt: at(900),
    receiverBank: { guid: 'payee' },
    receiverMerchant: null,
    request: { token: 'a.b.c' },
    attempts: [anAttempt(100)],
    ...o,
  } as Delivery; // What the timeline reads of a delivery.
}

function anAttempt(ms: number, o: Partial<Delivery['attempts'][number]> = {}): Delivery['attempts'][number] {
  return {
    attempt: 1,
    startedAt: at(ms),
    durationMs: 12,
    httpStatus: 200,
    answer: 'ACCEPTED',
    error: null,
    answerSha256: null,
    address: 'https://bank.example/pay-in',
    answerBody: null,
    stray: false,
    ...o,
  };
}

function aPayment(deliveries: Delivery[], o: Partial<PaymentFacts> = {}): PaymentFacts {
  return {
    guid: 'p-1',
    createdAt: at(0),
    externalId: 'x-1',
    reason: null,
    reasonCode: null,
    pmType: 'TRADE',
    message: null,
    initiatorBank: { guid: 'payer' },
    receiverBank: { guid: 'payee' },
    deliveries,
    ...o,
  } as PaymentFacts; // What the timeline reads of a payment.
}

const event = (
  type: 'PAYMENT_ACCEPTED' | 'CALLBACK_ANSWERED' | 'PAYMENT_SUCCEEDED' | 'PAYMENT_REJECTED' | 'DELIVERY_PARKED',
  ms: number,
) => ({
  sequence: String(ms),
  paymentVersion: 1,
  type,
  occurredAt: at(ms),
  status: 'PENDING' as const,
});

test('what one transaction did stands in the order of its causes', () => {
  const steps = timelineOf(aPayment([aDelivery()]), [
    event('PAYMENT_ACCEPTED', 0),
    event('CALLBACK_ANSWERED', 112),
    event('PAYMENT_SUCCEEDED', 200),
  ]);
  expect(steps.map(({ title }) => title)).toEqual([
    'Payment message received',
    'Payment pending, order in progress',
    'Pay-in to the receiver bank',
    'Payment succeeded',
  ]);
});

test.each([
  ['a bank that receives', aDelivery(), 'payee'],
  ['a bank that pays', aDelivery({ callbackType: 'PAY_OUT', receiverBank: { guid: 'payer' } }), 'payer'],
  ['a merchant', aDelivery({ callbackType: 'MERCHANT_PAY_IN', receiverBank: null, receiverMerchant: { uid: 'm' } }), 'shop'],
] as const)('a callback to %s goes to its lane', (_who, delivery, lane) => {
  const [, step] = timelineOf(aPayment([delivery]), []);
  expect(step?.mark).toEqual({ kind: 'arrow', from: 'hub', to: lane });
});

test('where one bank is both sides, the callback says which part it is told in', () => {
  const both = { initiatorBank: { guid: 'one' }, receiverBank: { guid: 'one' } };
  const deliveries = [aDelivery({ receiverBank: { guid: 'one' } }), aDelivery({ callbackType: 'PAY_OUT', receiverBank: { guid: 'one' } })];
  const lanes = timelineOf(aPayment(deliveries, both), []).map(({ mark }) => (mark.kind === 'arrow' ? mark.to : null));
  expect(lanes).toEqual(['hub', 'payee', 'payer']);
});

test('a try without an answer says why, and the next one stands behind it', () => {
  const attempts = [anAttempt(100, { answer: 'UNCLEAR', httpStatus: null, error: 'timeout' }), anAttempt(2_100, { attempt: 2 })];
  const steps = timelineOf(aPayment([aDelivery({ attempts })]), []).slice(1);
  expect(steps.map(({ tone, chip }) => [tone, chip])).toEqual([
    ['bad', 'timeout in 12 ms'],
    ['ok', '200 in 12 ms'],
  ]);
});

test('a reject says why, manual review that it waits, a decision what was decided', () => {
  const delivery = aDelivery({ state: 'RESOLVED', outcome: 'DELIVERED_OTHERWISE', outcomeReason: 'told by phone' });
  const payment = aPayment([delivery], { reason: 'The account is closed', reasonCode: 'AC04' });
  const steps = timelineOf(payment, [event('PAYMENT_REJECTED', 300), event('DELIVERY_PARKED', 400)]);
  expect(steps.slice(2).map(({ title, note }) => [title, note])).toEqual([
    ['Payment rejected', 'The account is closed'],
    ['A delivery went to manual review', 'version 1 of the payment'],
    ['Decided by a person: delivered otherwise', 'Pay-in to the receiver bank · told by phone'],
  ]);
});

const MESSAGE = { text: '{"jwt":"a.b.c"}', sha256: 'h', kid: 'k', receivedAt: at(0), mode: 'PROMISED' } as const;

test('what was received is shown to whoever may read it, with the answer that it got', () => {
  const [shown] = timelineOf(aPayment([], { message: MESSAGE }), []);
  expect(shown?.said).toEqual({
    key: 'received',
    way: 'in',
    bytes: MESSAGE.text,
    answer: '202, promised, with a receipt signed by the edge',
  });
  expect(shown?.facts).toContainEqual(['SHA-256', 'h']);
  const [hidden] = timelineOf(aPayment([]), []);
  expect([hidden?.said, hidden?.chip]).toEqual([undefined, 'accepted']);
  const [forgotten] = timelineOf(aPayment([], { message: { ...MESSAGE, text: null } }), []);
  expect(forgotten?.said?.bytes).toBeNull();
});

test('a receipt is spoken of where the hub knows of one', () => {
  expect(receiptOf({ pmType: 'TRADE', message: { ...MESSAGE, mode: 'ANSWERED' } })).toMatch(
    /^200, or 202 .* a receipt signed by the edge$/,
  );
  expect(receiptOf({ pmType: 'P2P', message: MESSAGE })).toBe('202, promised, with an answer signed by the edge');
  expect(receiptOf({ pmType: 'TRADE', message: { ...MESSAGE, mode: null } })).toBeNull();
  expect(receiptOf({ pmType: 'TRADE', message: null })).toBeNull();
});

test('a try shows where it went, what it said and how its answer began', () => {
  const attempts = [
    anAttempt(100, { httpStatus: null, answer: 'UNCLEAR', error: 'TIMEOUT' }),
    anAttempt(2_100, { attempt: 2, answerBody: '{"ok":true}' }),
  ];
  const said = timelineOf(aPayment([aDelivery({ attempts })]), []).map((step) => step.said);
  expect(said.slice(1)).toEqual([
    { key: 'd-1', way: 'out', bytes: 'POST https://bank.example/pay-in\n\n{"jwt":"a.b.c"}', answer: 'No answer: TIMEOUT' },
    { key: 'd-1', way: 'out', bytes: 'POST https://bank.example/pay-in\n\n{"jwt":"a.b.c"}', answer: 'HTTP 200\n\n{"ok":true}' },
  ]);
  const [, forgotten] = timelineOf(aPayment([aDelivery({ request: null })]), []);
  expect(forgotten?.said).toMatchObject({ bytes: null, answer: 'HTTP 200' });
});
