import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import { addMilliseconds, type Instant } from '../../../kernel/core/time.ts';

/**
 * The search for whoever a phone number belongs to, when the directory does not know (guide 8.1.2): every bank that takes part is asked at
 * once, those that know the number ask their customer, and the first who consents wins.
 */

/** Consent is waited for no longer than this, and never beyond the order's own end. Milliseconds. */
export const CONSENT_WAIT_MAX_MS = 600_000;

/**
 * How far a bank got. ASKED: it has not answered. KNOWS: it asks its customer. UNKNOWN: it has no such customer. SILENT: it gave no clear answer, so it
 * may still link. DECLINED: its customer refused, or did not answer.
 */
export type AskedBank = 'ASKED' | 'KNOWS' | 'UNKNOWN' | 'SILENT' | 'DECLINED';

export interface FoundReceiver {
  readonly bankGuid: string;
  readonly account: string;
}

interface SearchBase {
  readonly deadline: Instant;
  readonly banks: ReadonlyMap<string, AskedBank>;
}
export type ReceiverSearch =
  | (SearchBase & { readonly status: 'OPEN' })
  | (SearchBase & { readonly status: 'FOUND'; readonly receiver: FoundReceiver })
  | (SearchBase & { readonly status: 'FAILED' });

/** `now` is business time. ANSWER is the bank's HTTP answer to the question, LINK and DECLINE its callback "Creditor linked". */
export type SearchCommand =
  | { readonly type: 'ANSWER'; readonly bankGuid: string; readonly answer: 'KNOWS' | 'UNKNOWN' | 'SILENT'; readonly now: Instant }
  | { readonly type: 'LINK'; readonly bankGuid: string; readonly account: string; readonly now: Instant }
  | { readonly type: 'DECLINE'; readonly bankGuid: string; readonly now: Instant }
  | { readonly type: 'END'; readonly now: Instant };

export type SearchEvent =
  | { readonly type: 'BankAnswered'; readonly bankGuid: string; readonly standing: AskedBank }
  | { readonly type: 'ReceiverFound'; readonly receiver: FoundReceiver }
  | { readonly type: 'SearchFailed' };

/** SEARCH_OVER: somebody else was first, or nobody can be any more. BANK_NOT_ASKED: a bank that the hub did not ask. */
export type SearchFailure = { readonly code: 'SEARCH_OVER' | 'BANK_NOT_ASKED' };

/** Which event leads where. README.md draws it; a test compares the two. */
export const SEARCH_TRANSITIONS = {
  OPEN: { BankAnswered: 'OPEN', ReceiverFound: 'FOUND', SearchFailed: 'FAILED' },
  FOUND: {},
  FAILED: {},
} as const satisfies Record<ReceiverSearch['status'], Partial<Record<SearchEvent['type'], ReceiverSearch['status']>>>;

/** A search that asks these banks. With nobody to ask it has failed before it began. */
export function openSearch(o: {
  readonly banks: readonly string[];
  readonly now: Instant;
  readonly orderExpiresAt: Instant;
}): ReceiverSearch {
  const latest = addMilliseconds(o.now, CONSENT_WAIT_MAX_MS);
  const deadline = o.orderExpiresAt < latest ? o.orderExpiresAt : latest;
  const banks = new Map(o.banks.map((guid) => [guid, 'ASKED'] as const));
  return { status: banks.size === 0 ? 'FAILED' : 'OPEN', deadline, banks };
}

/**
 * The first valid link wins; after it, and after the deadline, every other comes too late, whatever the clock of its bank says. The search
 * fails as soon as no bank is left that could link. A repeated callback of a bank that declined changes nothing.
 */
export function decideSearch(search: ReceiverSearch, command: SearchCommand): Result<readonly SearchEvent[], SearchFailure> {
  if (command.type === 'END') return ok(search.status === 'OPEN' && isOver(search, command.now) ? [{ type: 'SearchFailed' }] : []);
  const standing = search.banks.get(command.bankGuid);
  if (standing === undefined) return fail({ code: 'BANK_NOT_ASKED' });
  if (command.type === 'ANSWER')
    return ok(search.status === 'OPEN' && standing === 'ASKED' ? answered(search, command.bankGuid, command.answer) : []);
  if (command.type === 'LINK') {
    const { bankGuid, account } = command;
    if (search.status === 'FOUND' && search.receiver.bankGuid === bankGuid && search.receiver.account === account) return ok([]);
    if (search.status !== 'OPEN' || isOver(search, command.now)) return fail({ code: 'SEARCH_OVER' });
    return ok([{ type: 'ReceiverFound', receiver: { bankGuid, account } }]);
  }
  if (standing === 'DECLINED') return ok([]);
  return search.status === 'OPEN' ? ok(answered(search, command.bankGuid, 'DECLINED')) : fail({ code: 'SEARCH_OVER' });
}

export function evolveSearch(search: ReceiverSearch, event: SearchEvent): ReceiverSearch {
  const { deadline, banks } = search;
  switch (event.type) {
    case 'BankAnswered':
      return { ...search, banks: new Map(banks).set(event.bankGuid, event.standing) };
    case 'ReceiverFound':
      return { status: 'FOUND', deadline, banks, receiver: event.receiver };
    case 'SearchFailed':
      return { status: 'FAILED', deadline, banks };
    default:
      return event satisfies never;
  }
}

function answered(search: ReceiverSearch, bankGuid: string, standing: AskedBank): readonly SearchEvent[] {
  const event: SearchEvent = { type: 'BankAnswered', bankGuid, standing };
  const after = evolveSearch(search, event);
  return [...after.banks.values()].some(mayLink) ? [event] : [event, { type: 'SearchFailed' }];
}

/** A bank whose answer was lost may have asked its customer all the same. */
function mayLink(standing: AskedBank): boolean {
  return standing === 'ASKED' || standing === 'KNOWS' || standing === 'SILENT';
}

/** At the deadline itself it is too late, as it is for an order at its expiry. */
function isOver({ deadline }: ReceiverSearch, now: Instant): boolean {
  return deadline <= now;
}
