import { fail, ok, type Result } from '../kernel/core/result.ts';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { ENCRYPTION_PROFILES, type EncryptionProfile } from './participant-key.ts';
import { KEY_WRAP_ALGORITHM, NONCE_BYTES } from './payment-message.ts';
import { privateNumbers, publicNumbers } from './rsa-key.ts';
import { decodeUtf8 } from './strict-json.ts';
import { type Bytes, type RsaPrivateJwk, type RsaPublicJwk, utf8, type WebCryptoKey } from './web-crypto.ts';

// For the banks at both ends. Nothing that runs in the hub imports this file (`.dependency-cruiser.mjs`): it checks the form of
// ciphertexts in payment-message.ts, and holds no key that opens one.

/**
 * The personal fields of the wire and what dcm-2 adds (XOR) to the last byte of the nonce for each. Four belong to a payment message,
 * two to the receiver's data in p2p, two to the payee check beside them.
 */
const FIELD_NUMBERS = {
  debtor_name: 1,
  debtor_id: 2,
  creditor_name: 3,
  creditor_id: 4,
  name: 5,
  tax_number: 6,
  payee_name: 7,
  payee_check: 8,
} as const;
export type FieldName = keyof typeof FIELD_NUMBERS;

const AES_KEY_BYTES = 32;
const RSA_OAEP = { name: 'RSA-OAEP', hash: 'SHA-256' } as const;

/** For wrapping the AES key (RSA-OAEP with SHA-256), from the public key of the bank that will open the fields. */
export function importEncryptionKey(jwk: RsaPublicJwk): Promise<WebCryptoKey> {
  return crypto.subtle.importKey('jwk', publicNumbers(jwk), RSA_OAEP, true, ['encrypt']);
}

/** For opening fields that were sealed for the owner of this private key. */
export function importDecryptionKey(jwk: RsaPrivateJwk): Promise<WebCryptoKey> {
  return crypto.subtle.importKey('jwk', privateNumbers(jwk), RSA_OAEP, false, ['decrypt']);
}

/** The `encryption` object as it travels. Without `profile` it is dcm-1. */
export interface WireEncryption {
  readonly profile?: string | undefined;
  /** Standard base64, 12 bytes. */
  readonly nonce: string;
  /** Standard base64: the AES key, wrapped by RSA-OAEP with SHA-256. */
  readonly encrypted_key: string;
  readonly alg?: string | undefined;
}

export interface SealedFields<Field extends FieldName> {
  /** Standard base64 of ciphertext and 16-byte tag. */
  readonly fields: Readonly<Record<Field, string>>;
  readonly encryption: WireEncryption;
}

/**
 * Encrypts personal fields for one recipient: a fresh AES-256-GCM key and nonce per message, the key wrapped for `recipientKey`
 * (from `importEncryptionKey`). `jti` is the payload's jti, or the order guid for receiver data; dcm-2 binds each field to it and to
 * its name, and gives each its own nonce.
 *
 * dcm-1 is the guide's form: one key **and one nonce** for all fields and no additional data. Reusing the nonce gives away the XOR of
 * any two fields, and lets whoever knows one of them forge the others. It is here for partners who know nothing else; a sender takes
 * dcm-2 wherever the recipient's key lists it.
 */
export async function sealFields<Field extends FieldName>(o: {
  readonly profile: EncryptionProfile;
  readonly recipientKey: WebCryptoKey;
  readonly jti: string;
  readonly fields: Readonly<Record<Field, string>>;
  readonly randomBytes?: (length: number) => Bytes;
}): Promise<SealedFields<Field>> {
  const { fields, nonce, aesBytes } = await encryptFields(o);
  const encryption: WireEncryption = { nonce, encrypted_key: await wrapKey(o.recipientKey, aesBytes) };
  return { fields, encryption: o.profile === 'dcm-1' ? encryption : { profile: o.profile, ...encryption, alg: KEY_WRAP_ALGORITHM } };
}

/** The same in dcm-2 for several recipients, of whom one will open it: one ciphertext, its key wrapped for each. */
export async function sealFieldsForMany<Field extends FieldName>(o: {
  readonly recipients: readonly { readonly kid: string; readonly key: WebCryptoKey }[];
  readonly jti: string;
  readonly fields: Readonly<Record<Field, string>>;
  readonly randomBytes?: (length: number) => Bytes;
}) {
  const { fields, nonce, aesBytes } = await encryptFields({ ...o, profile: 'dcm-2' });
  const keys = await Promise.all(o.recipients.map(async ({ kid, key }) => ({ kid, encrypted_key: await wrapKey(key, aesBytes) })));
  return { fields, encryption: { profile: 'dcm-2', nonce, alg: KEY_WRAP_ALGORITHM, keys } as const };
}

