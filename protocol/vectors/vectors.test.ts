import { createDecipheriv, createHash, createPrivateKey, privateDecrypt } from 'node:crypto';

import { compactVerify, createLocalJWKSet } from 'jose';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

import { decodeBase64 } from '../base64.ts';
import { callbackTestSchema } from '../callback-test.ts';
import { bankCallbackSchema, merchantCallbackSchema } from '../callbacks.ts';
import { bodySha256 } from '../digest.ts';
import { openFields, type WireEncryption } from '../field-encryption.ts';
import { checkHeaderToken, readHeaderToken } from '../header-token.ts';
import { readReceipt } from '../client/read-receipt.ts';
import { verifyRegisterProof } from '../client/verify-register-proof.ts';
import { readOrderClaims } from '../order.ts';
import { readPaymentMessage } from '../payment-message.ts';
import { readBodyToken, readToken, type ReadToken, verifyTokenSignature } from '../token.ts';
import { callbackVectors } from './callback-cases.ts';
import callbacks from './callbacks.json' with { type: 'json' };
import { fieldEncryptionFile } from './field-encryption-cases.ts';
import fieldEncryption from './field-encryption.json' with { type: 'json' };
import { orderVectors } from './order-cases.ts';
import orders from './orders.json' with { type: 'json' };
import { paymentGuidBy } from '../payment-guid.ts';
import { paymentGuidVectors } from './payment-guid-cases.ts';
import paymentGuids from './payment-guids.json' with { type: 'json' };
import { paymentMessageVectors } from './payment-message-cases.ts';
import paymentMessages from './payment-messages.json' with { type: 'json' };
import { receiptVectors } from './receipt-cases.ts';
import { registerProofVectors } from './register-proof-cases.ts';
import registerProofs from './register-proofs.json' with { type: 'json' };
import receipts from './receipts.json' with { type: 'json' };
import { tokenFile } from './token-file.ts';
import tokens from './tokens.json' with { type: 'json' };
import { readVectorToken } from './read-vector-token.ts';
import { receiverKeys, vectorJwk, vectorVerificationKey, type VectorSigner } from './vector-keys.ts';

async function believed(text: string, signer: VectorSigner): Promise<ReadToken> {
  const token = readToken(text);
  if (!token.ok) throw new Error(`the token of a vector does not read: ${token.failure.code}`);
  expect(await verifyTokenSignature(token.value, await vectorVerificationKey(signer))).toBe(true);
  return token.value;
}

const codeOf = (result: { ok: true } | { ok: false; failure: { code: string } }) => (result.ok ? 'OK' : result.failure.code);

describe('the published vectors are what the cases beside them give (refresh with `vitest run protocol/vectors -u`)', () => {
  test.each([
    ['tokens', tokenFile],
    ['payment-messages', paymentMessageVectors],
    ['orders', orderVectors],
    ['callbacks', callbackVectors],
    ['field-encryption', fieldEncryptionFile],
    ['payment-guids', paymentGuidVectors],
    ['receipts', receiptVectors],
    ['register-proofs', () => registerProofVectors((bytes) => createHash('sha256').update(bytes).digest())],
  ])('%s.json', async (name, build) => {
    await expect(`${JSON.stringify(await build(), null, 2)}\n`).toMatchFileSnapshot(`./${name}.json`);
  });
});

describe('every published token reads as it says', () => {
  test.each(tokens.tokens)('$name: $expect', async (vector) => {
    expect(await readVectorToken(tokens.keys, vector.token)).toEqual({
      code: vector.expect,
      ...('payload' in vector ? { payload: vector.payload } : {}),
    });
  });

  test.each(['tokens', 'bodies', 'headerTokens'] as const)('no two cases of %s have one name', (section) => {
    const names = tokens[section].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  test.each(tokens.tokens.filter(({ expect: code }) => code === 'OK' || code === 'TOKEN_SIGNATURE'))(
    'another implementation agrees about the signature: $name',
    async ({ token, expect: code }) => {
      const verified = await compactVerify(token, createLocalJWKSet({ keys: tokens.keys }), { algorithms: ['RS256'] }).then(
        () => 'OK',
        () => 'TOKEN_SIGNATURE',
      );
      expect(verified).toBe(code);
    },
  );
});

describe('every published body gives the token that it says', () => {
  test.each(tokens.bodies)('$name: $expect', (vector) => {
    const read = readBodyToken(decodeBase64(vector.bodyBase64) ?? new Uint8Array());
    expect(codeOf(read)).toBe(vector.expect);
    if (read.ok) expect(read.value.text).toBe('token' in vector ? vector.token : undefined);
  });
});

describe('every published header token checks as it says', () => {
  test.each(tokens.headerTokens)('$name: $expect', async (vector) => {
    await believed(vector.token, 'bank');
    const token = readHeaderToken(vector.token);
    if (!token.ok) throw new Error(token.failure.code);
    const { method, path, audience, bindingRequired } = vector;
    const bound = { method, path, audience, bindingRequired, bodySha256: await bodySha256(vector.body) };
    expect(codeOf(checkHeaderToken(token.value, { now: new Date(vector.now), ...bound }))).toBe(vector.expect);
  });
});

async function keysOfTheHub() {
  const owners = ['hub', 'edge'] as const;
  return new Map(await Promise.all(owners.map(async (owner) => [vectorJwk(owner).kid, await vectorVerificationKey(owner)] as const)));
}

describe('every published proof of a register proves what it says', () => {
  test.each(registerProofs)('a proof $name: $expect', async ({ proof, expect: code }) => {
    expect(codeOf(await verifyRegisterProof(proof, await keysOfTheHub()))).toBe(code);
  });

  test.each(registerProofs.filter(({ expect: code }) => code === 'OK'))(
    'by another implementation, from the description alone: $name',
    (vector) => {
      const { leaf_index: index, tree_size: size, row, path, seal } = JSON.parse(vector.proof);
      const hash = (...parts: readonly (string | Buffer)[]) =>
        createHash('sha256')
          .update(Buffer.concat(parts.map((part) => Buffer.from(part))))
          .digest();
      const sorted = Object.keys(row)
        .toSorted()
        .map((name) => `${JSON.stringify(name)}:${JSON.stringify(row[name])}`);
      let node = hash(Buffer.of(0), `{${sorted.join(',')}}`);
      expect(node.toString('hex')).toBe(vector.leaf);
      // RFC 9162, 2.1.3.2.
      let [fn, sn] = [index, size - 1];
      for (const sibling of path.map((text: string) => Buffer.from(text, 'hex'))) {
        if (fn % 2 === 1 || fn === sn) {
          node = hash(Buffer.of(1), sibling, node);
          while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn >> 1, sn >> 1];
        } else node = hash(Buffer.of(1), node, sibling);
        [fn, sn] = [fn >> 1, sn >> 1];
      }
      const claims = JSON.parse(Buffer.from(seal.split('.')[1], 'base64url').toString());
      expect([sn, node.toString('hex')]).toEqual([0, claims.root]);
    },
  );

  test('and no longer, with any byte of it changed, left out or added', async () => {
    const hubKeys = await keysOfTheHub();
    const good = registerProofs.find(({ name }) => name === 'a return')?.proof ?? '';
    expect(codeOf(await verifyRegisterProof(good, hubKeys))).toBe('OK');
    const bytes = Buffer.from(good);
    const believed: string[] = [];
    for (let at = 0; at < bytes.length; at++) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 7));
      const shorter = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
      const longer = Buffer.concat([bytes.subarray(0, at), Buffer.from(' '), bytes.subarray(at)]);
      for (const edited of [flipped, shorter, longer])
        if ((await verifyRegisterProof(edited.toString('utf8'), hubKeys)).ok) believed.push(`${at}: ${edited.toString('utf8')}`);
    }
    expect(believed).toEqual([]);
  });
});

