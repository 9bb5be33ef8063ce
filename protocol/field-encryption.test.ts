import { describe, expect, test } from 'vitest';

import { valueOf } from '../kernel/core/result.ts';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { bestProfile, importDecryptionKey, openFields, sealFields } from './field-encryption.ts';
import { generateKeyPair } from './token.ts';
import { receiverKeys } from './vectors/vector-keys.ts';

const FIELDS = { debtor_name: 'Шевченко Тарас', debtor_id: '2912345678', creditor_name: 'ТОВ', creditor_id: '1234567890' };
const JTI = '5f0c1f34-8a43-4e0b-8c9d-0a8f1c2b3d4e';

async function sealed(profile: 'dcm-1' | 'dcm-2') {
  const { encrypt, decrypt } = await receiverKeys();
  return { ...(await sealFields({ profile, recipientKey: encrypt, jti: JTI, fields: FIELDS })), recipientKey: decrypt, jti: JTI };
}

function xor(left: string, right: string): number[] {
  const other = decodeBase64(right);
  return [...(decodeBase64(left) ?? [])].map((byte, at) => byte ^ (other?.[at] ?? 0)).slice(0, 10);
}

describe.each(['dcm-1', 'dcm-2'] as const)('fields sealed with %s', (profile) => {
  test('open for the recipient', async () => {
    expect(valueOf(await openFields(await sealed(profile)))).toEqual(FIELDS);
  });

  test('are ciphertext and tag in standard base64, under a fresh key and nonce for each message', async () => {
    const [first, second] = [await sealed(profile), await sealed(profile)];
    expect(decodeBase64(first.fields.debtor_id)?.length).toBe(10 + 16);
    expect(decodeBase64(first.encryption.nonce)?.length).toBe(12);
    expect(decodeBase64(first.encryption.encrypted_key)?.length).toBe(256);
    expect(second.encryption.nonce).not.toBe(first.encryption.nonce);
    expect(second.fields.debtor_id).not.toBe(first.fields.debtor_id);
  });

  test('do not open with another key', async () => {
    const stranger = await generateKeyPair('encrypt');
    const opened = await openFields({ ...(await sealed(profile)), recipientKey: await importDecryptionKey(stranger.privateJwk) });
    expect(opened).toEqual({ ok: false, failure: { code: 'ENCRYPTED_KEY_DOES_NOT_OPEN' } });
  });

  test('do not open after a change of one bit, and the failure names the field', async () => {
    const message = await sealed(profile);
    const bytes = decodeBase64(message.fields.creditor_id) ?? new Uint8Array();
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    const opened = await openFields({ ...message, fields: { ...message.fields, creditor_id: encodeBase64(bytes) } });
    expect(opened).toEqual({ ok: false, failure: { code: 'FIELD_DOES_NOT_OPEN', field: 'creditor_id' } });
  });
});

describe('what dcm-2 adds to the form of the guide', () => {
  test('dcm-1 gives away the XOR of two fields, because they share a nonce; dcm-2 does not', async () => {
    const plain = FIELDS.debtor_id.split('').map((digit, at) => Number(digit) ^ Number(FIELDS.creditor_id[at]));
    const [guide, own] = [await sealed('dcm-1'), await sealed('dcm-2')];
    expect(xor(guide.fields.debtor_id, guide.fields.creditor_id)).toEqual(plain);
    expect(xor(own.fields.debtor_id, own.fields.creditor_id)).not.toEqual(plain);
  });

  test('a field under the name of another opens in dcm-1 and not in dcm-2', async () => {
    const swap = <T extends { fields: Record<keyof typeof FIELDS, string> }>(message: T) => ({
      ...message,
      fields: { ...message.fields, debtor_id: message.fields.creditor_id },
    });
    expect(valueOf(await openFields(swap(await sealed('dcm-1')))).debtor_id).toBe(FIELDS.creditor_id);
    expect(await openFields(swap(await sealed('dcm-2')))).toMatchObject({ ok: false, failure: { field: 'debtor_id' } });
  });

  test('fields moved to another message open in dcm-1 and not in dcm-2', async () => {
    expect((await openFields({ ...(await sealed('dcm-1')), jti: 'another' })).ok).toBe(true);
    expect((await openFields({ ...(await sealed('dcm-2')), jti: 'another' })).ok).toBe(false);
  });

  test('a message of dcm-2 does not open as dcm-1', async () => {
    const message = await sealed('dcm-2');
    expect((await openFields({ ...message, encryption: { ...message.encryption, profile: undefined } })).ok).toBe(false);
  });

  test('only dcm-2 names itself and its key wrapping on the wire', async () => {
    expect(Object.keys((await sealed('dcm-1')).encryption)).toEqual(['nonce', 'encrypted_key']);
    expect((await sealed('dcm-2')).encryption).toMatchObject({ profile: 'dcm-2', alg: 'RSA-OAEP-256' });
  });

  test('a sender takes the best profile that the key lists', () => {
    expect(bestProfile(['dcm-1', 'dcm-2'])).toBe('dcm-2');
    expect(bestProfile(['dcm-1'])).toBe('dcm-1');
    expect(bestProfile([])).toBe('dcm-1');
  });
});