async function encryptFields<Field extends FieldName>(o: {
  readonly profile: EncryptionProfile;
  readonly jti: string;
  readonly fields: Readonly<Record<Field, string>>;
  readonly randomBytes?: (length: number) => Bytes;
}) {
  const randomBytes = o.randomBytes ?? ((length: number) => crypto.getRandomValues(new Uint8Array(length)));
  const aesBytes = randomBytes(AES_KEY_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  const key = await crypto.subtle.importKey('raw', aesBytes, 'AES-GCM', false, ['encrypt']);
  const fields = await mapFields(o.fields, async (field, content) => {
    const sealed = await crypto.subtle.encrypt(gcm(o.profile, nonce, o.jti, field), key, utf8(content));
    return encodeBase64(new Uint8Array(sealed));
  });
  return { fields, nonce: encodeBase64(nonce), aesBytes };
}

async function wrapKey(recipientKey: WebCryptoKey, aesBytes: Bytes): Promise<string> {
  return encodeBase64(new Uint8Array(await crypto.subtle.encrypt(RSA_OAEP, recipientKey, aesBytes)));
}

/**
 * PROFILE: not a profile of this version, or an `alg` that does not belong to it. MALFORMED: nonce or wrapped key is not what the
 * profile has there. KEY: the AES key does not open with this private key. FIELD: a ciphertext is not what was sealed, or is for
 * another message or another field.
 */
export type OpenFailure =
  | { readonly code: 'ENCRYPTION_PROFILE_UNKNOWN' | 'ENCRYPTION_MALFORMED' | 'ENCRYPTED_KEY_DOES_NOT_OPEN' }
  | { readonly code: 'FIELD_DOES_NOT_OPEN'; readonly field: FieldName };

/**
 * Decrypts what `sealFields` made. `recipientKey` comes from `importDecryptionKey`; `jti` is the payload's jti, or the order guid for
 * receiver data. Either every field opens, or none is given.
 */
export async function openFields<Field extends FieldName>(o: {
  readonly encryption: WireEncryption;
  readonly recipientKey: WebCryptoKey;
  readonly jti: string;
  readonly fields: Readonly<Record<Field, string>>;
}): Promise<Result<Readonly<Record<Field, string>>, OpenFailure>> {
  const profile = readProfile(o.encryption);
  if (profile === undefined) return fail({ code: 'ENCRYPTION_PROFILE_UNKNOWN' });
  const nonce = decodeBase64(o.encryption.nonce);
  const wrapped = decodeBase64(o.encryption.encrypted_key);
  if (nonce?.length !== NONCE_BYTES || wrapped === undefined) return fail({ code: 'ENCRYPTION_MALFORMED' });
  const aesBytes = await unlessItFails(crypto.subtle.decrypt(RSA_OAEP, o.recipientKey, wrapped));
  if (aesBytes?.byteLength !== AES_KEY_BYTES) return fail({ code: 'ENCRYPTED_KEY_DOES_NOT_OPEN' });
  const key = await crypto.subtle.importKey('raw', aesBytes, 'AES-GCM', false, ['decrypt']);
  const opened = await mapFields<Field, string | undefined>(o.fields, async (field, sealed) => {
    const bytes = decodeBase64(sealed);
    const content = bytes && (await unlessItFails(crypto.subtle.decrypt(gcm(profile, nonce, o.jti, field), key, bytes)));
    return content && decodeUtf8(new Uint8Array(content));
  });
  for (const field of fieldNames(opened)) {
    if (opened[field] === undefined) return fail({ code: 'FIELD_DOES_NOT_OPEN', field });
  }
  return ok(opened as Record<Field, string>); // The loop above has seen every one of them.
}

/** dcm-2 names its key wrapping; dcm-1, the form of the guide, may leave it out. */
function readProfile({ profile = 'dcm-1', alg }: WireEncryption): EncryptionProfile | undefined {
  const known = ENCRYPTION_PROFILES.find((candidate) => candidate === profile);
  return alg === KEY_WRAP_ALGORITHM || (alg === undefined && known === 'dcm-1') ? known : undefined;
}

/** The profile a sender takes among those that the recipient's key lists: the best one; an empty list means dcm-1. */
export function bestProfile(listed: readonly EncryptionProfile[]): EncryptionProfile {
  return listed.includes('dcm-2') ? 'dcm-2' : 'dcm-1';
}

function gcm(profile: EncryptionProfile, nonce: Bytes, jti: string, field: FieldName) {
  if (profile === 'dcm-1') return { name: 'AES-GCM', iv: nonce, tagLength: 128 };
  const iv = Uint8Array.from(nonce);
  iv[NONCE_BYTES - 1] = (iv[NONCE_BYTES - 1] ?? 0) ^ FIELD_NUMBERS[field];
  return { name: 'AES-GCM', iv, additionalData: utf8(`${jti}|${field}`), tagLength: 128 };
}

function fieldNames<Field extends FieldName>(fields: Readonly<Record<Field, unknown>>): readonly Field[] {
  return Object.keys(fields) as Field[]; // The type lists every key there is.
}

async function mapFields<Field extends FieldName, Out>(
  fields: Readonly<Record<Field, string>>,
  map: (field: Field, value: string) => Promise<Out>,
): Promise<Record<Field, Out>> {
  const entries = await Promise.all(fieldNames(fields).map(async (field) => [field, await map(field, fields[field])] as const));
  return Object.fromEntries(entries) as Record<Field, Out>; // One entry for each field.
}

async function unlessItFails(decryption: Promise<ArrayBuffer>): Promise<ArrayBuffer | undefined> {
  try {
    return await decryption;
  } catch {
    return undefined; // WebCrypto says "does not decrypt" by throwing, and nothing more.
  }
}
