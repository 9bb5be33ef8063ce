import { describe, expect, test } from 'vitest';

import { aliasUpdatedSchema } from './alias.ts';
import {
  CALLBACK_TEST_FINDINGS,
  CALLBACK_TEST_VARIANTS,
  type CallbackTestAnswer,
  type CallbackTestFinding,
  callbackTestPayload,
  callbackTestSchema,
  type CallbackTestVariant,
  judgeCallbackTest,
} from './callback-test.ts';
import { bankCallbackSchema, merchantCallbackSchema } from './callbacks.ts';
import { grossSettlementSchema } from './gross-settlement.ts';
import { payRequestCallbackSchema } from './p2p/pay-request.ts';
import { linkCreditorSchema } from './p2p/receiver-search.ts';
import { returnRequestSchema } from './return-request.ts';
import { anIdentity, callbackVectors } from './vectors/callback-cases.ts';

const TEST_GUID = '0193c2a4-7777-7000-8000-00000000000c';
const payload: unknown = JSON.parse(callbackTestPayload(anIdentity(), { testGuid: TEST_GUID }));

describe('a test callback', () => {
  test('has the head of every callback, says that it is a test, and nothing that could be booked', () => {
    expect(payload).toEqual({
      iss: 'dcm-hub',
      aud: anIdentity().audience,
      iat: 1_795_341_600,
      callback_guid: anIdentity().callbackGuid,
      callback_type: 'callback-test',
      sequence: 1,
      test: true,
      test_guid: TEST_GUID,
      purpose: expect.stringContaining('No money moves'),
    });
    expect(callbackTestSchema.safeParse(payload).success).toBe(true);
  });

  test.each(
    Object.entries({
      bankCallbackSchema,
      merchantCallbackSchema,
      aliasUpdatedSchema,
      grossSettlementSchema,
      payRequestCallbackSchema,
      linkCreditorSchema,
      returnRequestSchema,
    }),
  )('is no callback of %s', (_name, schema) => {
    expect(schema.safeParse(payload).success).toBe(false);
  });

  test.each(callbackVectors().filter(({ payload: real }) => !real.includes('"callback-test"')))(
    '$name is no test callback, whatever else it says',
    ({ payload: real }) => {
      const claims = JSON.parse(real) as object; // as every builder makes it
      expect(callbackTestSchema.safeParse({ ...claims, test: true, test_guid: TEST_GUID, purpose: 'x' }).success).toBe(false);
    },
  );
});

describe('the judgement', () => {
  const answered = (status: number, bodySha256 = 'a'): CallbackTestAnswer => ({ kind: 'answered', status, bodySha256 });
  const failed = (reason: 'TIMEOUT' | 'CONNECTION' | 'ADDRESS_REFUSED'): CallbackTestAnswer => ({ kind: 'failed', reason });
  const everyVariant = (answer: CallbackTestAnswer, finding: CallbackTestFinding) =>
    CALLBACK_TEST_VARIANTS.map((variant): Row => [variant, answer, answered(200), finding]);
  type Row = readonly [CallbackTestVariant, CallbackTestAnswer, CallbackTestAnswer | null, CallbackTestFinding];

  const rows: readonly Row[] = [
    ...everyVariant(failed('TIMEOUT'), 'TIMEOUT'),
    ...everyVariant(failed('CONNECTION'), 'CONNECTION'),
    ...everyVariant(failed('ADDRESS_REFUSED'), 'ADDRESS_REFUSED'),
    ...[302, 408, 425, 429, 500, 503].flatMap((status) => everyVariant(answered(status), 'UNCLEAR')),
    ['GOOD', answered(200), null, 'AS_EXPECTED'],
    ['GOOD', answered(204), null, 'AS_EXPECTED'],
    ['GOOD', answered(401), null, 'NOT_BELIEVED'],
    ['GOOD', answered(400), null, 'REFUSED'],
    ['GOOD', answered(404), null, 'REFUSED'],
    ['DUPLICATE', answered(200, 'a'), answered(200, 'a'), 'AS_EXPECTED'],
    ['DUPLICATE', answered(200, 'b'), answered(200, 'a'), 'REPEAT_ANSWERED_OTHERWISE'],
    ['DUPLICATE', answered(202, 'a'), answered(200, 'a'), 'REPEAT_ANSWERED_OTHERWISE'],
    ['DUPLICATE', answered(409, 'a'), answered(200, 'a'), 'REPEAT_REFUSED'],
    ['DUPLICATE', answered(401, 'a'), answered(200, 'a'), 'REPEAT_REFUSED'],
    ['DUPLICATE', answered(200), answered(400), 'NOT_SENT'],
    ['DUPLICATE', answered(200), answered(500), 'NOT_SENT'],
    ['DUPLICATE', answered(200), failed('TIMEOUT'), 'NOT_SENT'],
    ['DUPLICATE', answered(200), null, 'NOT_SENT'],
    ['LATE', answered(401), null, 'AS_EXPECTED'],
    ['LATE', answered(200), null, 'LATE_ACCEPTED'],
    ['LATE', answered(202), null, 'LATE_ACCEPTED'],
    ['LATE', answered(400), null, 'REFUSED_OTHERWISE'],
    ['LATE', answered(403), null, 'REFUSED_OTHERWISE'],
    ['FORGED', answered(401), null, 'AS_EXPECTED'],
    ['FORGED', answered(200), null, 'FORGED_ACCEPTED'],
    ['FORGED', answered(204), null, 'FORGED_ACCEPTED'],
    ['FORGED', answered(404), null, 'REFUSED_OTHERWISE'],
  ];

  test.each(rows)('%s answered with %j (first %j) is %s', (variant, answer, first, finding) => {
    expect(judgeCallbackTest(variant, answer, first)).toBe(finding);
  });

  test('has a row for every finding', () => {
    expect([...new Set(rows.map(([, , , finding]) => finding))].toSorted()).toEqual(CALLBACK_TEST_FINDINGS.toSorted());
  });
});
