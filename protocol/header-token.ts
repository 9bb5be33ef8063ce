import { fail, ok, type Result } from '../kernel/core/result.ts';
import type { TokenFailure } from './errors.ts';
import type { JsonValue } from './strict-json.ts';
import { type ReadToken, readToken } from './token.ts';

/** The header that carries a token of the sender on every request, in both directions (guide 2). */
export const HEADER_TOKEN_NAME = 'Cx-Authorization';

/** What the hub calls itself in `iss` of its callbacks, and what participants may call it in `aud` of a bound header token. */
export const HUB_NAME = 'dcm-hub';

/** How far `iat` may be from the clock of whoever checks it, either way. Seconds. */
export const FRESHNESS_SECONDS = 300;

/** How long the replay guard remembers a token, counted from the token's own `iat`. Seconds. */
export const REPLAY_MEMORY_SECONDS = 360;

export const TOKEN_ID_LENGTH_MAX = 128;

/** What a header token says. `iat` and `jti` are the guide's; the rest binds the token to one request and is optional there. */
export interface HeaderTokenClaims {
  readonly jti: string;
  /** Unix seconds. */
  readonly iat: number;
  readonly exp: number | undefined;
  /** True when the token names audience, method, path and body: nobody can use it for another request. */
  readonly bound: boolean;
}

/** What stands in the body of a request: nothing, a JWT that its sender signed as well, or anything else. */
export type BodyKind = 'none' | 'signed' | 'plain';

/**
 * Whether a header token must name its request. A plain body has no other signature over it, so there it must, unless the participant is
 * in the compatibility mode of the guide's bare form; elsewhere the participant decides by the terms that it has in the directory.
 */
export function isBindingRequired(o: {
  readonly boundTokens: 'when-present' | 'required';
  readonly plainBodies: 'bound' | 'bare';
  readonly body: BodyKind;
}): boolean {
  return o.boundTokens === 'required' || (o.body === 'plain' && o.plainBodies === 'bound');
}

/** The request that a header token belongs to. */
export interface BoundRequest {
  readonly method: string;
  /** Path and query exactly as in the request line: `/api/v1/p2p/alias?phone=%2B380...`. */
  readonly path: string;
  /** SHA-256 of the raw body as base64url without padding, from `bodySha256`; of zero bytes when there is no body. */
  readonly bodySha256: string;
}

/** Claims of a new header token. With `request` it is bound to that request, and expires with the freshness window. */
export function headerTokenClaims(o: {
  readonly jti: string;
  readonly now: Date;
  readonly binding?: BoundRequest & { readonly audience: string };
}): Record<string, string | number> {
  const iat = Math.floor(o.now.getTime() / 1000);
  if (!o.binding) return { iat, jti: o.jti };
  const { audience, method, path, bodySha256 } = o.binding;
  return { iat, jti: o.jti, exp: iat + FRESHNESS_SECONDS, aud: audience, method, path, body_sha256: bodySha256 };
}

/** Reads the value of a Cx-Authorization header. Whatever is wrong with its form is an authentication failure, never a 400. */
export function readHeaderToken(value: string | null | undefined): Result<ReadToken, TokenFailure> {
  if (value === null || value === undefined || value === '') return fail({ code: 'TOKEN_MISSING' });
  const token = readToken(value);
  return token.ok || token.failure.code.startsWith('TOKEN_') ? token : fail({ code: 'TOKEN_MALFORMED' });
}

/**
 * Checks the claims of a header token whose signature was verified. Binding claims are enforced where they are present, and required
 * with `bindingRequired`. `audience` is every name that the checker goes by. Fails with TOKEN_CLAIMS (a claim is missing or of the wrong
 * type), TOKEN_FUTURE and TOKEN_STALE (`iat`), TOKEN_EXPIRED (`exp`), TOKEN_AUDIENCE, TOKEN_METHOD, TOKEN_PATH, TOKEN_BODY (made for
 * another request) or TOKEN_BINDING (a required binding claim is absent).
 */
export function checkHeaderToken(
  token: ReadToken,
  o: BoundRequest & { readonly now: Date; readonly audience: string | readonly string[]; readonly bindingRequired: boolean },
): Result<HeaderTokenClaims, TokenFailure> {
  const { iat, jti, exp } = token.claims;
  if (!isSeconds(iat) || typeof jti !== 'string' || jti === '' || jti.length > TOKEN_ID_LENGTH_MAX) return fail({ code: 'TOKEN_CLAIMS' });
  if (exp !== undefined && !isSeconds(exp)) return fail({ code: 'TOKEN_CLAIMS' });
  const seconds = o.now.getTime() / 1000;
  if (iat > seconds + FRESHNESS_SECONDS) return fail({ code: 'TOKEN_FUTURE' });
  if (iat < seconds - FRESHNESS_SECONDS) return fail({ code: 'TOKEN_STALE' });
  if (exp !== undefined && exp <= seconds) return fail({ code: 'TOKEN_EXPIRED' });
  const binding = checkBinding(token, o);
  if (!binding.ok) return binding;
  const { bound } = binding.value;
  return o.bindingRequired && !bound ? fail({ code: 'TOKEN_BINDING' }) : ok({ jti, iat, exp, bound });
}

/** Each claim that is there must be true of the request; `bound` when all four are there. */
function checkBinding(
  token: ReadToken,
  o: BoundRequest & { readonly audience: string | readonly string[] },
): Result<{ readonly bound: boolean }, TokenFailure> {
  const { aud, method, path, body_sha256 } = token.claims;
  if (aud !== undefined && !names(aud, o.audience)) return fail({ code: 'TOKEN_AUDIENCE' });
  if (method !== undefined && method !== o.method) return fail({ code: 'TOKEN_METHOD' });
  if (path !== undefined && path !== o.path) return fail({ code: 'TOKEN_PATH' });
  if (body_sha256 !== undefined && body_sha256 !== o.bodySha256) return fail({ code: 'TOKEN_BODY' });
  return ok({ bound: [aud, method, path, body_sha256].every((claim) => claim !== undefined) });
}

function isSeconds(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

/** `aud` may be one name or a list of them (RFC 7519), and so may the names that the checker goes by. */
function names(audience: JsonValue, own: string | readonly string[]): boolean {
  const ownNames = typeof own === 'string' ? [own] : own;
  return ownNames.some((name) => (Array.isArray(audience) ? audience.includes(name) : audience === name));
}
