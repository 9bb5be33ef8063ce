import { createHash } from 'node:crypto';

import { errors as joseErrors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';

import { fail, ok, type Result } from '../kernel/core/result.ts';
import type { Clock } from '../kernel/runtime/clock.ts';
import { ANONYMOUS, type Caller } from '../schema/caller.ts';
import { createAnswerCache } from './answer-cache.ts';

/** Who a credential belongs to, and when it stops doing so. API keys have no end of their own; they are asked about again. */
export interface Session {
  readonly caller: Caller;
  readonly expiresAt: Date | null;
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
  readonly resolveApiKey: (keySha256: string) => Promise<Caller | null>;
  /** Null: nobody is operations. */
  readonly operations: OperationsIssuer | null;
  readonly clock: Clock;
}

/** How long a revoked key may go on working. */
const API_KEY_CACHE_MS = 10_000;
const API_KEY_CACHE_MAX = 10_000;
const CREDENTIAL_LENGTH_MAX = 8_192;
const API_KEY = /^[psb]k_[A-Za-z0-9_-]{16,200}$/;
const BEARER = /^Bearer +(?<token>[^\s]+)$/i;
/** Written out: the algorithm is ours to choose, never the token's. */
const OPERATIONS_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];
const CLOCK_TOLERANCE_SECONDS = 5;

const ANONYMOUS_SESSION: Session = { caller: ANONYMOUS, expiresAt: null };

export function createAuthenticate(options: CredentialOptions): Authenticate {
  const callers = createAnswerCache<Caller>({
    ttlMs: API_KEY_CACHE_MS,
    entriesMax: API_KEY_CACHE_MAX,
    now: () => options.clock.now().getTime(),
    ask: options.resolveApiKey,
  });

  return async (authorization) => {
    if (authorization === undefined || authorization === '') return ok(ANONYMOUS_SESSION);
    const token = authorization.length > CREDENTIAL_LENGTH_MAX ? undefined : BEARER.exec(authorization)?.groups?.['token'];
    if (token === undefined) return refuse('The Authorization header must be "Bearer" and one credential.');
    if (!API_KEY.test(token)) return readOperationsToken(token, options);
    const caller = await callers.get(createHash('sha256').update(token).digest('hex'));
    return caller ? ok({ caller, expiresAt: null }) : refuse('This API key is unknown or revoked.');
  };
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
