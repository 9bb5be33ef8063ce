import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import { bankCodeOfIban, isUkrainianIban } from '../../../protocol/iban.ts';
import type { Caller } from '../../../schema/caller.ts';
import { merchantBankFailures, merchantProfileFailures, type MerchantFailure, type MerchantProfile } from '../domain/merchant.ts';
import type { TermsChange, TermsFailure } from '../domain/terms.ts';
import { auditedAgreement } from './audited-facts.ts';
import { jwksUrlFailures, setKeySource, type JwksUrlFailure } from './change-key-source.ts';
import { type AuditChange, changeParticipants, type ForbiddenFailure } from './change-participants.ts';
import type { ParticipantsDeps } from './deps.ts';
import type { ChangedId, ChangeOutcome, Registry } from './ports.ts';
import { publishDirectory } from './publish-directory.ts';
import type { KeyInput, KeyInputFailure } from './read-key.ts';
import { registerKeys } from './register-keys.ts';
import { initialTerms } from './initial-terms.ts';

export interface MerchantRegistration extends MerchantProfile {
  readonly keys: readonly KeyInput[];
  /** Where it publishes its keys itself, if it does. */
  readonly jwksUrl?: string;
  readonly terms: TermsChange;
  readonly idempotencyKey: string;
}

export type MerchantRegistrationFailure = MerchantFailure | JwksUrlFailure | KeyInputFailure | TermsFailure | ForbiddenFailure;

/** Registers a merchant of a registered bank with its keys and publishes the directory. */
export function registerMerchant(
  deps: ParticipantsDeps,
  caller: Caller,
  input: MerchantRegistration,
): Promise<ChangeOutcome<MerchantRegistrationFailure>> {
  return changeParticipants(deps, { caller, mutation: 'merchantRegister', input }, (registry, audit) =>
    addMerchant(deps, { registry, audit }, input),
  );
}

async function addMerchant(
  deps: ParticipantsDeps,
  { registry, audit }: { readonly registry: Registry; readonly audit: AuditChange },
  { keys: inputs, jwksUrl, terms: asked, idempotencyKey: _, ...profile }: MerchantRegistration,
): Promise<Result<ChangedId, readonly MerchantRegistrationFailure[]>> {
  const ibanBankCode = isUkrainianIban(profile.iban) ? bankCodeOfIban(profile.iban) : null;
  const failures = [...merchantProfileFailures(profile, ibanBankCode, deps.addressPolicy), ...jwksUrlFailures(jwksUrl, deps.addressPolicy)];
  const bankFailures = merchantBankFailures(ibanBankCode, await registry.bankCodesOf(profile.bankGuid));
  const terms = initialTerms(asked, inputs);
  if (failures.length > 0 || bankFailures.length > 0 || !terms.ok) {
    return fail([...failures, ...bankFailures, ...(terms.ok ? [] : terms.failure)]);
  }

  const [uid, now] = [deps.nextId(), deps.now()];
  await registry.addMerchant({ ...profile, uid, registeredAt: now }, terms.value);
  const path = (index: number): readonly string[] => ['keys', `${index}`];
  const keys = await registerKeys(registry, {
    participantId: uid,
    inputs,
    path,
    keyUse: terms.value.keyUse,
    now,
    isReservedKid: deps.isReservedKid,
  });
  if (!keys.ok) return keys;
  if (jwksUrl !== undefined) await setKeySource(registry, { participantId: uid, url: jwksUrl, now });
  const directoryVersion = await publishDirectory(registry, now);
  await registry.append({ type: 'MerchantRegistered', participantId: uid, payload: { merchantUid: uid, directoryVersion }, at: now });
  const { name, bankGuid, iban, mcc, callbackUrl, redirectOrigins } = profile;
  const facts = { name, bankGuid, iban, mcc, callbackUrl, redirectOrigins };
  await audit(uid, { ...facts, ...auditedAgreement(keys.value, terms.value, jwksUrl) });
  return ok({ id: uid });
}
