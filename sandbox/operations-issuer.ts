import { exportJWK, generateKeyPair, importJWK, SignJWT, type JWK } from 'jose';

export const SANDBOX_ISSUER = 'dcm-sandbox';
export const SANDBOX_AUDIENCE = 'dcm-hub-operations';
const TOKEN_LIFETIME = '30d';
const SCOPES = 'participants:write orders:read payments:read payments:resolve settlement:read sandbox:clock';

/** The sandbox plays the staff's identity provider: a key pair, its public key set, and tokens for operations. */
export interface OperationsIssuer {
  readonly jwks: { readonly keys: readonly JWK[] };
  token(subject: string): Promise<string>;
}

export async function newOperationsKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: `ops-${crypto.randomUUID()}` };
}

export async function createOperationsIssuer(privateJwk: JWK): Promise<OperationsIssuer> {
  const key = await importJWK(privateJwk, 'ES256');
  const { d: _private, ...publicJwk } = privateJwk;
  return {
    jwks: { keys: [publicJwk] },
    token: (subject) =>
      new SignJWT({ scope: SCOPES })
        .setProtectedHeader({ alg: 'ES256', kid: privateJwk.kid ?? 'ops', typ: 'JWT' })
        .setIssuer(SANDBOX_ISSUER)
        .setAudience(SANDBOX_AUDIENCE)
        .setSubject(subject)
        .setIssuedAt()
        .setExpirationTime(TOKEN_LIFETIME)
        .sign(key),
  };
}
