import { createPrivateKey, createPublicKey, sign, verify, type JsonWebKey, type KeyObject } from 'node:crypto';

import { fail, ok, type Result } from '../core/result.ts';
import { SIGNATURE_ALGORITHMS, signatureAlgorithmOf } from '../core/signature-algorithm.ts';
import type { HubSecrets, SigningSecret } from './secrets.ts';

/**
 * Signatures on the Node side with node:crypto. Keys become KeyObjects once, when the signer is made: a PEM or JWK per call doubles
 * the cost of a signature. What runs in the Worker or a browser is in protocol/token.ts.
 */
export interface TokenSigner {
  readonly kid: string;
  /** A compact RS256 token (RFC 7515, `typ: JWT`) over exactly this JSON text. Signs on the thread pool, so the event loop stays free. */
  sign(payloadJson: string): Promise<string>;
}

export function createTokenSigner(secret: SigningSecret): TokenSigner {
  const key = createPrivateKey({ key: secret.privateJwk, format: 'jwk' });
  const headerSegment = segmentOf(JSON.stringify({ alg: 'RS256', typ: 'JWT', kid: secret.kid }));
  return {
    kid: secret.kid,
    sign(payloadJson) {
      const signingInput = `${headerSegment}.${segmentOf(payloadJson)}`;
      return new Promise((resolve, reject) => {
        sign('RSA-SHA256', Buffer.from(signingInput), key, (error, signature) => {
          if (error) reject(error);
          else resolve(`${signingInput}.${signature.toString('base64url')}`);
        });
      });
    },
  };
}

/** Signs what the hub sends, with the key that signs at that moment: a rotation needs no new signer. */
export function createHubSigner(secrets: Pick<HubSecrets, 'hubSigning'>): TokenSigner {
  let signer: TokenSigner | undefined;
  const current = (): TokenSigner => {
    const [secret] = secrets.hubSigning;
    if (!secret) throw new Error('the hub has no signing key');
    if (signer?.kid !== secret.kid) signer = createTokenSigner(secret);
    return signer;
  };
  return {
    get kid() {
      return current().kid;
    },
    sign: (payloadJson) => current().sign(payloadJson),
  };
}

/**
 * Checks signatures of one public key, in the one algorithm that the key is for. `signingInput` is the token's text up to its second
 * dot. Throws for a key of no algorithm that the hub believes.
 */
export function createSignatureVerifier(publicJwk: JsonWebKey): (signingInput: string | Uint8Array, signature: Uint8Array) => boolean {
  const name = signatureAlgorithmOf(publicJwk);
  if (name === undefined) throw new Error(`no signature algorithm takes keys of type ${publicJwk.kty}`);
  const { digest, dsaEncoding } = SIGNATURE_ALGORITHMS[name].node;
  const key = createPublicKey({ key: publicJwk, format: 'jwk' });
  const options = dsaEncoding === null ? key : { key, dsaEncoding };
  return (signingInput, signature) => verify(digest, bytesOf(signingInput), options, signature);
}

/** A compact Ed25519 token (RFC 8037, `alg: EdDSA`): the envelope between edge and core, and the directory snapshot. */
export function signEd25519Token(secret: SigningSecret, payloadJson: string): string {
  return createEd25519Signer(secret).sign(payloadJson);
}

/** The same with the key made once, for whoever signs many. */
export function createEd25519Signer(secret: SigningSecret): { readonly kid: string; sign(payloadJson: string): string } {
  const key = createPrivateKey({ key: secret.privateJwk, format: 'jwk' });
  const headerSegment = segmentOf(JSON.stringify({ alg: 'EdDSA', kid: secret.kid }));
  return {
    kid: secret.kid,
    sign(payloadJson) {
      const signingInput = `${headerSegment}.${segmentOf(payloadJson)}`;
      return `${signingInput}.${sign(null, Buffer.from(signingInput), key).toString('base64url')}`;
    },
  };
}

/** TOKEN_FORM: not three canonical segments, not EdDSA, or not JSON inside. TOKEN_SIGNATURE: made with another key, or changed. */
export type Ed25519TokenFailure = { readonly code: 'TOKEN_FORM' | 'TOKEN_KEY_UNKNOWN' | 'TOKEN_SIGNATURE' };

/** Checks tokens of one Ed25519 public key, whatever `kid` they name, and gives their parsed payload. Its shape is the caller's to check. */
export function createEd25519Verifier(publicJwk: JsonWebKey): (token: string) => Result<unknown, Ed25519TokenFailure> {
  const key = createPublicKey({ key: publicJwk, format: 'jwk' });
  return (token) => checkEd25519(token, () => key);
}

type PublicRing = readonly { readonly kid: string; readonly publicJwk: JsonWebKey }[];

/** Checks tokens against the ring of keys of the moment by their `kid`, so that old keys verify while a new one signs already. */
export function createEd25519RingVerifier(ringNow: () => PublicRing): (token: string) => Result<unknown, Ed25519TokenFailure> {
  let ring: PublicRing = [];
  let keys: ReadonlyMap<string, KeyObject> = new Map();
  const keyOf = (kid: string): KeyObject | undefined => {
    const current = ringNow();
    if (current !== ring) {
      keys = new Map(current.map((secret) => [secret.kid, createPublicKey({ key: secret.publicJwk, format: 'jwk' })]));
      ring = current;
    }
    return keys.get(kid);
  };
  return (token) => checkEd25519(token, keyOf);
}

const COMPACT_TOKEN = /^(?<input>(?<header>[\w-]+)\.(?<payload>[\w-]+))\.(?<signature>[\w-]{86})$/;

function checkEd25519(token: string, keyOf: (kid: string) => KeyObject | undefined): Result<unknown, Ed25519TokenFailure> {
  const parts = COMPACT_TOKEN.exec(token)?.groups;
  const header = parsedSegment(parts?.['header']);
  if (!parts || !isEdDsaHeader(header)) return fail({ code: 'TOKEN_FORM' });
  const key = keyOf(header.kid);
  if (!key) return fail({ code: 'TOKEN_KEY_UNKNOWN' });
  const signature = Buffer.from(parts['signature'] ?? '', 'base64url');
  // Base64url of 64 bytes has spare bits: only the one canonical spelling counts, so that a token has one text.
  if (signature.toString('base64url') !== parts['signature']) return fail({ code: 'TOKEN_FORM' });
  if (!verify(null, Buffer.from(parts['input'] ?? ''), key, signature)) return fail({ code: 'TOKEN_SIGNATURE' });
  const payload = parsedSegment(parts['payload']);
  return payload === undefined ? fail({ code: 'TOKEN_FORM' }) : ok(payload);
}

function isEdDsaHeader(header: unknown): header is { alg: 'EdDSA'; kid: string } {
  if (typeof header !== 'object' || header === null) return false;
  const members = new Map<string, unknown>(Object.entries(header));
  return members.get('alg') === 'EdDSA' && typeof members.get('kid') === 'string' && !members.has('crit');
}

function parsedSegment(segment: string | undefined): unknown {
  if (segment === undefined) return undefined;
  try {
    return JSON.parse(Buffer.from(segment, 'base64url').toString('utf8'));
  } catch {
    return undefined; // Not JSON: the caller turns this into TOKEN_FORM.
  }
}

const segmentOf = (text: string): string => Buffer.from(text, 'utf8').toString('base64url');
const bytesOf = (input: string | Uint8Array): Uint8Array => (typeof input === 'string' ? Buffer.from(input) : input);
