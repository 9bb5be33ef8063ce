import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import type { Caller } from '../../../schema/caller.ts';
import {
  apiKeyState,
  apiKeyText,
  decideApiKeys,
  evolveApiKeys,
  isUseWorthWriting,
  type ApiKey,
  type ApiKeyFailure,
  type ApiKeyKind,
} from '../domain/api-key.ts';
import { failureAt, type FieldFailure } from '../domain/field-failure.ts';
import { auditedApiKey } from './audited-facts.ts';
import { type AuditChange, changeParticipants, type ForbiddenFailure } from './change-participants.ts';
import type { ParticipantsDeps } from './deps.ts';
import type { Changed, ChangedId, IdempotencyFailure, Registry } from './ports.ts';

export interface ApiKeyCreation {
  readonly participantId: string;
  readonly kind: ApiKeyKind;
  /** Null: those of the merchant's customers' addresses. */
  readonly origins: readonly string[] | null;
  readonly idempotencyKey: string;
}

export interface ApiKeyRevocation {
  readonly apiKeyId: string;
  readonly idempotencyKey: string;
}

export type ApiKeyChangeFailure = FieldFailure<ApiKeyFailure['code'] | 'PARTICIPANT_NOT_FOUND'> | ForbiddenFailure | IdempotencyFailure;

/** `secret` is the key itself, in the first answer only: a replay has null, because the hub does not know it any more. */
export type CreatedApiKey = Changed & { readonly secret: string | null };

/** Makes an API key for a participant. At most two of a kind are active, which is what a rotation needs. */
export async function createApiKey(
  deps: ParticipantsDeps,
  caller: Caller,
  input: ApiKeyCreation,
): Promise<Result<CreatedApiKey, readonly ApiKeyChangeFailure[]>> {
  const { participantId, kind, origins } = input;
  const text = apiKeyText(kind, deps.apiKeyMode, deps.apiKeySource.random());
  const now = deps.now();
  const sha256 = deps.apiKeySource.sha256(text);
  const facts: Omit<ApiKey, 'origins'> = {
    id: deps.nextId(),
    participantId,
    kind,
    sha256,
    tail: text.slice(-4),
    createdAt: now,
    lastUsedAt: null,
    revokedAt: null,
  };
  const outcome = await changeParticipants<ApiKeyChangeFailure>(
    deps,
    { caller, mutation: 'apiKeyCreate', input },
    async (registry, audit) => {
      const participantKind = await registry.participantKind(participantId);
      if (participantKind === null) return fail([failureAt('PARTICIPANT_NOT_FOUND', 'participantId')]);
      const byDefault = kind === 'PUBLISHABLE' ? await registry.redirectOriginsOf(participantId) : [];
      const key: ApiKey = { ...facts, origins: origins ?? byDefault };
      const { addressPolicy } = deps;
      const decided = decideApiKeys(await registry.apiKeysOf(participantId), { type: 'CREATE', key, participantKind, addressPolicy });
      if (!decided.ok) return fail([failureAt(decided.failure.code, decided.failure.code === 'API_KEY_ORIGINS' ? 'origins' : 'kind')]);
      await registry.saveApiKey(key);
      await registry.append({ type: 'ApiKeyCreated', participantId, payload: { participantId, keyId: key.id }, at: now });
      await audit(participantId, auditedApiKey(key));
      return ok({ id: key.id });
    },
  );
  if (!outcome.ok) return outcome;
  return ok({ ...outcome.value, secret: outcome.value.replayed ? null : text });
}

/** Revokes an API key. Whoever remembers who a key belongs to forgets within seconds. */
export function revokeApiKey(
  deps: ParticipantsDeps,
  caller: Caller,
  input: ApiKeyRevocation,
): Promise<Result<Changed, readonly ApiKeyChangeFailure[]>> {
  return changeParticipants<ApiKeyChangeFailure>(deps, { caller, mutation: 'apiKeyRevoke', input }, (registry, audit) =>
    endApiKey(deps, { registry, audit }, input.apiKeyId),
  );
}

async function endApiKey(
  deps: ParticipantsDeps,
  { registry, audit }: { readonly registry: Registry; readonly audit: AuditChange },
  id: string,
): Promise<Result<ChangedId, readonly ApiKeyChangeFailure[]>> {
  const now = deps.now();
  const present = await registry.apiKey(id);
  const keys = present ? [present] : [];
  const decided = decideApiKeys(keys, { type: 'REVOKE', id, now });
  if (!decided.ok) return fail([failureAt(decided.failure.code, 'apiKeyId')]);
  for (const event of decided.value) {
    for (const key of evolveApiKeys(keys, event)) await registry.saveApiKey(key);
  }
  if (present && decided.value.length > 0) {
    const { participantId } = present;
    await registry.append({ type: 'ApiKeyRevoked', participantId, payload: { participantId, keyId: id }, at: now });
    await audit(participantId, auditedApiKey(present));
  }
  return ok({ id });
}

/** The owner of an active API key, by the key's hash, or null. Notes the use, at most once a minute. */
export async function resolveApiKey(deps: Pick<ParticipantsDeps, 'reads' | 'now'>, sha256: string): Promise<ApiKey | null> {
  const key = await deps.reads.apiKeyBySha256(sha256);
  if (!key || apiKeyState(key) === 'REVOKED') return null;
  const now = deps.now();
  if (isUseWorthWriting(key.lastUsedAt, now)) await deps.reads.recordApiKeyUse(key.id, now);
  return key;
}
