import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import type { PaymentGuid, PaymentState, PmType } from './payment.ts';

/** One request to give back a payment or a part of it, and what came of it. `returnGuid` is the return: the payment that answers it. */
export type ReturnRequest = { readonly guid: string; readonly amountMinor: bigint } &
  /** The bank is asked. */
  (
    | { readonly status: 'REQUESTED' }
    /** Its return is under way. */
    | { readonly status: 'PENDING'; readonly returnGuid: PaymentGuid }
    | { readonly status: 'RETURNED'; readonly returnGuid: PaymentGuid }
    /** The first payer's bank did not take the return. Whoever still wants it asks again. */
    | { readonly status: 'REJECTED'; readonly returnGuid: PaymentGuid; readonly reasonCode: string }
    | { readonly status: 'CANCELED' }
  );
export type ReturnRequestStatus = ReturnRequest['status'];

/** A payment with all requests to give it back: what its row's lock protects. */
export interface Returnable {
  readonly original: { readonly pmType: PmType; readonly state: PaymentState; readonly amountMinor: bigint };
  readonly requests: readonly ReturnRequest[];
}

export type ReturnEvent =
  | { readonly type: 'ReturnRequested'; readonly guid: string; readonly amountMinor: bigint }
  | { readonly type: 'ReturnCanceled'; readonly guid: string }
  | { readonly type: 'ReturnAccepted'; readonly guid: string; readonly returnGuid: PaymentGuid }
  | { readonly type: 'ReturnSucceeded'; readonly guid: string }
  | { readonly type: 'ReturnRejected'; readonly guid: string; readonly reasonCode: string };
export type ReturnEventType = ReturnEvent['type'];

export type ReturnCommand =
  /** `amountMinor` null: all that is left. */
  | { readonly type: 'REQUEST'; readonly guid: string; readonly amountMinor: bigint | null }
  | { readonly type: 'CANCEL'; readonly guid: string }
  /** A return message names the request. */
  | { readonly type: 'ACCEPT'; readonly guid: string; readonly returnGuid: PaymentGuid; readonly amountMinor: bigint }
  /** How the return ended, from the log of payments. */
  | { readonly type: 'SUCCEED'; readonly guid: string; readonly returnGuid: PaymentGuid }
  | { readonly type: 'REJECT'; readonly guid: string; readonly returnGuid: PaymentGuid; readonly reasonCode: string };

export const RETURN_FAILURE_CODES = [
  'RETURN_OF_RETURN',
  'ORIGINAL_NOT_PAID',
  'RETURN_EXCEEDS_REST',
  'RETURN_REQUEST_NOT_FOUND',
  'RETURN_REQUEST_CANCELED',
  /** It has a return: another one for a message, any for whoever wants to cancel it. */
  'RETURN_REQUEST_ANSWERED',
  'RETURN_AMOUNT_MISMATCH',
] as const;
export type ReturnFailure = {
  readonly code: (typeof RETURN_FAILURE_CODES)[number];
  /** With RETURN_REQUEST_ANSWERED: the return that is there. */
  readonly returnGuid?: PaymentGuid;
};

/** Which event moves a request from which status to which. The README draws this table. */
export const RETURN_TRANSITIONS = {
  REQUESTED: { ReturnAccepted: 'PENDING', ReturnCanceled: 'CANCELED' },
  PENDING: { ReturnSucceeded: 'RETURNED', ReturnRejected: 'REJECTED' },
  RETURNED: {},
  REJECTED: {},
  CANCELED: {},
} as const satisfies Record<ReturnRequestStatus, Partial<Record<ReturnEventType, ReturnRequestStatus>>>;

/** What is asked for and not there yet, and what was given back. Together they are never more than the payment. */
export interface ReturnTotals {
  readonly requestedMinor: bigint;
  readonly returnedMinor: bigint;
}

export function totalsOf({ requests }: Pick<Returnable, 'requests'>): ReturnTotals {
  return { requestedMinor: sumOf(requests, ['REQUESTED', 'PENDING']), returnedMinor: sumOf(requests, ['RETURNED']) };
}

/** What a command does. No events: it is so already. An open request keeps its amount for itself, so two of them never share the rest. */
export function decideReturn(state: Returnable, command: ReturnCommand): Result<readonly ReturnEvent[], ReturnFailure> {
  const { original, requests } = state;
  if (command.type === 'REQUEST' || command.type === 'ACCEPT') {
    if (original.pmType === 'return') return fail({ code: 'RETURN_OF_RETURN' });
    if (original.state !== 'SUCCESS') return fail({ code: 'ORIGINAL_NOT_PAID' });
  }
  const { guid } = command;
  if (command.type === 'REQUEST') {
    const { requestedMinor, returnedMinor } = totalsOf(state);
    const restMinor = original.amountMinor - requestedMinor - returnedMinor;
    const amountMinor = command.amountMinor ?? restMinor;
    return amountMinor > 0n && amountMinor <= restMinor
      ? ok([{ type: 'ReturnRequested', guid, amountMinor }])
      : fail({ code: 'RETURN_EXCEEDS_REST' });
  }
  const request = requests.find((candidate) => candidate.guid === guid);
  switch (command.type) {
    case 'CANCEL':
      return cancel(request);
    case 'ACCEPT':
      return accept(state, request, command);
    case 'SUCCEED':
    case 'REJECT':
      return end(request, command);
    default:
      return command satisfies never;
  }
}

