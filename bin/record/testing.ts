import { setTimeout as pause } from 'node:timers/promises';

import { z } from 'zod';

import type { Recorder } from './recorder.ts';

const CALLBACK_TEST = `mutation ($input: CallbackTestInput!) {
  callbackTest(input: $input) {
    callbackTest { testGuid address }
    errors { code message }
  }
}`;
const STATE = 'query ($uid: String!) { merchant(uid: $uid) { lastCallbackTest { state } } }';
const REPORT = `query ($uid: String!) {
  merchant(uid: $uid) {
    lastCallbackTest {
      state
      passed
      results { variant passed finding status answer advice }
    }
  }
}`;

const stateSchema = z.object({ merchant: z.object({ lastCallbackTest: z.object({ state: z.string() }) }) });
const LOOK_AGAIN_MS = 50;

/** A shop whose receiver does not look at the time has it tested. */
export async function recordCallbackTest({ calls, merchant, ...recorder }: Recorder): Promise<void> {
  const shop = { name: merchant.name, token: merchant.secretKey };
  await calls.post(`/control/${merchant.uid}`, { callback: 'callback-test', behave: 'trust-any-time', times: 4 });
  const input = { participantId: merchant.uid, idempotencyKey: crypto.randomUUID() };
  await recorder.graphql('callback-test', shop, { query: CALLBACK_TEST, variables: { input }, data: z.unknown() });
  await recorder.heard('callback', merchant, ({ request }) => request['callback_type'] === 'callback-test' && request['sequence'] === 1);
  const variables = { uid: merchant.uid };
  while ((await calls.graphql(merchant.secretKey, STATE, variables, stateSchema)).merchant.lastCallbackTest.state === 'RUNNING') {
    await pause(LOOK_AGAIN_MS);
  }
  await recorder.graphql('report', shop, { query: REPORT, variables, data: z.unknown() });
}
