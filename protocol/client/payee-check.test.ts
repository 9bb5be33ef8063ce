import { expect, test } from 'vitest';

import { importDecryptionKey } from '../field-encryption.ts';
import { wirePublicKey } from '../jwk-set.ts';
import { OUTCOME_LENGTH, PAYEE_CHECK_OUTCOMES, payeeCheckParameter, readPayeeCheck, readPayeeQuestion } from '../p2p/payee-check.ts';
import { readReceiverData } from '../p2p/receiver-data.ts';
import type { JsonObject } from '../strict-json.ts';
import { generateKeyPair } from '../token.ts';
import { openPayeeName, outcomeOf, outcomeText, sealPayeeName } from './payee-check.ts';
import { openReceiverData, sealReceiverData } from './receiver-data.ts';

const JTI = '5f0c1f34-8a43-4e0b-8c9d-0a8f1c2b3d4e';
const ORDER = '0193c2a4-7b1e-7c3d-9f00-1a2b3c4d5e6f';
const NAME = 'Леся Косач';
const PROFILES = { new: ['dcm-1', 'dcm-2'], old: ['dcm-1'] } as const;

async function aBank(profiles: keyof typeof PROFILES = 'new') {
  const { publicJwk, privateJwk } = await generateKeyPair('encrypt');
  const { kid } = privateJwk;
  const listed = { public_key: wirePublicKey({ kid, jwk: { ...publicJwk } }), encryption_profiles: [...PROFILES[profiles]] };
  return { kid, listed, publicJwk, open: await importDecryptionKey(privateJwk) };
}

/** `payee_check` as it travels, read as the hub reads it. */
async function travelled(banks: readonly Awaited<ReturnType<typeof aBank>>[], name = NAME) {
  const sealed = await sealPayeeName({ jti: JTI, name, banks: banks.map(({ listed }) => listed) });
  const claims = JSON.parse(JSON.stringify({ payee_check: sealed })) as JsonObject; // As JSON, which it is made of.
  const read = readPayeeCheck(claims, JTI);
  if (!read.ok || !read.value) throw new Error('not read');
  return { claims, check: read.value };
}

test('a name that was sealed for several banks is opened by each of them, and by nobody else', async () => {
  const [one, other, stranger] = [await aBank(), await aBank(), await aBank()];
  const { check } = await travelled([one, other]);
  for (const bank of [one, other]) {
    const parameter = payeeCheckParameter(check, [bank.kid]);
    const question = readPayeeQuestion(parameter ?? '');
    expect(question && (await openPayeeName(question, bank.open))).toEqual({ ok: true, value: NAME });
    expect(question && (await openPayeeName(question, stranger.open))).toMatchObject({ failure: { code: 'ENCRYPTED_KEY_DOES_NOT_OPEN' } });
    expect(question && (await openPayeeName({ ...question, jti: ORDER }, bank.open))).toMatchObject({
      failure: { code: 'FIELD_DOES_NOT_OPEN' },
    });
  }
  expect(payeeCheckParameter(check, [stranger.kid])).toBeNull();
});

test('a bank whose key knows only the form of the guide is left out', async () => {
  const [able, old] = [await aBank(), await aBank('old')];
  expect((await travelled([able, old])).check.keys.map(({ kid }) => kid)).toEqual([able.kid]);
});

test('what is not sealed is not read', async () => {
  const { claims } = await travelled([await aBank()]);
  const right = claims['payee_check'] as JsonObject;
  const encryption = right['encryption'] as JsonObject;
  const wrong: unknown[] = [
    NAME,
    null,
    { name: NAME },
    { ...right, name: NAME },
    { ...right, encryption: { ...encryption, profile: 'dcm-1' } },
    { ...right, encryption: { ...encryption, nonce: 'AA==' } },
    { ...right, encryption: { ...encryption, alg: 'RSA-OAEP' } },
    { ...right, encryption: { ...encryption, keys: [] } },
    { ...right, encryption: { ...encryption, keys: [{ kid: 'k', encrypted_key: 'AA==' }] } },
    { ...right, encryption: { ...encryption, keys: [{ encrypted_key: 'AA==' }] } },
    { ...right, encryption: { ...encryption, keys: Array.from({ length: 121 }, () => (encryption['keys'] as JsonObject[])[0]) } },
  ];
  for (const check of wrong) {
    expect(readPayeeCheck({ payee_check: check } as JsonObject, JTI)).toEqual({ ok: false, failure: { code: 'INVALID_PAYEE_CHECK' } });
  }
  expect(readPayeeCheck({}, JTI)).toEqual({ ok: true, value: null });
  for (const parameter of ['', '*', 'e30', 'bnVsbA']) expect(readPayeeQuestion(parameter)).toBeNull();
});

test.each(PAYEE_CHECK_OUTCOMES)(
  '%s comes to the payer’s bank beside the data, in a ciphertext as long as every other',
  async (payeeCheck) => {
    const payer = await aBank();
    const publicKey = { ...payer.publicJwk, kid: payer.kid, kty: 'RSA' as const, encryption_profiles: [...PROFILES.new] };
    const claims = await sealReceiverData({ orderGuid: ORDER, publicKey }, { name: NAME, taxNumber: '2987654321', payeeCheck });
    const read = readReceiverData(claims as JsonObject, ORDER);
    if (!read.ok || read.value.payeeCheck === null) throw new Error('not read');
    expect(Buffer.from(read.value.payeeCheck, 'base64')).toHaveLength(OUTCOME_LENGTH + 16);
    const creditor = claims as unknown as Parameters<typeof openReceiverData>[0]['creditor'];
    const opened = await openReceiverData({ orderGuid: ORDER, creditor, decryptionKey: payer.open });
    expect(opened).toEqual({ ok: true, value: { name: NAME, taxNumber: '2987654321', payeeCheck } });
  },
);

test('in the form of the guide, where fields share a nonce, nothing is said of a name, and what is said is not handed on', async () => {
  const payer = await aBank('old');
  const publicKey = { ...payer.publicJwk, kid: payer.kid, kty: 'RSA' as const, encryption_profiles: [...PROFILES.old] };
  const claims = await sealReceiverData({ orderGuid: ORDER, publicKey }, { name: NAME, taxNumber: '2987654321', payeeCheck: 'MATCH' });
  expect(claims).not.toHaveProperty('payee_check');
  const careless = readReceiverData({ ...claims, payee_check: claims['name'] } as JsonObject, ORDER);
  expect(careless).toMatchObject({ ok: true, value: { payeeCheck: null } });
  expect(readReceiverData({ ...claims, payee_check: 'MATCH' } as JsonObject, ORDER)).toMatchObject({
    failure: { code: 'RECEIVER_DATA_FORM' },
  });
});

test('a text that is no outcome says that none was possible', () => {
  expect(PAYEE_CHECK_OUTCOMES.map((outcome) => outcomeOf(outcomeText(outcome)))).toEqual([...PAYEE_CHECK_OUTCOMES]);
  expect(outcomeOf('PERHAPS')).toBe('NOT_POSSIBLE');
});
