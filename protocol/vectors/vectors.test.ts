import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';

import { decodeBase64 } from '../base64.ts';
import { bankCallbackSchema, merchantCallbackSchema } from '../callbacks.ts';
import { bodySha256 } from '../digest.ts';
import { openFields } from '../field-encryption.ts';
import { checkHeaderToken, readHeaderToken } from '../header-token.ts';
import { readOrderClaims } from '../order.ts';
import { readPaymentMessage } from '../payment-message.ts';
import { readToken, type ReadToken, verifyTokenSignature } from '../token.ts';
import { callbackVectors } from './callback-cases.ts';
import callbacks from './callbacks.json' with { type: 'json' };
import { fieldEncryptionVectors } from './field-encryption-cases.ts';
import fieldEncryption from './field-encryption.json' with { type: 'json' };
import { headerTokenVectors } from './header-token-cases.ts';
import headerTokens from './header-tokens.json' with { type: 'json' };
import { orderVectors } from './order-cases.ts';
import orders from './orders.json' with { type: 'json' };
import { paymentGuidVectors } from './payment-guid-cases.ts';
import paymentGuids from './payment-guids.json' with { type: 'json' };
import { paymentMessageVectors } from './payment-message-cases.ts';
import paymentMessages from './payment-messages.json' with { type: 'json' };
import { tokenVectors } from './token-cases.ts';
import tokens from './tokens.json' with { type: 'json' };
import { receiverKeys, vectorVerificationKey, type VectorSigner } from './vector-keys.ts';

async function believed(text: string, signer: VectorSigner): Promise<ReadToken> {
  const token = readToken(text);
  if (!token.ok) throw new Error(`the token of a vector does not read: ${token.failure.code}`);
  expect(await verifyTokenSignature(token.value, await vectorVerificationKey(signer))).toBe(true);
  return token.value;
}

const codeOf = (result: { ok: true } | { ok: false; failure: { code: string } }) => (result.ok ? 'OK' : result.failure.code);

describe('the published vectors are what the cases beside them give (refresh with `vitest run protocol/vectors -u`)', () => {
  test.each([
    ['tokens', tokenVectors],
    ['header-tokens', headerTokenVectors],
    ['payment-messages', paymentMessageVectors],
    ['orders', orderVectors],
    ['callbacks', callbackVectors],
    ['field-encryption', fieldEncryptionVectors],
    ['payment-guids', paymentGuidVectors],
  ])('%s.json', async (name, build) => {
    await expect(`${JSON.stringify(await build(), null, 2)}\n`).toMatchFileSnapshot(`./${name}.json`);
  });
});

describe('every published token reads as it says', () => {
  test.each(tokens)('$name: $expect', async ({ token, expect: code }) => {
    const read = readToken(token);
    if (!read.ok) return expect(read.failure.code).toBe(code);
    const verified = await verifyTokenSignature(read.value, await vectorVerificationKey('bank'));
    expect(verified ? 'OK' : 'TOKEN_SIGNATURE').toBe(code);
  });
});

describe('every published header token checks as it says', () => {
  test.each(headerTokens)('$name: $expect', async (vector) => {
    await believed(vector.token, 'bank');
    const token = readHeaderToken(vector.token);
    if (!token.ok) throw new Error(token.failure.code);
    const { method, path, audience, bindingRequired } = vector;
    const bound = { method, path, audience, bindingRequired, bodySha256: await bodySha256(vector.body) };
    expect(codeOf(checkHeaderToken(token.value, { now: new Date(vector.now), ...bound }))).toBe(vector.expect);
  });
});

describe('every published payment message reads as it says', () => {
  test.each(paymentMessages)('$name: $expect', async ({ token, endpoint, now, expect: code }) => {
    const read = await believed(token, 'bank');
    const at = endpoint === 'p2p' ? 'p2p' : 'e-commerce';
    expect(codeOf(readPaymentMessage(read, { endpoint: at, now: new Date(now) }))).toBe(code);
  });
});

describe('every published order reads as it says', () => {
  test.each(orders)('$name: $expect', async ({ token, now, expect: code }) => {
    expect(codeOf(readOrderClaims(await believed(token, 'merchant'), new Date(now)))).toBe(code);
  });
});

describe('every published callback has the shape that its receiver reads', () => {
  test.each(callbacks)('$name', ({ receiver, payload }) => {
    const schema = receiver === 'bank' ? bankCallbackSchema : merchantCallbackSchema;
    expect(schema.parse(JSON.parse(payload))).toEqual(JSON.parse(payload));
  });
});

describe('the published ciphertexts open', () => {
  test.each(fieldEncryption)('$profile', async ({ encryption, jti, sealed, plain, aesKey }) => {
    const { decrypt } = await receiverKeys();
    const profile = encryption.profile === 'dcm-2' ? 'dcm-2' : undefined;
    expect(await openFields({ encryption: { ...encryption, profile }, recipientKey: decrypt, jti, fields: sealed })).toEqual({
      ok: true,
      value: plain,
    });
    const wrapped = decodeBase64(encryption.encrypted_key) ?? new Uint8Array();
    expect(new Uint8Array(await crypto.subtle.decrypt('RSA-OAEP', decrypt, wrapped))).toEqual(decodeBase64(aesKey));
  });
});

describe('the published guids of payments', () => {
  test.each(paymentGuids)('$initiatorGuid and $jti give $guid', ({ initiatorGuid, jti, guid }) => {
    const hash = createHash('sha256').update(initiatorGuid).update(jti).digest('hex');
    const variant = ((Number.parseInt(hash.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
    const uuid = `${hash.slice(0, 12)}8${hash.slice(13, 16)}${variant}${hash.slice(18, 32)}`;
    expect(guid.replaceAll('-', '')).toBe(uuid);
  });
});
