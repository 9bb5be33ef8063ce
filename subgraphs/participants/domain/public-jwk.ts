import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import { signatureAlgorithmOf, type SignatureAlgorithmName } from '../../../kernel/core/signature-algorithm.ts';

export const KEY_PURPOSES = ['SIGN', 'ENCRYPT', 'BOTH'] as const;
export type KeyPurpose = (typeof KEY_PURPOSES)[number];

export const MODULUS_BITS_MIN = 2048;
/** Longer keys would make the hub spend much more on each check than the sender does on each message. */
export const MODULUS_BITS_MAX = 4096;
export const KID_LENGTH_MAX = 128;

/** A participant's public RSA key (RFC 7517) with only the members that the hub uses. */
export interface PublicJwk {
  readonly kty: 'RSA';
  readonly n: string;
  readonly e: string;
  /** What the key is for; one that does both is labelled as one that signs. */
  readonly alg: SignatureAlgorithmName | 'RSA-OAEP-256';
  readonly use: 'sig' | 'enc';
  readonly kid: string;
}

export const JWK_FAILURE_CODES = [
  'KEY_MALFORMED',
  'KEY_PRIVATE',
  'KEY_TYPE',
  'KEY_ALGORITHM',
  'KEY_USE',
  'KEY_KID_INVALID',
  'KEY_MODULUS_INVALID',
  'KEY_TOO_SHORT',
  'KEY_TOO_LONG',
  'KEY_EXPONENT',
] as const;
export type JwkFailureCode = (typeof JWK_FAILURE_CODES)[number];

/** A key is handed over as one of JWK and PEM, and a PEM is one public key. */
export const KEY_FORM_FAILURE_CODES = ['KEY_FORM', 'KEY_PEM_INVALID'] as const;
export type KeyFormFailureCode = (typeof KEY_FORM_FAILURE_CODES)[number];

/** Members of a private (RFC 7518 section 6.3.2) or symmetric JWK. Whoever sends one has just given the key away. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
const BASE64URL = /^[A-Za-z0-9_-]+$/;
const KID = /^[A-Za-z0-9._~:@/+=-]+$/;
/** 65537. Small exponents turn sloppy padding checks elsewhere into forgeries. */
const EXPONENT = 'AQAB';

/**
 * Reads a JWK that a participant hands over. The result names the algorithm and use that follow from `purpose`, whatever optional
 * members the participant wrote, and drops everything else (`x5c`, `key_ops`, ...).
 */
export function readPublicJwk(value: unknown, purpose: KeyPurpose): Result<PublicJwk, { readonly code: JwkFailureCode }> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail({ code: 'KEY_MALFORMED' });
  const members = new Map<string, unknown>(Object.entries(value));
  if (PRIVATE_MEMBERS.some((name) => members.has(name))) return fail({ code: 'KEY_PRIVATE' });
  const signs = signatureAlgorithmOf({ kty: members.get('kty'), crv: members.get('crv') });
  const algorithm = purpose === 'ENCRYPT' && members.get('kty') === 'RSA' ? 'RSA-OAEP-256' : signs;
  if (algorithm === undefined) return fail({ code: 'KEY_TYPE' });
  const failure = labelFailure(members, purpose, algorithm);
  if (failure) return fail({ code: failure });
  const kid = members.get('kid');
  if (typeof kid !== 'string' || !isKid(kid)) return fail({ code: 'KEY_KID_INVALID' });
  const numbers = KEY_CHECKS[algorithm](members);
  return numbers.ok ? ok({ ...numbers.value, alg: algorithm, use: purpose === 'ENCRYPT' ? 'enc' : 'sig', kid }) : numbers;
}

/** True for a text that can be a kid: 1 to KID_LENGTH_MAX characters that need no escaping anywhere. */
export function isKid(text: string): boolean {
  return text.length <= KID_LENGTH_MAX && KID.test(text);
}

/** What a key says of itself must fit: its one algorithm, and for a key that signs not the use `enc`. */
function labelFailure(members: ReadonlyMap<string, unknown>, purpose: KeyPurpose, algorithm: PublicJwk['alg']): JwkFailureCode | null {
  // An RSA key that only encrypts may be labelled like one that signs: that is how the guide's participants print theirs.
  const labels: readonly unknown[] = algorithm === 'RSA-OAEP-256' ? [undefined, 'RS256', 'RSA-OAEP-256'] : [undefined, algorithm];
  if (!labels.includes(members.get('alg'))) return 'KEY_ALGORITHM';
  const use = members.get('use');
  // The guide's participants mark the one key that they publish for both ends as `sig`, so only `enc` contradicts a purpose.
  if (use === undefined || use === 'sig') return null;
  return use === 'enc' && purpose === 'ENCRYPT' ? null : 'KEY_USE';
}

type Numbers = Result<Pick<PublicJwk, 'kty' | 'n' | 'e'>, { readonly code: JwkFailureCode }>;

/** What the numbers of a key must fulfil, for every algorithm that a key may be for. */
const KEY_CHECKS: Readonly<Record<PublicJwk['alg'], (members: ReadonlyMap<string, unknown>) => Numbers>> = {
  RS256: readRsaNumbers,
  'RSA-OAEP-256': readRsaNumbers,
};

function readRsaNumbers(members: ReadonlyMap<string, unknown>): Numbers {
  const [n, e] = [members.get('n'), members.get('e')];
  if (typeof n !== 'string') return fail({ code: 'KEY_MODULUS_INVALID' });
  const bits = modulusBits(n);
  if (bits === null) return fail({ code: 'KEY_MODULUS_INVALID' });
  if (bits < MODULUS_BITS_MIN) return fail({ code: 'KEY_TOO_SHORT' });
  if (bits > MODULUS_BITS_MAX) return fail({ code: 'KEY_TOO_LONG' });
  if (e !== EXPONENT) return fail({ code: 'KEY_EXPONENT' });
  return ok({ kty: 'RSA', n, e });
}

/** Bits of the modulus, or null when the text is not canonical base64url of an odd number without leading zero bytes. */
function modulusBits(n: string): number | null {
  if (!BASE64URL.test(n) || n.length % 4 === 1 || n.length > MODULUS_BITS_MAX) return null;
  const standard = n.replaceAll('-', '+').replaceAll('_', '/');
  const bytes = atob(standard);
  if (btoa(bytes).replaceAll('=', '') !== standard) return null;
  const [first, last] = [bytes.charCodeAt(0), bytes.charCodeAt(bytes.length - 1)];
  if (first === 0 || last % 2 === 0) return null;
  return (bytes.length - 1) * 8 + first.toString(2).length;
}
