import { z } from 'zod';

import { fail, ok, type Result } from '../../kernel/core/result.ts';
import { decodeBase64url, encodeBase64url } from '../base64.ts';
import { type WirePublicKey, wirePublicKeySchema } from '../jwk-set.ts';
import { ENCRYPTION_PROFILES, type EncryptionProfile } from '../participant-key.ts';
import { isNameCiphertext, KEY_WRAP_ALGORITHM, readMessageEncryption } from '../payment-message.ts';
import { decodeUtf8, isJsonObject, type JsonObject, readStrictJson } from '../strict-json.ts';
import { utf8 } from '../web-crypto.ts';

/**
 * What the receiver's bank says of the name that the payer gave: it is its customer's; nearly; it is not; or the bank cannot say. The guide has none of this. The
 * name goes past the hub sealed for whichever bank the receiver turns out to have, the outcome sealed for the payer's bank.
 */
export const PAYEE_CHECK_OUTCOMES = ['MATCH', 'CLOSE_MATCH', 'NO_MATCH', 'NOT_POSSIBLE'] as const;
export type PayeeCheckOutcome = (typeof PAYEE_CHECK_OUTCOMES)[number];

/** Every outcome is sealed as a text of this length, filled with spaces, so that no ciphertext tells it by its own length. */
export const OUTCOME_LENGTH = 16;

/** Where a payer's bank reads the keys of the banks that may be asked. */
export const P2P_BANKS_PATH = '/api/v1/p2p/banks';

/** A name sealed once, its AES key wrapped for each bank that may have to open it. */
export interface SealedPayeeName {
  /** Of the request that it came in: the ciphertext is bound to it. */
  readonly jti: string;
  readonly name: string;
  readonly nonce: string;
  readonly keys: readonly { readonly kid: string; readonly encryptedKey: string }[];
}

const KEYS_MAX = 120;

/** Reads `payee_check` of an order or a pay request; null where there is none. Form only: the hub opens nothing. */
export function readPayeeCheck(claims: JsonObject, jti: string): Result<SealedPayeeName | null, { readonly code: 'INVALID_PAYEE_CHECK' }> {
  const check = claims['payee_check'];
  if (check === undefined) return ok(null);
  if (!isJsonObject(check) || !isJsonObject(check['encryption'])) return invalid();
  const { name } = check;
  const { profile, nonce, alg, keys } = check['encryption'];
  if (profile !== 'dcm-2' || !isNameCiphertext(name) || !Array.isArray(keys) || keys.length === 0 || keys.length > KEYS_MAX)
    return invalid();
  if (typeof nonce !== 'string' || typeof alg !== 'string') return invalid();
  const wrapped: { kid: string; encryptedKey: string }[] = [];
  for (const entry of keys) {
    if (!isJsonObject(entry) || typeof entry['kid'] !== 'string') return invalid();
    const read = readMessageEncryption({ profile, nonce, alg, encrypted_key: entry['encrypted_key'] ?? null });
    if (!read.ok) return invalid();
    wrapped.push({ kid: entry['kid'], encryptedKey: read.value.encryptedKey });
  }
  return ok({ jti, name, nonce, keys: wrapped });
}

function invalid() {
  return fail({ code: 'INVALID_PAYEE_CHECK' as const });
}

/** The one part of it that a bank with these keys can open, for the query of the question to it; null where none of its keys is among them. */
export function payeeCheckParameter({ jti, name, nonce, keys }: SealedPayeeName, kids: readonly string[]): string | null {
  const wrapped = keys.find(({ kid }) => kids.includes(kid));
  if (!wrapped) return null;
  const encryption = { profile: 'dcm-2', nonce, encrypted_key: wrapped.encryptedKey, alg: KEY_WRAP_ALGORITHM };
  return encodeBase64url(utf8(JSON.stringify({ jti, name, encryption } satisfies PayeeQuestion)));
}

const questionSchema = z.object({
  jti: z.string(),
  name: z.string(),
  encryption: z.object({ profile: z.string(), nonce: z.string(), encrypted_key: z.string(), alg: z.string() }),
});
export type PayeeQuestion = z.infer<typeof questionSchema>;

/** The parameter as the receiver's bank reads it; null for what is none. */
export function readPayeeQuestion(parameter: string): PayeeQuestion | null {
  const bytes = decodeBase64url(parameter);
  const text = bytes && decodeUtf8(bytes);
  const json = text === undefined ? null : readStrictJson(utf8(text));
  const question = json?.ok ? questionSchema.safeParse(json.value.value) : null;
  return question?.success ? question.data : null;
}

/** A bank that may be asked, with the key that the payer's name is sealed for. */
export interface ToldBank {
  readonly bic: string;
  readonly name: string;
  readonly publicKey: WirePublicKey;
  readonly encryptionProfiles: readonly EncryptionProfile[];
}

/** The answer to `GET /api/v1/p2p/banks`. */
export function p2pBanksAnswer(banks: readonly ToldBank[]) {
  return {
    banks: banks.map(({ bic, name, publicKey, encryptionProfiles }) => ({
      bic,
      name,
      public_key: publicKey,
      encryption_profiles: encryptionProfiles,
    })),
  };
}

export const p2pBanksSchema = z.looseObject({
  banks: z.array(
    z.looseObject({
      bic: z.string(),
      name: z.string(),
      public_key: wirePublicKeySchema,
      encryption_profiles: z.array(z.enum(ENCRYPTION_PROFILES)),
    }),
  ),
});
