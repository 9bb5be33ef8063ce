import { createHash } from 'node:crypto';

import { errors as joseErrors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';

import type { z } from 'zod';

import { fail, ok, type Result } from '../kernel/core/result.ts';
import type { ClientSecrets } from '../kernel/runtime/client-secret.ts';
import type { Clock } from '../kernel/runtime/clock.ts';
import { ANONYMOUS, type Caller } from '../schema/caller.ts';
import type { resolveApiKey } from '../schema/commands/participants.ts';
import { pageTokenSchema } from '../schema/page-token.ts';
import { createAnswerCache } from './answer-cache.ts';

/** Who a credential belongs to, and when it stops doing so. API keys have no end of their own; they are asked about again. */
export interface Session {
  readonly caller: Caller;
  readonly expiresAt: Date | null;
  /** The web origins whose pages may use a credential that browsers hold. Other credentials belong into no page but the hub's own. */
  readonly origins?: readonly string[];
}

/** How long a session is still good, in milliseconds; undefined when it has no end of its own. */
export function millisecondsLeft({ expiresAt }: Session, now: Date): number | undefined {
  return expiresAt ? Math.max(0, expiresAt.getTime() - now.getTime()) : undefined;
}

/** `reason` is for the log of whoever holds the credential: it never says more than that the credential itself is no good. */
export type CredentialFailure = { readonly code: 'UNAUTHENTICATED'; readonly reason: string };

/**
 * Reads an `Authorization` value. None at all is an anonymous caller; one that is not good is a failure, never silently anonymous.
 * Rejects when it could not be found out, because participants did not answer.
 */
export type Authenticate = (authorization: string | undefined) => Promise<Result<Session, CredentialFailure>>;

/** Where operations staff get their tokens: an OpenID provider, or the sandbox. */
export interface OperationsIssuer {
  readonly issuer: string;
  readonly audience: string;
  readonly keys: JWTVerifyGetKey;
}

export interface CredentialOptions {
  /** The command `resolve-api-key` of participants; gets the SHA-256 of the key in lower-case hex. */
  readonly resolveApiKey: (keySha256: string) => Promise<ApiKeyOwner>;
  readonly clientSecrets: Pick<ClientSecrets, 'orderOf'>;
  /** Checks a token that the edge signed, and gives its payload. */
  readonly verifyPageToken: (token: string) => Result<unknown, unknown>;
  /** Where the hosted payment page is served. */
  readonly pageOrigin: string;
  /** Null: nobody is operations. */
  readonly operations: OperationsIssuer | null;
  readonly clock: Clock;
  /** Calls its argument when an API key may have been made or revoked, where that can be known. */
  readonly onKeysChanged?: (listener: () => void) => unknown;
}

type ApiKeyOwner = z.infer<(typeof resolveApiKey)['response']>;

/** How long a revoked key may go on working where nobody says that it was. */
const API_KEY_CACHE_MS = 10_000;
const API_KEY_CACHE_MAX = 10_000;
const CREDENTIAL_LENGTH_MAX = 8_192;
/** A publishable key may be followed by a dot and the client secret of one order. */
const API_KEY = /^(?<key>[psb]k_[A-Za-z0-9_-]{16,200})(?:\.(?<clientSecret>cs_[A-Za-z0-9_-]{1,200}))?$/;
const BEARER = /^Bearer +(?<token>[^\s]+)$/i;
/** Written out: the algorithm is ours to choose, never the token's. */
const OPERATIONS_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];
const CLOCK_TOLERANCE_SECONDS = 5;

const ANONYMOUS_SESSION: Session = { caller: ANONYMOUS, expiresAt: null };

