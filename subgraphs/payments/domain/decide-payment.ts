import { evolveAll } from '../../../kernel/core/decider.ts';
import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import { type CascadeRejectCode, CREDIT_WAIT_MS, effectOf, isPayIn, rejectCodeOf } from './cascade.ts';
import type { FreshIds, PaymentCommand, PaymentFailure } from './commands.ts';
import type { CallbackType, Delivery, Receiver, ReviewOutcome, Tries, WaitingDelivery } from './delivery.ts';
import { OTHER_OUTCOMES, PAY_IN_OUTCOMES, withTry } from './delivery.ts';
import type { PaymentEvent, Start } from './events.ts';
import { evolve } from './evolve-payment.ts';
import { isKnown, type KnownPayment, type Payment, type PaymentFacts } from './payment.ts';

type Decision = Result<readonly PaymentEvent[], PaymentFailure>;
type CommandOf<T extends PaymentCommand['type']> = Extract<PaymentCommand, { type: T }>;

/** What a command does to a payment. No events: it is so already. */
export function decide(payment: Payment, command: PaymentCommand): Decision {
  switch (command.type) {
    case 'accept':
      return accept(payment, command);
    case 'refuse-promised':
      return refusePromised(payment, command);
    case 'abandon-claim':
      return ok(payment.state === 'UNKNOWN' ? [{ type: 'ClaimAbandoned', atMs: command.atMs }] : []);
    case 'record-answer':
      return recordAnswer(payment, command);
    case 'retry-delivery':
      return retryDelivery(payment, command);
    case 'resolve-delivery':
      return resolveDelivery(payment, command);
    default:
      return command satisfies never;
  }
}

function accept(payment: Payment, { facts, freshIds, atMs }: CommandOf<'accept'>): Decision {
  if (payment.state === 'TOMBSTONE') return fail({ code: 'CLAIM_ABANDONED' });
  if (payment.state !== 'UNKNOWN') return fail({ code: 'DUPLICATE_JTI' });
  return ok(planning([{ type: 'PaymentAccepted', facts, atMs }], [callback('pay-in', receiverBank(facts), atMs)], { before: 0, freshIds }));
}

function refusePromised(payment: Payment, { facts, reasonCode, freshIds, atMs }: CommandOf<'refuse-promised'>): Decision {
  if (isKnown(payment)) return fail({ code: 'DUPLICATE_JTI' });
  const refused: PaymentEvent = { type: 'PromisedMessageRefused', facts, reasonCode, atMs };
  return ok(planning([refused], [callback('pay-out', initiatorBank(facts), atMs)], { before: 0, freshIds }));
}

function recordAnswer(payment: Payment, command: CommandOf<'record-answer'>): Decision {
  const delivery = deliveryOf(payment, command.deliveryId);
  if (!isKnown(payment) || !delivery) return fail({ code: 'DELIVERY_NOT_FOUND' });
  if (delivery.state !== 'WAITING' || command.tried.attempt !== delivery.tries.attempts + 1) return fail({ code: 'ATTEMPT_STRAY' });
  const { tried, atMs, freshIds } = command;
  const tries = withTry(delivery.tries, tried.answer, { httpAnswered: tried.status !== null });
  const effect = effectOf(payment.facts.pmType, delivery.callbackType, {
    answer: tried.answer,
    lastTry: command.lastTry || delivery.oneMore,
    tries,
  });
  const what = { deliveryId: delivery.id, tried };
  const forward = broughtForward(payment, delivery, tries, atMs);
  switch (effect) {
    case 'retry':
      return ok([{ type: 'DeliveryPostponed', ...what, dueAtMs: command.retryAtMs }, ...forward]);
    case 'done':
      return ok([{ type: 'DeliveryDone', ...what }, ...forward]);
    case 'review':
      return ok([{ type: 'DeliveryParked', ...what }, ...forward]);
    case 'close':
      return ok([{ type: 'DeliveryFailed', ...what }]);
    case 'next': {
      const next = callback('merchant-pay-in', merchant(payment.facts), atMs);
      return ok(planning([{ type: 'DeliveryDone', ...what }], [next], { before: payment.deliveries.length, freshIds }));
    }
    case 'succeed':
      return ok(succeeding(payment, { type: 'DeliveryDone', ...what }, { atMs, freshIds }));
    case 'reject': {
      const refused = tried.answer === 'refused';
      const end: PaymentEvent = { type: refused ? 'DeliveryRefused' : 'DeliveryExhausted', ...what };
      return ok(rejecting(payment, end, rejectCode(delivery.callbackType, refused ? 'refused' : 'unanswered'), { atMs, freshIds }));
    }
    default:
      return effect satisfies never;
  }
}

