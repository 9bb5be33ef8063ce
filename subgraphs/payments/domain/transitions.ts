import type { DeliveryState } from './delivery.ts';
import type { PaymentEventType } from './events.ts';
import type { PaymentState } from './payment.ts';

type Moves<State extends string> = Readonly<Record<State, Readonly<Partial<Record<PaymentEventType, State>>>>>;

/** Which event moves a payment from which state to which. Everything that is not here cannot happen; the README draws this table. */
export const TRANSITIONS = {
  UNKNOWN: { PaymentAccepted: 'PENDING', PromisedMessageRefused: 'REJECT', ClaimAbandoned: 'TOMBSTONE' },
  TOMBSTONE: { PromisedMessageRefused: 'REJECT' },
  PENDING: { PaymentSucceeded: 'SUCCESS', PaymentRejected: 'REJECT' },
  SUCCESS: {},
  REJECT: {},
} as const satisfies Moves<PaymentState>;

/** The same for one delivery of a payment. */
export const DELIVERY_TRANSITIONS = {
  WAITING: {
    DeliveryPostponed: 'WAITING',
    DeliveryBroughtForward: 'WAITING',
    DeliveryDone: 'DONE',
    DeliveryRefused: 'REFUSED',
    DeliveryExhausted: 'EXHAUSTED',
    DeliveryParked: 'PARKED',
    DeliveryFailed: 'FAILED',
  },
  PARKED: { DeliveryRetriedByOperations: 'WAITING', DeliveryResolvedByOperations: 'RESOLVED' },
  DONE: {},
  REFUSED: {},
  EXHAUSTED: {},
  FAILED: {},
  RESOLVED: {},
} as const satisfies Moves<DeliveryState>;

/** The state after the event. Throws where the table has no such move: the caller decided something impossible. */
export function moved<State extends string>(table: Moves<State>, from: State, event: PaymentEventType): State {
  const to = table[from][event];
  if (to === undefined) throw new Error(`${event} cannot happen in ${from}`);
  return to;
}
