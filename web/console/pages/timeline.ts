import type { CallbackType, OnePaymentQuery, PaymentDeliveryFragment, PaymentMessageMode } from '../generated/documents.ts';
import type { Tone } from '../parts/chip.tsx';

export type PaymentFacts = NonNullable<OnePaymentQuery['payment']>;
type PaymentEvents = OnePaymentQuery['paymentEvents']['nodes'];
type Attempt = PaymentDeliveryFragment['attempts'][number];

/** Who stands in which column of the sequence. */
export const LANES = ['payer', 'hub', 'payee', 'shop'] as const;
export type Lane = (typeof LANES)[number];

/** One line of the causal timeline: a message between two lanes, or something that happened at the hub. */
export interface Step {
  readonly key: string;
  readonly at: string;
  readonly title: string;
  readonly note: string;
  readonly tone: Tone;
  readonly chip: string;
  readonly mark: { readonly kind: 'arrow'; readonly from: Lane; readonly to: Lane } | { readonly kind: 'ring' };
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** The message of this line, where there is one to show. */
  readonly said?: Said;
}

/** A message as its bytes, and what was answered to it. */
export interface Said {
  /** Names its check (payment-checks.ts). */
  readonly key: string;
  readonly way: 'in' | 'out';
  readonly bytes: string | null;
  readonly answer: string | null;
}

/** What its bank was answered, and given in writing. The receipt itself is the bank's; the hub keeps no copy of it for long. */
const RECEIPTS: Readonly<Record<PaymentMessageMode, string>> = {
  ANSWERED: '200, or 202 where the answer came too late',
  PROMISED: '202, promised',
  REFUSED: '202, promised; then refused by operations',
};

/** That a receipt was given, if that is known. */
export function receiptOf({ message, pmType }: Pick<PaymentFacts, 'message' | 'pmType'>): string | null {
  if (!message?.mode) return null;
  return `${RECEIPTS[message.mode]}, with ${pmType === 'P2P' ? 'an answer' : 'a receipt'} signed by the edge`;
}

const CALLBACKS: Readonly<Record<CallbackType, string>> = {
  PAY_IN: 'Pay-in to the receiver bank',
  MERCHANT_PAY_IN: 'Pay-in to the merchant',
  PAY_OUT: 'Pay-out to the initiator bank',
  CREDIT: 'Credit to the receiver bank',
  REJECT_NOTICE: 'Notice of the reject',
  MERCHANT_PAY_OUT: 'Pay-out to the merchant',
  RETURN_REQUEST: 'Request for a return',
  LINK_CREDITOR: 'Does the bank know this number?',
  PAY_REQUEST: 'Pay request',
};

export function callbackTitle(type: CallbackType): string {
  return CALLBACKS[type];
}

const TIE: Readonly<Record<string, number>> = { received: 0, event: 1, attempt: 2, decision: 3 };

/** Everything that happened to a payment, in the order in which it happened: what is one transaction stands in the order of its causes. */
export function timelineOf(payment: PaymentFacts, events: PaymentEvents): Step[] {
  const steps: (Step & { readonly kind: string })[] = [
    { kind: 'received', ...received(payment) },
    ...events.flatMap((event) => eventSteps(event, payment)).map((step) => ({ kind: 'event', ...step })),
    ...payment.deliveries.flatMap((delivery) =>
      delivery.attempts.map((attempt, index) => ({ kind: 'attempt', ...attemptStep({ payment, delivery, attempt, index }) })),
    ),
    ...payment.deliveries.flatMap(decisionSteps).map((step) => ({ kind: 'decision', ...step })),
  ];
  return steps.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at) || (TIE[a.kind] ?? 0) - (TIE[b.kind] ?? 0));
}

function received(payment: PaymentFacts): Step {
  const { guid, createdAt, externalId, message } = payment;
  return {
    key: 'received',
    at: createdAt,
    title: 'Payment message received',
    note: `external id ${externalId}`,
    tone: 'ok',
    chip: 'accepted',
    mark: { kind: 'arrow', from: 'payer', to: 'hub' },
    facts: [
      ['Payment guid', guid],
      ['External id of the bank', externalId],
      ...(message
        ? ([
            ['Received at the edge', message.receivedAt],
            ['SHA-256', message.sha256],
            ['Key', message.kid],
          ] as const)
        : []),
    ],
    ...(message ? { said: { key: 'received', way: 'in', bytes: message.text, answer: receiptOf(payment) } } : {}),
  };
}

