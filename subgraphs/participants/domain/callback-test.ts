import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import { addMilliseconds, type Instant } from '../../../kernel/core/time.ts';
import { BANK_ROUTES, type BankRoute, type BankProfile } from './bank.ts';

/** The routes of a bank that a test callback can be posted to; the receiver's data are asked for with GET. */
export const TESTED_ROUTES = BANK_ROUTES.filter((route) => route !== 'receiverData');
export type TestedRoute = Exclude<BankRoute, 'receiverData'>;

/** So long after its begin a run that has not ended never will: its process is gone. Longer than two tries of a callback, one after the other. */
export const CALLBACK_TEST_LOST_MS = 60_000;
/** A participant is tested no sooner than so long after the end of the last run, so that nobody makes a hammer of the hub. */
export const CALLBACK_TEST_PAUSE_MS = 10_000;

/** When a run was. */
export interface CallbackTestTimes {
  readonly startedAt: Instant;
  /** Null while answers are waited for. */
  readonly endedAt: Instant | null;
}

export type CallbackTestState = 'RUNNING' | 'ENDED' | 'LOST';

export function callbackTestState({ startedAt, endedAt }: CallbackTestTimes, now: Instant): CallbackTestState {
  if (endedAt !== null) return 'ENDED';
  return now.getTime() < addMilliseconds(startedAt, CALLBACK_TEST_LOST_MS).getTime() ? 'RUNNING' : 'LOST';
}

export const CALLBACK_TEST_FAILURE_CODES = ['CALLBACK_TEST_RUNNING', 'CALLBACK_TEST_TOO_SOON', 'CALLBACK_ADDRESS_MISSING'] as const;
export type CallbackTestFailure = { readonly code: (typeof CALLBACK_TEST_FAILURE_CODES)[number] };

/** Whether a participant may be tested now: one run at a time, and a pause behind each. */
export function decideCallbackTest(last: CallbackTestTimes | null, now: Instant): Result<null, CallbackTestFailure> {
  if (!last) return ok(null);
  const state = callbackTestState(last, now);
  if (state === 'RUNNING') return fail({ code: 'CALLBACK_TEST_RUNNING' });
  const over = addMilliseconds(last.endedAt ?? last.startedAt, CALLBACK_TEST_PAUSE_MS);
  return now.getTime() < over.getTime() ? fail({ code: 'CALLBACK_TEST_TOO_SOON' }) : ok(null);
}

/** Where a test goes: `route` is null for a merchant, which has one address. */
export interface TestedAddress {
  readonly route: TestedRoute | null;
  readonly url: string;
}

/** The address of that route of a bank; without a wish, of the first that it has. */
export function bankAddress({ routes }: Pick<BankProfile, 'routes'>, wish: TestedRoute | null): Result<TestedAddress, CallbackTestFailure> {
  const route = wish ?? TESTED_ROUTES.find((candidate) => routes[candidate] !== null);
  const url = route && routes[route];
  return url ? ok({ route, url }) : fail({ code: 'CALLBACK_ADDRESS_MISSING' });
}