function retryDelivery(payment: Payment, { deliveryId, atMs }: CommandOf<'retry-delivery'>): Decision {
  const delivery = deliveryOf(payment, deliveryId);
  if (!delivery) return fail({ code: 'DELIVERY_NOT_FOUND' });
  if (delivery.state === 'WAITING' && delivery.oneMore) return ok([]);
  if (delivery.state !== 'PARKED') return fail({ code: 'DELIVERY_NOT_IN_REVIEW' });
  return ok([{ type: 'DeliveryRetriedByOperations', deliveryId, atMs }]);
}

function resolveDelivery(payment: Payment, command: CommandOf<'resolve-delivery'>): Decision {
  const { deliveryId, outcome, reason, atMs, freshIds } = command;
  const delivery = deliveryOf(payment, deliveryId);
  if (!isKnown(payment) || !delivery) return fail({ code: 'DELIVERY_NOT_FOUND' });
  if (!outcomesOf(delivery.callbackType).includes(outcome)) return fail({ code: 'OUTCOME_NOT_APPLICABLE' });
  if (delivery.state === 'RESOLVED') return delivery.outcome === outcome ? ok([]) : fail({ code: 'DELIVERY_ALREADY_RESOLVED' });
  if (delivery.state === 'DONE' || delivery.state === 'REFUSED') return fail({ code: 'DELIVERY_ALREADY_ANSWERED' });
  if (delivery.state !== 'PARKED') return fail({ code: 'DELIVERY_NOT_IN_REVIEW' });
  const resolved: PaymentEvent = { type: 'DeliveryResolvedByOperations', deliveryId, outcome, reason, atMs };
  switch (outcome) {
    case 'ACCEPTED':
      return ok(succeeding(payment, resolved, { atMs, freshIds }));
    case 'REFUSED':
      return ok(rejecting(payment, resolved, rejectCode(delivery.callbackType, 'refused'), { atMs, freshIds }));
    case 'DELIVERED_OTHERWISE':
    case 'ABANDONED':
      return ok([resolved]);
    default:
      return outcome satisfies never;
  }
}

/** The point of no return: the result and the callbacks that tell it, in one list for one commit. */
function succeeding(payment: KnownPayment, first: PaymentEvent, { atMs, freshIds }: { atMs: number; freshIds: FreshIds }): PaymentEvent[] {
  const { facts } = payment;
  const callbacks = [callback('pay-out', initiatorBank(facts), atMs)];
  if (facts.pmType === 'trade') {
    callbacks.push({ callbackType: 'credit', receiver: receiverBank(facts), start: 'when-due', dueAtMs: atMs + CREDIT_WAIT_MS });
  }
  callbacks.push(...toldToMerchant(facts, atMs));
  return planning([first, { type: 'PaymentSucceeded', atMs }], callbacks, { before: payment.deliveries.length, freshIds });
}

/** Every transition to REJECT tells the initiator bank, and whoever may believe that the payment goes on. */
function rejecting(
  payment: KnownPayment,
  first: PaymentEvent,
  reasonCode: CascadeRejectCode,
  { atMs, freshIds }: { atMs: number; freshIds: FreshIds },
): PaymentEvent[] {
  const after = evolveAll(evolve, payment, [first]);
  const told = isKnown(after) ? after.deliveries.filter(mayBelieveInThePayment) : [];
  const callbacks = [
    callback('pay-out', initiatorBank(payment.facts), atMs),
    ...toldToMerchant(payment.facts, atMs),
    ...told.map(({ receiver }) => callback('reject-notice', receiver, atMs)),
  ];
  const rejected: PaymentEvent = { type: 'PaymentRejected', reasonCode, atMs };
  return planning([first, rejected], callbacks, { before: payment.deliveries.length, freshIds });
}

