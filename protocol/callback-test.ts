import { z } from 'zod';

import { callbackHead, callbackHeadSchema, type CallbackIdentity } from './callbacks.ts';
import { FRESHNESS_SECONDS } from './header-token.ts';
import { classifyAnswer } from './retry.ts';

export const CALLBACK_TEST_TYPE = 'callback-test';

/**
 * Payload of a test callback: it has the head of every callback, says that it is a test, and names no payment, order, amount or account, so
 * there is nothing that a receiver could book. It comes to the address of a real callback, and wants the checks and the answer of one.
 */
export function callbackTestPayload(identity: CallbackIdentity, { testGuid }: { readonly testGuid: string }): string {
  return JSON.stringify({ ...callbackHead(CALLBACK_TEST_TYPE, identity), test: true, test_guid: testGuid, purpose: CALLBACK_TEST_PURPOSE });
}

const CALLBACK_TEST_PURPOSE = 'A test of your callback address. No money moves.';

/** The callback as its receiver reads it, a bank and a merchant alike. */
export const callbackTestSchema = z.looseObject({
  ...callbackHeadSchema(CALLBACK_TEST_TYPE),
  test: z.literal(true),
  /** One for all callbacks of a run. */
  test_guid: z.uuid(),
  purpose: z.string(),
});
export type CallbackTest = z.infer<typeof callbackTestSchema>;

/**
 * What a run sends, each a callback of its own but DUPLICATE. GOOD: as every callback. DUPLICATE: the body of GOOD, byte for byte, under a header
 * token of its own, as each retry comes. LATE: issued so long ago that its header token is not fresh any more. FORGED: both tokens signed with a
 * key that is not the hub's, under the kid of the hub's. What is sent does not say which of them it is.
 */
export const CALLBACK_TEST_VARIANTS = ['GOOD', 'DUPLICATE', 'LATE', 'FORGED'] as const;
export type CallbackTestVariant = (typeof CALLBACK_TEST_VARIANTS)[number];

/** How long ago LATE was issued: beyond the freshness window also for a receiver whose clock is wrong by as much as is allowed, either way. */
export const CALLBACK_TEST_LATE_SECONDS = 3 * FRESHNESS_SECONDS;

/** The one right refusal of a callback that is not believed. */
const NOT_BELIEVED = 401;

export type CallbackTestAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly bodySha256: string }
  | { readonly kind: 'failed'; readonly reason: 'TIMEOUT' | 'CONNECTION' | 'ADDRESS_REFUSED' };

export const CALLBACK_TEST_FINDINGS = [
  'AS_EXPECTED',
  /** Not tried: what it repeats was not accepted. */
  'NOT_SENT',
  'ADDRESS_REFUSED',
  'CONNECTION',
  'TIMEOUT',
  /** The hub would try a real callback again: 3xx, 5xx, 408, 425, 429. */
  'UNCLEAR',
  /** GOOD was taken for something that the hub did not send. */
  'NOT_BELIEVED',
  /** GOOD was refused for another reason. */
  'REFUSED',
  'REPEAT_REFUSED',
  'REPEAT_ANSWERED_OTHERWISE',
  'LATE_ACCEPTED',
  'FORGED_ACCEPTED',
  /** Refused as it must be, but with another status than 401. */
  'REFUSED_OTHERWISE',
] as const;
export type CallbackTestFinding = (typeof CALLBACK_TEST_FINDINGS)[number];

/**
 * What an answer says about its receiver; AS_EXPECTED alone passes. `first` is the answer to GOOD, which DUPLICATE is compared with. Expected are:
 * GOOD any 2xx; DUPLICATE the same status and body again; LATE and FORGED 401.
 */
export function judgeCallbackTest(
  variant: CallbackTestVariant,
  answer: CallbackTestAnswer,
  first: CallbackTestAnswer | null,
): CallbackTestFinding {
  if (answer.kind === 'failed') return answer.reason;
  const said = classifyAnswer(answer.status);
  if (said === 'unclear') return 'UNCLEAR';
  switch (variant) {
    case 'GOOD':
      if (said === 'accepted') return 'AS_EXPECTED';
      return answer.status === NOT_BELIEVED ? 'NOT_BELIEVED' : 'REFUSED';
    case 'DUPLICATE':
      if (!isAccepted(first)) return 'NOT_SENT';
      if (said === 'refused') return 'REPEAT_REFUSED';
      return answer.status === first.status && answer.bodySha256 === first.bodySha256 ? 'AS_EXPECTED' : 'REPEAT_ANSWERED_OTHERWISE';
    case 'LATE':
    case 'FORGED':
      if (said === 'accepted') return `${variant}_ACCEPTED`;
      return answer.status === NOT_BELIEVED ? 'AS_EXPECTED' : 'REFUSED_OTHERWISE';
    default:
      return variant satisfies never;
  }
}

/** Whether a callback was accepted, so that it can be repeated. */
export function isAccepted(answer: CallbackTestAnswer | null): answer is Extract<CallbackTestAnswer, { kind: 'answered' }> {
  return answer?.kind === 'answered' && classifyAnswer(answer.status) === 'accepted';
}
