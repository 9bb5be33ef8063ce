import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import type { Instant } from '../../../kernel/core/time.ts';
import type { FoundReceiver } from './receiver-search.ts';

/**
 * A payer's wish to pay a p2p order (guide 8.1.4, 8.2.2): the hub fetches the receiver's name and tax number from the receiver's bank, encrypted for the
 * payer's bank, and hands them over with the callback "Pay request". Only a completed one can be followed by a payment message.
 */
export interface PayRequestFacts {
  readonly guid: string;
  readonly orderGuid: string;
  /** The payer's bank, which asked. */
  readonly bankGuid: string;
  readonly debtorAccount: string;
}

/** The receiver's data as its bank sealed it. The hub cannot open it. */
export interface ReceiverData {
  readonly name: string;
  readonly taxNumber: string;
  /** What the receiver's bank says of the name that the payer gave, sealed with the others; null where it says nothing. */
  readonly payeeCheck: string | null;
  readonly encryption: { readonly profile: 'dcm-1' | 'dcm-2'; readonly nonce: string; readonly encryptedKey: string };
  /** The key of the payer's bank that it is sealed for. */
  readonly kid: string;
}

export type PayRequestFailureReason =
  'RECEIVER_NOT_FOUND' | 'RECEIVER_DATA_REFUSED' | 'RECEIVER_DATA_MISSING' | 'ORDER_ENDED' | 'REFUSED_BY_PAYER_BANK';

interface PayRequestBase {
  readonly facts: PayRequestFacts;
  readonly version: number;
}
/** CREATED: nobody knows yet who is paid. FETCHING: the receiver's bank is asked. COMPLETED: the payer's bank has what it needs. */
export type PayRequest =
  | (PayRequestBase & { readonly status: 'CREATED' })
  | (PayRequestBase & { readonly status: 'FETCHING'; readonly receiver: FoundReceiver })
  /** `data` are null when they were forgotten, some time after the order had ended. */
  | (PayRequestBase & { readonly status: 'COMPLETED'; readonly receiver: FoundReceiver; readonly data: ReceiverData | null })
  | (PayRequestBase & { readonly status: 'FAILED'; readonly reason: PayRequestFailureReason });

/** `now` is business time. REFUSE: the payer's bank says that it cannot use what it got, its callback's 4xx. */
export type PayRequestCommand =
  | { readonly type: 'FIND'; readonly receiver: FoundReceiver; readonly now: Instant }
  | { readonly type: 'COMPLETE'; readonly data: ReceiverData; readonly now: Instant }
  | { readonly type: 'FAIL'; readonly reason: Exclude<PayRequestFailureReason, 'REFUSED_BY_PAYER_BANK'>; readonly now: Instant }
  | { readonly type: 'REFUSE'; readonly now: Instant };

export type PayRequestEvent =
  | { readonly type: 'ReceiverKnown'; readonly receiver: FoundReceiver; readonly at: Instant }
  | { readonly type: 'PayRequestCompleted'; readonly data: ReceiverData; readonly at: Instant }
  | { readonly type: 'PayRequestFailed'; readonly reason: PayRequestFailureReason; readonly at: Instant };

/** Which event leads where. README.md draws it; a test compares the two. */
export const PAY_REQUEST_TRANSITIONS = {
  CREATED: { ReceiverKnown: 'FETCHING', PayRequestFailed: 'FAILED' },
  FETCHING: { PayRequestCompleted: 'COMPLETED', PayRequestFailed: 'FAILED' },
  COMPLETED: { PayRequestFailed: 'FAILED' },
  FAILED: {},
} as const satisfies Record<PayRequest['status'], Partial<Record<PayRequestEvent['type'], PayRequest['status']>>>;

/** The command does not fit the state: it was made for what the pay request was before. Nothing happens. */
export type PayRequestFailure = { readonly code: 'PAY_REQUEST_OVER' | 'PAY_REQUEST_NOT_THERE_YET' };

/**
 * A pay request fails at most once and completes at most once. After COMPLETED only the payer's bank can end it, by refusing what it
 * got; an order that ends meanwhile is found when its payment message comes.
 */
export function decidePayRequest(request: PayRequest, command: PayRequestCommand): Result<readonly PayRequestEvent[], PayRequestFailure> {
  const at = command.now;
  switch (request.status) {
    case 'CREATED':
      if (command.type === 'FIND') return ok([{ type: 'ReceiverKnown', receiver: command.receiver, at }]);
      return command.type === 'FAIL' ? ok([failed(command.reason, at)]) : fail({ code: 'PAY_REQUEST_NOT_THERE_YET' });
    case 'FETCHING':
      if (command.type === 'FIND') return ok([]);
      if (command.type === 'COMPLETE') return ok([{ type: 'PayRequestCompleted', data: command.data, at }]);
      return command.type === 'FAIL' ? ok([failed(command.reason, at)]) : fail({ code: 'PAY_REQUEST_NOT_THERE_YET' });
    case 'COMPLETED':
      return command.type === 'REFUSE' ? ok([failed('REFUSED_BY_PAYER_BANK', at)]) : fail({ code: 'PAY_REQUEST_OVER' });
    case 'FAILED':
      return fail({ code: 'PAY_REQUEST_OVER' });
    default:
      return request satisfies never;
  }
}

export function evolvePayRequest(request: PayRequest, event: PayRequestEvent): PayRequest {
  const { facts } = request;
  const version = request.version + 1;
  switch (event.type) {
    case 'ReceiverKnown':
      return { status: 'FETCHING', facts, version, receiver: event.receiver };
    case 'PayRequestCompleted':
      if (request.status !== 'FETCHING') throw new Error(`a pay request that is ${request.status} cannot be completed`);
      return { status: 'COMPLETED', facts, version, receiver: request.receiver, data: event.data };
    case 'PayRequestFailed':
      return { status: 'FAILED', facts, version, reason: event.reason };
    default:
      return event satisfies never;
  }
}

/** What a p2p payment message says about whom it pays. */
export interface MessageParties {
  readonly bankGuid: string;
  readonly debtorAccount: string;
  readonly orderGuid: string;
  readonly creditorAccount: string;
  readonly receiverBankGuid: string;
}

/** Whether a payment message belongs to this completed pay request: bank, payer's account, order, receiver's account and bank are the same. */
export function matchesPayRequest(request: PayRequest, message: MessageParties): boolean {
  if (request.status !== 'COMPLETED') return false;
  const { facts, receiver } = request;
  return (
    facts.bankGuid === message.bankGuid &&
    facts.debtorAccount === message.debtorAccount &&
    facts.orderGuid === message.orderGuid &&
    receiver.account === message.creditorAccount &&
    receiver.bankGuid === message.receiverBankGuid
  );
}

function failed(reason: PayRequestFailureReason, at: Instant): PayRequestEvent {
  return { type: 'PayRequestFailed', reason, at };
}
