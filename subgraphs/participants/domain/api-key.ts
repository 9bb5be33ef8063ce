import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import { addMilliseconds, type Instant } from '../../../kernel/core/time.ts';
import { type AddressPolicy, isWebOrigin } from './web-address.ts';

/** SECRET and PUBLISHABLE keys belong to merchants (server, browser), BANK keys to banks. */
export const API_KEY_KINDS = ['SECRET', 'PUBLISHABLE', 'BANK'] as const;
export type ApiKeyKind = (typeof API_KEY_KINDS)[number];

export type ParticipantKind = 'BANK' | 'MERCHANT';

/** Two, so that a participant can rotate: make the new one, move over, revoke the old one. */
export const ACTIVE_API_KEYS_MAX = 2;
/** The last use is written at most this often, so that a busy key does not cost a write per request. */
export const LAST_USED_RESOLUTION_MS = 60_000;

/** What is kept of an API key. The key itself is shown once and never stored. */
export interface ApiKey {
  readonly id: string;
  readonly participantId: string;
  readonly kind: ApiKeyKind;
  /** SHA-256 of the whole key text, lower-case hex. */
  readonly sha256: string;
  /** The last four characters, by which people recognise a key. */
  readonly tail: string;
  /** PUBLISHABLE only: the web origins whose pages may use the key. Empty: no page may. */
  readonly origins: readonly string[];
  readonly createdAt: Instant;
  readonly lastUsedAt: Instant | null;
  readonly revokedAt: Instant | null;
}

/** The states of an API key. */
export const TRANSITIONS = { ACTIVE: ['REVOKED'], REVOKED: [] } as const;
export type ApiKeyState = keyof typeof TRANSITIONS;

export function apiKeyState(key: ApiKey): ApiKeyState {
  return key.revokedAt === null ? 'ACTIVE' : 'REVOKED';
}

export type ApiKeyCommand =
  | { readonly type: 'CREATE'; readonly key: ApiKey; readonly participantKind: ParticipantKind; readonly addressPolicy: AddressPolicy }
  | { readonly type: 'REVOKE'; readonly id: string; readonly now: Instant };

export type ApiKeyEvent =
  | { readonly type: 'ApiKeyCreated'; readonly key: ApiKey }
  | { readonly type: 'ApiKeyRevoked'; readonly id: string; readonly revokedAt: Instant };

export const API_KEY_FAILURE_CODES = ['API_KEY_NOT_FOUND', 'API_KEY_KIND', 'API_KEY_LIMIT', 'API_KEY_ORIGINS'] as const;
export interface ApiKeyFailure {
  readonly code: (typeof API_KEY_FAILURE_CODES)[number];
}

/** How many origins one key may have. */
export const API_KEY_ORIGINS_MAX = 20;

/** Origins are for pages in browsers, so for publishable keys only, in the spelling that browsers send. */
function areOriginsFit({ kind, origins }: ApiKey, policy: AddressPolicy): boolean {
  if (kind !== 'PUBLISHABLE') return origins.length === 0;
  return origins.length <= API_KEY_ORIGINS_MAX && origins.every((origin) => isWebOrigin(origin, policy));
}

/** Decides over all keys of one participant. Revoking a revoked key is already so. */
export function decideApiKeys(keys: readonly ApiKey[], command: ApiKeyCommand): Result<readonly ApiKeyEvent[], ApiKeyFailure> {
  switch (command.type) {
    case 'CREATE': {
      const { key, participantKind, addressPolicy } = command;
      if ((key.kind === 'BANK') !== (participantKind === 'BANK')) return fail({ code: 'API_KEY_KIND' });
      if (!areOriginsFit(key, addressPolicy)) return fail({ code: 'API_KEY_ORIGINS' });
      const active = keys.filter((other) => other.kind === key.kind && apiKeyState(other) === 'ACTIVE');
      if (active.length >= ACTIVE_API_KEYS_MAX) return fail({ code: 'API_KEY_LIMIT' });
      return ok([{ type: 'ApiKeyCreated', key }]);
    }
    case 'REVOKE': {
      const key = keys.find((candidate) => candidate.id === command.id);
      if (!key) return fail({ code: 'API_KEY_NOT_FOUND' });
      return ok(apiKeyState(key) === 'REVOKED' ? [] : [{ type: 'ApiKeyRevoked', id: key.id, revokedAt: command.now }]);
    }
    default:
      return command satisfies never;
  }
}

export function evolveApiKeys(keys: readonly ApiKey[], event: ApiKeyEvent): readonly ApiKey[] {
  switch (event.type) {
    case 'ApiKeyCreated':
      return [...keys, event.key];
    case 'ApiKeyRevoked':
      return keys.map((key) => (key.id === event.id ? { ...key, revokedAt: event.revokedAt } : key));
    default:
      return event satisfies never;
  }
}

/** `sk_test_` + the random part. Kind and mode are readable, so that a key in the wrong place is recognised. */
export function apiKeyText(kind: ApiKeyKind, mode: 'test' | 'live', random: string): string {
  return `${KEY_PREFIX[kind]}_${mode}_${random}`;
}

const KEY_PREFIX = { SECRET: 'sk', PUBLISHABLE: 'pk', BANK: 'bk' } as const satisfies Record<ApiKeyKind, string>;

/** True when a use at `now` is to be written down. */
export function isUseWorthWriting(lastUsedAt: Instant | null, now: Instant): boolean {
  return lastUsedAt === null || now >= addMilliseconds(lastUsedAt, LAST_USED_RESOLUTION_MS);
}