function eventSteps({ sequence, type, occurredAt, paymentVersion }: PaymentEvents[number], { reason, reasonCode }: PaymentFacts): Step[] {
  const base = { key: `event ${sequence}`, at: occurredAt, mark: { kind: 'ring' } as const };
  const note = `version ${paymentVersion} of the payment`;
  const facts = [
    ['Event', `${type}, number ${sequence}`],
    ['Version of the payment', String(paymentVersion)],
  ] as const;
  switch (type) {
    case 'PAYMENT_ACCEPTED':
      return [{ ...base, title: 'Payment pending, order in progress', note, tone: 'calm', chip: 'committed', facts }];
    case 'PAYMENT_SUCCEEDED':
      return [{ ...base, title: 'Payment succeeded', note, tone: 'ok', chip: 'final', facts }];
    case 'PAYMENT_REJECTED':
      return [
        {
          ...base,
          title: 'Payment rejected',
          note: reason ?? note,
          tone: 'bad',
          chip: 'final',
          facts: [...facts, ['Reason', `${reason ?? ''} (${reasonCode ?? ''})`]],
        },
      ];
    case 'DELIVERY_PARKED':
      return [{ ...base, title: 'A delivery went to manual review', note, tone: 'warn', chip: 'waits for a person', facts }];
    // The tries themselves are shown.
    case 'CALLBACK_ANSWERED':
      return [];
    case 'RETURN_REQUESTED':
      return [{ ...base, title: 'A return was asked for', note, tone: 'wait', chip: 'requested', facts }];
    case 'RETURN_SUCCEEDED':
      return [{ ...base, title: 'Money was returned', note, tone: 'ok', chip: 'returned', facts }];
    case 'RETURN_REJECTED':
      return [{ ...base, title: 'The return was rejected', note, tone: 'bad', chip: 'rejected', facts }];
    case 'RETURN_CANCELED':
      return [{ ...base, title: 'The request for a return was taken back', note, tone: 'calm', chip: 'canceled', facts }];
    default:
      return type satisfies never;
  }
}

function attemptStep(o: {
  readonly payment: PaymentFacts;
  readonly delivery: PaymentDeliveryFragment;
  readonly attempt: Attempt;
  readonly index: number;
}): Step {
  const { payment, delivery, attempt, index } = o;
  const { answer, httpStatus, durationMs, error } = attempt;
  const tone = { ACCEPTED: 'ok', REFUSED: 'bad', UNCLEAR: 'bad' } as const;
  const told = httpStatus === null ? (error ?? 'no answer') : String(httpStatus);
  return {
    key: `attempt ${delivery.deliveryId} ${index}`,
    at: attempt.startedAt,
    title: callbackTitle(delivery.callbackType),
    note: `attempt ${attempt.attempt}${attempt.stray ? ', came back too late to count' : ''}`,
    tone: tone[answer],
    chip: `${told} in ${durationMs} ms`,
    mark: { kind: 'arrow', from: 'hub', to: laneOf(payment, delivery) },
    facts: [
      ['Callback guid', delivery.deliveryId],
      ['Answer', `${answer.toLowerCase()}${httpStatus === null ? '' : `, HTTP ${httpStatus}`}`],
      ['Took', `${durationMs} ms`],
      ...(error === null ? [] : [['No answer because', error] as const]),
      ...(attempt.answerSha256 === null ? [] : [['SHA-256 of the answer', attempt.answerSha256] as const]),
    ],
    said: saidBy(delivery, attempt),
  };
}

function saidBy({ deliveryId, request }: PaymentDeliveryFragment, { address, httpStatus, answerBody, error }: Attempt): Said {
  const line = `POST ${address ?? '(no address)'}`;
  return {
    key: deliveryId,
    way: 'out',
    bytes: request === null ? null : `${line}\n\n{"jwt":"${request.token}"}`,
    answer:
      httpStatus === null
        ? `No answer: ${error ?? 'unknown'}`
        : [`HTTP ${httpStatus}`, ...(answerBody === null ? [] : [answerBody])].join('\n\n'),
  };
}

function laneOf(
  { initiatorBank, receiverBank }: PaymentFacts,
  { callbackType, receiverBank: told, receiverMerchant }: PaymentDeliveryFragment,
): Lane {
  if (receiverMerchant) return 'shop';
  // One bank may be both sides: then the callback says in which part it is told.
  if (initiatorBank?.guid === receiverBank?.guid) return callbackType === 'PAY_OUT' ? 'payer' : 'payee';
  return told?.guid === initiatorBank?.guid ? 'payer' : 'payee';
}

function decisionSteps({ deliveryId, state, outcome, outcomeReason, updatedAt, callbackType }: PaymentDeliveryFragment): Step[] {
  if (state !== 'RESOLVED' || outcome === null) return [];
  return [
    {
      key: `decision ${deliveryId}`,
      at: updatedAt,
      title: `Decided by a person: ${outcome.toLowerCase().replaceAll('_', ' ')}`,
      note: `${callbackTitle(callbackType)} · ${outcomeReason ?? ''}`,
      tone: 'calm',
      chip: 'resolved',
      mark: { kind: 'ring' },
      facts: [
        ['Callback guid', deliveryId],
        ['Reason', outcomeReason ?? ''],
      ],
    },
  ];
}
