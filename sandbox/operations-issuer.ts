import { exportJWK, generateKeyPair, importJWK, SignJWT, type JWK } from 'jose';

const TOKEN_LIFETIME = '30d';
const SCOPES =
  'participants:read participants:write orders:read orders:write payments:read payments:resolve payments:return aliases:read aliases:write settlement:read settlement:write audit:read sandbox:clock';

/** The sandbox plays the staff's identity provider: a key pair, its public key set, and tokens for operations. */
export interface OperationsIssuer {
  readonly jwks: { readonly keys: readonly JWK[] };
  token(subject: string): Promise<string>;
}

export async function newOperationsKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: `ops-${crypto.randomUUID()}` };
}

export async function createOperationsIssuer(o: { privateJwk: JWK; issuer: string; audience: string }): Promise<OperationsIssuer> {
  const { privateJwk } = o;
  const key = await importJWK(privateJwk, 'ES256');
  const { d: _private, ...publicJwk } = privateJwk;
  return {
    jwks: { keys: [publicJwk] },
    token: (subject) =>
      new SignJWT({ scope: SCOPES })
        .setProtectedHeader({ alg: 'ES256', kid: privateJwk.kid ?? 'ops', typ: 'JWT' })
        .setIssuer(o.issuer)
        .setAudience(o.audience)
        .setSubject(subject)
        .setIssuedAt()
        .setExpirationTime(TOKEN_LIFETIME)
        .sign(key),
  };
}
