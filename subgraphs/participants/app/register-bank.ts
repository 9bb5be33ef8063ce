import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import { isBankCode } from '../../../protocol/bic.ts';
import { bankCodeOfIban, isUkrainianIban } from '../../../protocol/iban.ts';
import type { Caller } from '../../../schema/caller.ts';
import { bankCodeConflicts, bankProfileFailures, type BankFailure, type BankProfile } from '../domain/bank.ts';
import type { TermsChange, TermsFailure } from '../domain/terms.ts';
import { readAppScheme } from '../domain/text-field.ts';
import { auditedAgreement } from './audited-facts.ts';
import { jwksUrlFailures, setKeySource, type JwksUrlFailure } from './change-key-source.ts';
import { type AuditChange, changeParticipants, type ForbiddenFailure } from './change-participants.ts';
import type { ParticipantsDeps } from './deps.ts';
import type { ChangedId, ChangeOutcome, Registry } from './ports.ts';
import { publishDirectory } from './publish-directory.ts';
import type { KeyInput, KeyInputFailure } from './read-key.ts';
import { registerKeys } from './register-keys.ts';
import { initialTerms } from './initial-terms.ts';

export interface BankRegistration extends BankProfile {
  readonly keys: readonly KeyInput[];
  /** Where it publishes its keys itself, if it does. */
  readonly jwksUrl?: string;
  readonly terms: TermsChange;
  readonly idempotencyKey: string;
}

export type BankRegistrationFailure = BankFailure | JwksUrlFailure | KeyInputFailure | TermsFailure | ForbiddenFailure;

/** Registers a bank with its keys and publishes the directory. Everything that is wrong with the profile is told at once. */
export function registerBank(
  deps: ParticipantsDeps,
  caller: Caller,
  input: BankRegistration,
): Promise<ChangeOutcome<BankRegistrationFailure>> {
  return changeParticipants(deps, { caller, mutation: 'bankRegister', input }, (registry, audit) =>
    addBank(deps, { registry, audit }, input),
  );
}

async function addBank(
  deps: ParticipantsDeps,
  { registry, audit }: { readonly registry: Registry; readonly audit: AuditChange },
  { keys: inputs, jwksUrl, terms: asked, idempotencyKey: _, ...profile }: BankRegistration,
): Promise<Result<ChangedId, readonly BankRegistrationFailure[]>> {
  const failures = [
    ...bankProfileFailures(profile, readingsOf(profile), deps.addressPolicy),
    ...jwksUrlFailures(jwksUrl, deps.addressPolicy),
  ];
  const terms = initialTerms(asked, inputs);
  if (failures.length > 0 || !terms.ok) return fail([...failures, ...(terms.ok ? [] : terms.failure)]);
  const conflicts = bankCodeConflicts(profile, await registry.bankCodesTaken(profile.bankCodes));
  if (conflicts.length > 0) return fail(conflicts);

  const [guid, now] = [deps.nextId(), deps.now()];
  const appScheme = profile.appScheme === null ? null : readAppScheme(profile.appScheme);
  await registry.addBank({ ...profile, appScheme, guid, registeredAt: now }, terms.value);
  const path = (index: number): readonly string[] => ['keys', `${index}`];
  const keys = await registerKeys(registry, {
    participantId: guid,
    inputs,
    path,
    keyUse: terms.value.keyUse,
    now,
    isReservedKid: deps.isReservedKid,
  });
  if (!keys.ok) return keys;
  if (jwksUrl !== undefined) await setKeySource(registry, { participantId: guid, url: jwksUrl, now });
  const directoryVersion = await publishDirectory(registry, now);
  await registry.append({ type: 'BankRegistered', participantId: guid, payload: { bankGuid: guid, directoryVersion }, at: now });
  const { name, bic, bankCodes, routes } = profile;
  await audit(guid, { name, bic, bankCodes, routes: { ...routes }, ...auditedAgreement(keys.value, terms.value, jwksUrl) });
  return ok({ id: guid });
}

function readingsOf(profile: BankProfile) {
  return {
    malformedCodes: [profile.bic, ...profile.bankCodes].filter((code) => !isBankCode(code)),
    chargingAccountBankCode: isUkrainianIban(profile.chargingAccount) ? bankCodeOfIban(profile.chargingAccount) : null,
  };
}