export function createAuthenticate(options: CredentialOptions): Authenticate {
  const owners = createAnswerCache<ApiKeyOwner>({
    ttlMs: API_KEY_CACHE_MS,
    entriesMax: API_KEY_CACHE_MAX,
    now: () => options.clock.now().getTime(),
    ask: async (keySha256) => {
      const owner = await options.resolveApiKey(keySha256);
      return owner.caller || owner.publishable ? owner : null;
    },
  });

  options.onKeysChanged?.(() => owners.forget());

  async function readApiKey(key: string, clientSecret: string | undefined): Promise<Result<Session, CredentialFailure>> {
    const owner = await owners.get(createHash('sha256').update(key).digest('hex'));
    if (owner?.publishable) return customerSession(owner.publishable, clientSecret, options);
    if (!owner?.caller) return refuse('This API key is unknown or revoked.');
    return clientSecret === undefined
      ? ok({ caller: owner.caller, expiresAt: null })
      : refuse('A client secret goes with a publishable key.');
  }

  return async (authorization) => {
    if (authorization === undefined || authorization === '') return ok(ANONYMOUS_SESSION);
    const token = authorization.length > CREDENTIAL_LENGTH_MAX ? undefined : BEARER.exec(authorization)?.groups?.['token'];
    if (token === undefined) return refuse('The Authorization header must be "Bearer" and one credential.');
    const { key, clientSecret } = API_KEY.exec(token)?.groups ?? {};
    if (key !== undefined) return await readApiKey(key, clientSecret);
    return readPageToken(token, options) ?? (await readOperationsToken(token, options));
  };
}

/** A publishable key alone is a customer without an order; with an order's client secret it watches that one. */
function customerSession(
  { merchantUid, keyId, origins }: NonNullable<ApiKeyOwner['publishable']>,
  clientSecret: string | undefined,
  { clientSecrets }: CredentialOptions,
): Result<Session, CredentialFailure> {
  const orderId = clientSecret === undefined ? null : clientSecrets.orderOf(clientSecret);
  if (clientSecret !== undefined && orderId === null) return refuse('This client secret is not one.');
  return ok({ caller: { kind: 'customer', merchantUid, orderId, keyId }, expiresAt: null, origins });
}

/** Null for what the edge has not signed. What it has signed for another purpose is refused. */
function readPageToken(
  token: string,
  { verifyPageToken, clock, pageOrigin }: CredentialOptions,
): Result<Session, CredentialFailure> | null {
  const verified = verifyPageToken(token);
  if (!verified.ok) return null;
  const claims = pageTokenSchema.safeParse(verified.value);
  if (!claims.success) return refuse('This token is for something else.');
  const { orderId, merchantUid, exp } = claims.data;
  const expiresAt = new Date(exp * 1000);
  if (expiresAt <= clock.now()) return refuse('The payment page has ended.');
  return ok({ caller: { kind: 'customer', merchantUid, orderId, keyId: `page:${orderId}` }, expiresAt, origins: [pageOrigin] });
}

async function readOperationsToken(token: string, { operations, clock }: CredentialOptions): Promise<Result<Session, CredentialFailure>> {
  if (!operations) return refuse('This credential is not an API key.');
  try {
    const { payload } = await jwtVerify(token, operations.keys, {
      issuer: operations.issuer,
      audience: operations.audience,
      algorithms: OPERATIONS_ALGORITHMS,
      requiredClaims: ['sub', 'exp'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: clock.now(),
    });
    return ok(operationsSession(payload));
  } catch (error) {
    // A key set that did not come (ERR_JOSE_GENERIC is a status other than 200) says nothing about the token.
    const refused =
      error instanceof joseErrors.JOSEError && !(error instanceof joseErrors.JWKSTimeout) && error.code !== 'ERR_JOSE_GENERIC';
    if (!refused) throw error;
    return refuse(`The token was refused (${error.code}).`);
  }
}

function operationsSession({ sub, exp, scope }: JWTPayload): Session {
  const scopes = typeof scope === 'string' ? scope.split(' ').filter((part) => part !== '') : [];
  return { caller: { kind: 'operations', subject: sub ?? '', scopes }, expiresAt: new Date((exp ?? 0) * 1000) };
}

function refuse(reason: string): Result<Session, CredentialFailure> {
  return fail({ code: 'UNAUTHENTICATED', reason });
}
