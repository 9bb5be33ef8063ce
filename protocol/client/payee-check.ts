import { ok, type Result } from '../../kernel/core/result.ts';
import { importEncryptionKey, openFields, type OpenFailure, sealFieldsForMany } from '../field-encryption.ts';
import type { WirePublicKey } from '../jwk-set.ts';
import { OUTCOME_LENGTH, PAYEE_CHECK_OUTCOMES, type PayeeCheckOutcome, type PayeeQuestion } from '../p2p/payee-check.ts';
import type { EncryptionProfile } from '../participant-key.ts';
import type { WebCryptoKey } from '../web-crypto.ts';

/**
 * `payee_check` for an order by phone or a pay request: the name that the payer believes to pay, sealed for every bank that may be asked (`GET /api/v1/p2p/banks`).
 * `jti` is that of the request. Banks whose key does not list dcm-2 are left out: their answer will be NOT_POSSIBLE.
 */
export async function sealPayeeName(o: {
  readonly jti: string;
  readonly name: string;
  readonly banks: readonly { readonly public_key: WirePublicKey; readonly encryption_profiles: readonly EncryptionProfile[] }[];
}): Promise<Record<string, unknown>> {
  const able = o.banks.filter(({ encryption_profiles: profiles }) => profiles.includes('dcm-2'));
  const recipients = await Promise.all(
    able.map(async ({ public_key: { kid, kty, n, e } }) => ({ kid, key: await importEncryptionKey({ kty, n, e }) })),
  );
  const { fields, encryption } = await sealFieldsForMany({ recipients, jti: o.jti, fields: { payee_name: o.name } });
  return { name: fields.payee_name, encryption };
}

/** The name that the payer gave, for the receiver's bank that was asked about its customer. */
export async function openPayeeName(
  { jti, name, encryption }: PayeeQuestion,
  decryptionKey: WebCryptoKey,
): Promise<Result<string, OpenFailure>> {
  const opened = await openFields({ encryption, recipientKey: decryptionKey, jti, fields: { payee_name: name } });
  return opened.ok ? ok(opened.value.payee_name) : opened;
}

/** The text of an outcome to seal, and the outcome in such a text. */
export const outcomeText = (outcome: PayeeCheckOutcome): string => outcome.padEnd(OUTCOME_LENGTH);
export function outcomeOf(text: string): PayeeCheckOutcome {
  return PAYEE_CHECK_OUTCOMES.find((outcome) => outcome === text.trimEnd()) ?? 'NOT_POSSIBLE';
}
