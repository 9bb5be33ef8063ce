import { decodeBase64, encodeBase64 } from '../base64.ts';
import { type FieldName, type OpenFailure, sealFields, type WireEncryption } from '../field-encryption.ts';
import type { EncryptionProfile } from '../participant-key.ts';
import { receiverKeys, vectorJwk } from './vector-keys.ts';
import wrapped from './wrapped-keys.json' with { type: 'json' };

interface SealedField {
  readonly name: FieldName;
  readonly plain: string;
  /** Standard base64 of ciphertext and tag. */
  readonly sealed: string;
  /** Standard base64 of the nonce that this field was encrypted with. */
  readonly nonce: string;
  /** Absent where the profile has none. */
  readonly additionalData?: string;
}

export interface SealedVector {
  readonly name: string;
  readonly profile: EncryptionProfile;
  /** The payload's `jti`; the order guid for receiver data. */
  readonly jti: string;
  /** Standard base64 of the AES key, which only the receiver learns; given here so that an implementation can be checked step by step. */
  readonly aesKey: string;
  readonly encryption: WireEncryption;
  readonly fields: readonly SealedField[];
}

export interface RefusedVector {
  readonly name: string;
  readonly jti: string;
  readonly encryption: WireEncryption;
  readonly fields: Readonly<Partial<Record<FieldName, string>>>;
  readonly expect: OpenFailure['code'];
  /** The field that does not open, where it is one field. */
  readonly field?: FieldName;
}

const JTI = '5f0c1f34-8a43-4e0b-8c9d-0a8f1c2b3d4e';
const ORDER_GUID = '0193c2a4-7b1e-7c3d-9f00-1a2b3c4d5e6f';
/** Bytes 0 to 31. RSA-OAEP gives other bytes every time, so the wrapped keys were made once and are kept beside this file. */
const AES_KEY = Uint8Array.from({ length: 32 }, (_, at) => at);
const NONCE = Uint8Array.from({ length: 12 }, (_, at) => 0xa0 + at);
const PAYMENT_FIELDS: readonly (readonly [FieldName, string])[] = [
  ['debtor_name', 'Шевченко Тарас Григорович'],
  ['debtor_id', '2912345678'],
  ['creditor_name', 'ТОВ «Книгарня»'],
  ['creditor_id', '12345678'],
];
const RECEIVER_FIELDS: readonly (readonly [FieldName, string])[] = [
  ['name', 'Косач Лариса Петрівна'],
  ['tax_number', '2987654321'],
];

/** What the receiver's bank says of a name is filled up, so that its length tells nothing. */
const CHECKED_FIELDS: typeof RECEIVER_FIELDS = [...RECEIVER_FIELDS, ['payee_check', 'CLOSE_MATCH     ']];
const PAYEE_FIELDS: typeof RECEIVER_FIELDS = [['payee_name', 'L. Kosach']];
/** What dcm-2 XORs the last byte of the nonce with. */
const NUMBERS: Readonly<Record<FieldName, number>> = {
  debtor_name: 1,
  debtor_id: 2,
  creditor_name: 3,
  creditor_id: 4,
  name: 5,
  tax_number: 6,
  payee_name: 7,
  payee_check: 8,
};

/** Sealed fields with known key and nonce in both profiles, and what must not open. */
export async function fieldEncryptionFile() {
  const sealed = await Promise.all([
    sealedVector('a payment message in dcm-1', 'dcm-1', JTI, PAYMENT_FIELDS),
    sealedVector('a payment message in dcm-2', 'dcm-2', JTI, PAYMENT_FIELDS),
    sealedVector('receiver data in dcm-1, bound to nothing', 'dcm-1', ORDER_GUID, RECEIVER_FIELDS),
    sealedVector('receiver data in dcm-2, bound to the guid of the order', 'dcm-2', ORDER_GUID, RECEIVER_FIELDS),
    sealedVector('receiver data with the outcome of a payee check', 'dcm-2', ORDER_GUID, CHECKED_FIELDS),
    sealedVector('the name for a payee check, bound to the request that it came in', 'dcm-2', JTI, PAYEE_FIELDS),
  ]);
  return {
    about:
      'Golden vectors of the encryption of personal fields. README.md beside this file explains every member. ' +
      'Generated from the cases beside it; the key is published, so never to be trusted.',
    format: 1,
    recipientKey: vectorJwk('receiver'),
    sealed,
    refused: refusedVectors(sealed[0], sealed[1]),
  };
}

async function sealedVector(
  name: string,
  profile: EncryptionProfile,
  jti: string,
  contents: readonly (readonly [FieldName, string])[],
): Promise<SealedVector> {
  const { encrypt } = await receiverKeys();
  const fixed = (length: number) => Uint8Array.from(length === AES_KEY.length ? AES_KEY : NONCE);
  const plain: Partial<Record<FieldName, string>> = Object.fromEntries(contents);
  const { fields, encryption } = await sealFields({
    profile,
    recipientKey: encrypt,
    jti,
    fields: plain as Record<FieldName, string>, // Those that are there are sealed, and no others are read below.
    randomBytes: fixed,
  });
  return {
    name,
    profile,
    jti,
    aesKey: encodeBase64(AES_KEY),
    encryption: { ...encryption, encrypted_key: wrapped.right },
    fields: contents.map(([field, text]) => ({
      name: field,
      plain: text,
      sealed: fields[field],
      ...(profile === 'dcm-1'
        ? { nonce: encodeBase64(NONCE) }
        : { nonce: encodeBase64(nonceOf(field)), additionalData: `${jti}|${field}` }),
    })),
  };
}