describe('every published receipt reads as it says', () => {
  test.each(receipts)('a receipt $name: $expect', async ({ receipt, audience, expect: code, ...answered }) => {
    const hubKeys = await keysOfTheHub();
    const read = await readReceipt(receipt, answered, { hubKeys, audience });
    expect(codeOf(read)).toBe(code);
    if (read.ok) {
      expect(read.value).toEqual({ guid: answered.guid, status: answered.status, at: new Date('2026-11-22T10:00:00Z'), text: receipt });
    }
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
    const schema = z.union([callbackTestSchema, receiver === 'bank' ? bankCallbackSchema : merchantCallbackSchema]);
    expect(schema.parse(JSON.parse(payload))).toEqual(JSON.parse(payload));
  });
});

describe('the published ciphertexts', () => {
  const open = async (encryption: WireEncryption, jti: string, fields: object) => {
    const { decrypt } = await receiverKeys();
    return openFields({ encryption, recipientKey: decrypt, jti, fields: { ...fields } });
  };

  test.each(fieldEncryption.sealed)('open: $name', async ({ encryption, jti, fields }) => {
    const [sealed, plain] = (['sealed', 'plain'] as const).map((part) =>
      Object.fromEntries(fields.map((field) => [field.name, field[part]])),
    );
    expect(await open(encryption, jti, sealed ?? {})).toEqual({ ok: true, value: plain });
  });

  test.each(fieldEncryption.sealed)(
    'open by another implementation, from the description alone: $name',
    ({ encryption, aesKey, fields }) => {
      const { d, e, n, p, q, dp, dq, qi } = fieldEncryption.recipientKey;
      const key = createPrivateKey({ key: { kty: 'RSA', d, e, n, p, q, dp, dq, qi }, format: 'jwk' });
      const unwrapped = privateDecrypt({ key, oaepHash: 'sha256' }, Buffer.from(encryption.encrypted_key, 'base64'));
      expect(unwrapped.toString('base64')).toBe(aesKey);
      for (const field of fields) {
        const sealed = Buffer.from(field.sealed, 'base64');
        const cipher = createDecipheriv('aes-256-gcm', unwrapped, Buffer.from(field.nonce, 'base64'));
        cipher.setAAD(Buffer.from('additionalData' in field ? field.additionalData : ''));
        cipher.setAuthTag(sealed.subarray(-16));
        expect(Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]).toString()).toBe(field.plain);
      }
    },
  );

  test.each(fieldEncryption.refused)('do not open: $name', async (vector) => {
    const failure = { code: vector.expect, ...('field' in vector ? { field: vector.field } : {}) };
    expect(await open(vector.encryption, vector.jti, vector.fields)).toEqual({ ok: false, failure });
  });
});

describe('the published guids of payments', () => {
  test.each(paymentGuids)('$initiatorGuid and $jti give $guid', ({ initiatorGuid, jti, guid }) => {
    const hash = createHash('sha256').update(initiatorGuid).update(jti).digest('hex');
    const variant = ((Number.parseInt(hash.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
    const uuid = `${hash.slice(0, 12)}8${hash.slice(13, 16)}${variant}${hash.slice(18, 32)}`;
    expect(guid.replaceAll('-', '')).toBe(uuid);
    expect(paymentGuidBy((bytes) => createHash('sha256').update(bytes).digest(), initiatorGuid, jti)).toBe(guid);
  });
});
