import type { CallbackAttemptView, CallbackReads, CallbackState, CallbackView } from '../../../kernel/wire/callback.ts';
import { type AttemptView, type DeliveryView, type PaymentReads, QUESTION_TYPES } from '../app/payment-reads.ts';
import type { DeliveryState } from '../domain/delivery.ts';

const STATES = {
  WAITING: 'WAITING',
  DELIVERED: 'DONE',
  MANUAL_REVIEW: 'PARKED',
  FAILED: 'FAILED',
  RESOLVED: 'RESOLVED',
} as const satisfies Record<CallbackState, DeliveryState>;

/**
 * The reads of payments, with the questions to banks among their deliveries: two tables, because a question shares no commit with a payment, and one list
 * for whoever looks after both.
 */
export function withQuestions(reads: PaymentReads, questions: CallbackReads): PaymentReads {
  return {
    ...reads,
    async delivery(id) {
      const found = await reads.delivery(id);
      if (found) return found;
      const question = await questions.one(id);
      return question && deliveryOf(question);
    },
    async deliveries({ state, page }) {
      const asked = Object.entries(STATES).find(([, name]) => name === state)?.[0] as CallbackState | undefined; // A key of STATES.
      const [ofPayments, others] = await Promise.all([
        reads.deliveries({ state, page }),
        asked === undefined ? [] : questions.list({ state: asked, after: page.after, limit: page.limit }),
      ]);
      return [...ofPayments, ...others.map(deliveryOf)].sort(lastChangedFirst).slice(0, page.limit);
    },
    async attemptsOfDeliveries(ids) {
      const [ofPayments, others] = await Promise.all([reads.attemptsOfDeliveries(ids), questions.attemptsOf(ids)]);
      return [...ofPayments, ...others.map(attemptOf)];
    },
  };
}

function lastChangedFirst(one: DeliveryView, other: DeliveryView): number {
  const byTime = other.updatedAt.getTime() - one.updatedAt.getTime();
  if (byTime !== 0) return byTime;
  return one.id < other.id ? 1 : -1;
}

function deliveryOf({ id, type, subject, state, ...callback }: CallbackView): DeliveryView {
  const callbackType = QUESTION_TYPES.find((question) => question === type);
  if (!callbackType) throw new Error(`the callback ${id} is a ${type}, which payments does not send`);
  const { receiver, attempts, dueAt, outcome, outcomeReason, createdAt, updatedAt } = callback;
  return {
    id,
    paymentGuid: null,
    questionSubject: subject,
    callbackType,
    sequence: 1,
    receiver,
    state: STATES[state],
    attempts,
    lastAnswer: null,
    dueAt,
    outcome,
    outcomeReason,
    createdAt,
    updatedAt,
  };
}

function attemptOf({ callbackId, ...attempt }: CallbackAttemptView): AttemptView & { readonly deliveryId: string } {
  return { ...attempt, address: null, answerText: null, deliveryId: callbackId };
}