/** The last byte of the nonce is 0xab; each field of dcm-2 has its own number to XOR it with. */
function nonceOf(field: FieldName): Uint8Array {
  return NONCE.with(11, 0xab ^ NUMBERS[field]);
}

function refusedVectors(dcm1: SealedVector, dcm2: SealedVector): RefusedVector[] {
  const fields: Partial<Record<FieldName, string>> = Object.fromEntries(dcm2.fields.map(({ name, sealed }) => [name, sealed]));
  const { debtor_id: debtorId = '', creditor_id: creditorId = '' } = fields;
  const message = { jti: dcm2.jti, encryption: dcm2.encryption, fields };
  const withEncryption = (change: Partial<WireEncryption>) => ({ ...message, encryption: { ...dcm2.encryption, ...change } });
  const withFields = (change: typeof fields) => ({ ...message, fields: { ...fields, ...change } });
  const plainKeys = { nonce: dcm2.encryption.nonce, encrypted_key: wrapped.right };
  const key = 'ENCRYPTED_KEY_DOES_NOT_OPEN';
  const field = 'FIELD_DOES_NOT_OPEN';
  return [
    { name: 'dcm-2 without its profile: it is not dcm-1', ...message, encryption: plainKeys, expect: field, field: 'debtor_name' },
    {
      name: 'dcm-1 called dcm-2',
      ...withEncryption({}),
      fields: Object.fromEntries(dcm1.fields.map(({ name, sealed }) => [name, sealed])),
      expect: field,
      field: 'debtor_name',
    },
    { name: 'fields moved to another message', ...message, jti: ORDER_GUID, expect: field, field: 'debtor_name' },
    { name: 'two fields exchanged', ...withFields({ debtor_id: creditorId, creditor_id: debtorId }), expect: field, field: 'debtor_id' },
    { name: 'one bit of a ciphertext changed', ...withFields({ creditor_id: flipped(creditorId) }), expect: field, field: 'creditor_id' },
    { name: 'a tag cut to 12 bytes', ...withFields({ debtor_id: cut(debtorId, 4) }), expect: field, field: 'debtor_id' },
    { name: 'an empty field', ...withFields({ debtor_id: '' }), expect: field, field: 'debtor_id' },
    { name: 'a field in base64url', ...withFields({ debtor_id: urlSpelling(debtorId) }), expect: field, field: 'debtor_id' },
    {
      name: 'the nonce of the field itself',
      ...withEncryption({ nonce: dcm2.fields[0]?.nonce ?? '' }),
      expect: field,
      field: 'debtor_name',
    },
    { name: 'a nonce of 16 bytes', ...withEncryption({ nonce: encodeBase64(new Uint8Array(16)) }), expect: 'ENCRYPTION_MALFORMED' },
    { name: 'a nonce that is not base64', ...withEncryption({ nonce: '*' }), expect: 'ENCRYPTION_MALFORMED' },
    { name: 'a wrapped key that is not base64', ...withEncryption({ encrypted_key: '*' }), expect: 'ENCRYPTION_MALFORMED' },
    { name: 'a profile of the future', ...withEncryption({ profile: 'dcm-3' }), expect: 'ENCRYPTION_PROFILE_UNKNOWN' },
    { name: 'dcm-2 without alg', ...message, encryption: { profile: 'dcm-2', ...plainKeys }, expect: 'ENCRYPTION_PROFILE_UNKNOWN' },
    { name: 'another key wrapping', ...withEncryption({ alg: 'RSA-OAEP' }), expect: 'ENCRYPTION_PROFILE_UNKNOWN' },
    { name: 'a key wrapped with OAEP and SHA-1', ...withEncryption({ encrypted_key: wrapped.oaepSha1 }), expect: key },
    { name: 'a key wrapped with OAEP and a label', ...withEncryption({ encrypted_key: wrapped.oaepLabel }), expect: key },
    { name: 'a key wrapped with PKCS #1 v1.5', ...withEncryption({ encrypted_key: wrapped.pkcs1v15 }), expect: key },
    { name: 'a wrapped key of 128 bits', ...withEncryption({ encrypted_key: wrapped.aes128 }), expect: key },
    { name: 'a wrapped key with one bit changed', ...withEncryption({ encrypted_key: flipped(wrapped.right) }), expect: key },
  ];
}

function flipped(text: string): string {
  const bytes = decodeBase64(text) ?? new Uint8Array();
  return encodeBase64(bytes.with(0, (bytes[0] ?? 0) ^ 1));
}

function cut(text: string, count: number): string {
  return encodeBase64((decodeBase64(text) ?? new Uint8Array()).slice(0, -count));
}

function urlSpelling(text: string): string {
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