/** The merchant whose money a return gives back asked nobody and was asked nothing: it is told the result as its bank is. */
function toldToMerchant(facts: PaymentFacts, atMs: number): readonly Callback[] {
  return facts.pmType === 'return' && facts.merchantUid !== null ? [callback('merchant-pay-out', merchant(facts), atMs)] : [];
}

/** Was sent an attempt, and did not say no to it last. */
function mayBelieveInThePayment({ callbackType, tries }: Delivery): boolean {
  return isPayIn(callbackType) && tries.attempts > 0 && tries.lastAnswer !== 'refused';
}

/** Credit waits for the first answer of any kind to Pay-out, unless its own moment has come already. */
function broughtForward(payment: KnownPayment, answered: Delivery, tries: Tries, atMs: number): PaymentEvent[] {
  if (payment.state !== 'SUCCESS' || answered.callbackType !== 'pay-out') return [];
  if (tries.httpAnswers !== 1 || answered.tries.httpAnswers !== 0 || atMs >= payment.succeededAtMs + CREDIT_WAIT_MS) return [];
  const credit = payment.deliveries.find(isUntouchedCredit);
  return credit ? [{ type: 'DeliveryBroughtForward', deliveryId: credit.id, atMs }] : [];
}

function isUntouchedCredit(delivery: Delivery): delivery is WaitingDelivery {
  return delivery.callbackType === 'credit' && delivery.state === 'WAITING' && delivery.tries.attempts === 0;
}

interface Callback {
  readonly callbackType: CallbackType;
  readonly receiver: Receiver;
  readonly start: Start;
  readonly dueAtMs: number;
}

function callback(callbackType: CallbackType, receiver: Receiver, atMs: number): Callback {
  return { callbackType, receiver, start: 'at-once', dueAtMs: atMs };
}

/** The events, then the callbacks numbered on from those that the payment has. */
function planning(
  events: readonly PaymentEvent[],
  callbacks: readonly Callback[],
  { before, freshIds }: { before: number; freshIds: FreshIds },
): PaymentEvent[] {
  const created = callbacks.map((planned, index): PaymentEvent => {
    const deliveryId = freshIds[index];
    if (deliveryId === undefined) throw new Error('a command creates at most three deliveries');
    return { type: 'DeliveryCreated', deliveryId, sequence: before + index + 1, ...planned };
  });
  return [...events, ...created];
}

function deliveryOf(payment: Payment, id: string): Delivery | undefined {
  return isKnown(payment) ? payment.deliveries.find((delivery) => delivery.id === id) : undefined;
}

function outcomesOf(callbackType: CallbackType): readonly ReviewOutcome[] {
  return isPayIn(callbackType) ? PAY_IN_OUTCOMES : OTHER_OUTCOMES;
}

function rejectCode(callbackType: CallbackType, how: 'refused' | 'unanswered'): CascadeRejectCode {
  if (!isPayIn(callbackType)) throw new Error(`a ${callbackType} rejects no payment`);
  return rejectCodeOf(callbackType, how);
}

function initiatorBank(facts: PaymentFacts): Receiver {
  return { kind: 'bank', id: facts.initiatorBankGuid };
}

function receiverBank(facts: PaymentFacts): Receiver {
  if (facts.receiverBankGuid === null) throw new Error('an accepted payment has a receiver bank');
  return { kind: 'bank', id: facts.receiverBankGuid };
}

function merchant(facts: PaymentFacts): Receiver {
  if (facts.merchantUid === null) throw new Error('a payment of a merchant’s order has a merchant');
  return { kind: 'merchant', id: facts.merchantUid };
}