function cancel(request: ReturnRequest | undefined): Result<readonly ReturnEvent[], ReturnFailure> {
  if (!request) return fail({ code: 'RETURN_REQUEST_NOT_FOUND' });
  if (request.status === 'CANCELED') return ok([]);
  if (request.status !== 'REQUESTED') return fail({ code: 'RETURN_REQUEST_ANSWERED', returnGuid: request.returnGuid });
  return ok([{ type: 'ReturnCanceled', guid: request.guid }]);
}

function accept(
  { original, requests }: Returnable,
  request: ReturnRequest | undefined,
  { returnGuid, amountMinor }: Extract<ReturnCommand, { type: 'ACCEPT' }>,
): Result<readonly ReturnEvent[], ReturnFailure> {
  const isSame = request && 'returnGuid' in request && request.returnGuid === returnGuid;
  if (isSame) return ok([]);
  // Whatever is asked for: never more than the payment.
  if (amountMinor > original.amountMinor - sumOf(requests, ['PENDING', 'RETURNED'])) return fail({ code: 'RETURN_EXCEEDS_REST' });
  if (!request) return fail({ code: 'RETURN_REQUEST_NOT_FOUND' });
  if (request.status === 'CANCELED') return fail({ code: 'RETURN_REQUEST_CANCELED' });
  if (request.status !== 'REQUESTED') return fail({ code: 'RETURN_REQUEST_ANSWERED', returnGuid: request.returnGuid });
  if (amountMinor !== request.amountMinor) return fail({ code: 'RETURN_AMOUNT_MISMATCH' });
  return ok([{ type: 'ReturnAccepted', guid: request.guid, returnGuid }]);
}

/** The return of another guid, or none, says nothing about this request. */
function end(
  request: ReturnRequest | undefined,
  command: Extract<ReturnCommand, { type: 'SUCCEED' | 'REJECT' }>,
): Result<readonly ReturnEvent[], ReturnFailure> {
  if (!request || !('returnGuid' in request) || request.returnGuid !== command.returnGuid)
    return fail({ code: 'RETURN_REQUEST_NOT_FOUND' });
  const { guid } = request;
  const ended = command.type === 'SUCCEED' ? 'RETURNED' : 'REJECTED';
  if (request.status === ended) return ok([]);
  if (request.status !== 'PENDING') return fail({ code: 'RETURN_REQUEST_ANSWERED', returnGuid: request.returnGuid });
  return ok([
    command.type === 'SUCCEED' ? { type: 'ReturnSucceeded', guid } : { type: 'ReturnRejected', guid, reasonCode: command.reasonCode },
  ]);
}

/** Applies an event that `decideReturn` gave for this very state; any other pair is a bug and throws. */
export function evolveReturn(state: Returnable, event: ReturnEvent): Returnable {
  const { original, requests } = state;
  if (event.type === 'ReturnRequested') {
    const { guid, amountMinor } = event;
    return { original, requests: [...requests, { guid, amountMinor, status: 'REQUESTED' }] };
  }
  if (!requests.some(({ guid }) => guid === event.guid)) throw new Error(`${event.type} of a request that is not there`);
  return { original, requests: requests.map((request) => (request.guid === event.guid ? evolveRequest(request, event) : request)) };
}

function evolveRequest(request: ReturnRequest, event: Exclude<ReturnEvent, { type: 'ReturnRequested' }>): ReturnRequest {
  const moves: Partial<Record<ReturnEventType, ReturnRequestStatus>> = RETURN_TRANSITIONS[request.status];
  if (moves[event.type] === undefined) throw new Error(`${event.type} cannot happen in ${request.status}`);
  const { guid, amountMinor } = request;
  const returnGuid = 'returnGuid' in request ? request.returnGuid : null;
  switch (event.type) {
    case 'ReturnCanceled':
      return { guid, amountMinor, status: 'CANCELED' };
    case 'ReturnAccepted':
      return { guid, amountMinor, status: 'PENDING', returnGuid: event.returnGuid };
    case 'ReturnSucceeded':
      return { guid, amountMinor, status: 'RETURNED', returnGuid: ofPending(returnGuid) };
    case 'ReturnRejected':
      return { guid, amountMinor, status: 'REJECTED', returnGuid: ofPending(returnGuid), reasonCode: event.reasonCode };
    default:
      return event satisfies never;
  }
}

function ofPending(returnGuid: PaymentGuid | null): PaymentGuid {
  if (returnGuid === null) throw new Error('a return that is under way has a guid');
  return returnGuid;
}

function sumOf(requests: readonly ReturnRequest[], statuses: readonly ReturnRequestStatus[]): bigint {
  return requests.reduce((sum, { status, amountMinor }) => (statuses.includes(status) ? sum + amountMinor : sum), 0n);
}
