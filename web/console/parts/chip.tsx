import type {
  AliasCallbackState,
  DeliveryState,
  JobRunStatus,
  KeySourceState,
  MailOutcome,
  MailStatus,
  OrderStatus,
  P2pOrderStatus,
  ParkedMessageState,
  PaymentStatus,
  RegisterCallbackState,
  RegisterStatus,
  ReturnRequestStatus,
  SettlementPaymentStatus,
} from '../generated/documents.ts';

export type Tone = 'ok' | 'wait' | 'warn' | 'bad' | 'calm';

/** The shape of the mark says the same as the colour. */
const MARKS: Readonly<Record<Tone, string>> = { ok: 'dot', wait: 'ring', warn: 'diamond', bad: 'square', calm: 'ring' };

type Words<State extends string> = Readonly<Record<State, readonly [tone: Tone, word: string]>>;

export const PAYMENT_WORDS: Words<PaymentStatus> = {
  PENDING: ['wait', 'In progress'],
  SUCCESS: ['ok', 'Success'],
  REJECT: ['bad', 'Rejected'],
};
export const ORDER_WORDS: Words<OrderStatus> = {
  CREATED: ['calm', 'Waiting'],
  IN_PROGRESS: ['wait', 'In progress'],
  SUCCESS: ['ok', 'Paid'],
  CANCELED: ['bad', 'Canceled'],
};
export const DELIVERY_WORDS: Words<DeliveryState> = {
  WAITING: ['wait', 'Under way'],
  DONE: ['ok', 'Delivered'],
  REFUSED: ['bad', 'Refused'],
  EXHAUSTED: ['bad', 'No answer'],
  PARKED: ['warn', 'Manual review'],
  FAILED: ['bad', 'Failed'],
  RESOLVED: ['calm', 'Resolved'],
};
export const PARKED_WORDS: Words<ParkedMessageState> = {
  PARKED: ['warn', 'Parked'],
  REPLAY_ASKED: ['wait', 'Replay asked'],
  REFUSE_ASKED: ['wait', 'Refusal asked'],
  DISMISSED: ['calm', 'Refused'],
  RECORDED: ['ok', 'Recorded'],
};
export const REGISTER_WORDS: Words<RegisterStatus> = {
  SENT: ['wait', 'Sent'],
  SENT_NO_PM: ['wait', 'Sent, nothing to pay'],
  SENT_INTRABANK: ['calm', 'Within the bank'],
  PROCESSING: ['wait', 'Being paid'],
  PAID: ['ok', 'Paid'],
};
export const SETTLEMENT_PAYMENT_WORDS: Words<SettlementPaymentStatus> = {
  SENT: ['wait', 'Sent'],
  PAID: ['ok', 'Paid'],
  REJECTED: ['bad', 'Turned down'],
};
export const MAIL_WORDS: Words<MailStatus> = {
  WAITING: ['wait', 'Waiting'],
  SENT: ['ok', 'Sent'],
  FAILED: ['bad', 'Failed'],
};
export const MAIL_OUTCOME_WORDS: Words<MailOutcome> = {
  SENT: ['ok', 'Taken'],
  UNSENT: ['warn', 'Not taken yet'],
  REFUSED: ['bad', 'Refused'],
};
/** Of callbacks about aliases and registers. */
export const CALLBACK_WORDS: Words<AliasCallbackState & RegisterCallbackState> = {
  WAITING: ['wait', 'Under way'],
  DELIVERED: ['ok', 'Delivered'],
  MANUAL_REVIEW: ['warn', 'Manual review'],
  FAILED: ['bad', 'Failed'],
  RESOLVED: ['calm', 'Resolved'],
};
export const P2P_ORDER_WORDS: Words<P2pOrderStatus> = {
  CREATED: ['calm', 'Waiting'],
  PENDING: ['wait', 'Receiver is searched'],
  PROCESSING: ['wait', 'Receiver is known'],
  PAID: ['ok', 'Paid'],
  REJECTED: ['bad', 'Rejected'],
  EXPIRED: ['bad', 'Expired'],
};
export const RETURN_WORDS: Words<ReturnRequestStatus> = {
  REQUESTED: ['wait', 'Asked for'],
  PENDING: ['wait', 'Under way'],
  RETURNED: ['ok', 'Given back'],
  REJECTED: ['bad', 'Rejected'],
  CANCELED: ['calm', 'Taken back'],
};
export const KEY_SOURCE_WORDS: Words<KeySourceState> = {
  NEW: ['wait', 'Not read yet'],
  FOLLOWED: ['ok', 'Followed'],
  FAILING: ['warn', 'Cannot be read'],
  SUSPENDED: ['bad', 'Given up'],
};
export const RUN_WORDS: Words<JobRunStatus> = {
  DONE: ['ok', 'Done'],
  FAILED: ['bad', 'Failed'],
  RUNNING: ['wait', 'Running'],
  WAITING: ['calm', 'Waiting'],
};

export function Chip({ tone, children }: { readonly tone: Tone; readonly children: string }) {
  return (
    <span className={`chip ${tone}`}>
      <i aria-hidden="true" className={MARKS[tone]} />
      {children}
    </span>
  );
}

export function StateChip<State extends string>({ state, words }: { readonly state: State; readonly words: Words<State> }) {
  const [tone, word] = words[state];
  return <Chip tone={tone}>{word}</Chip>;
}
