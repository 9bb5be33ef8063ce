/** What the hub must know of an algorithm to believe tokens that are signed with it. */
interface SignatureAlgorithm {
  /** Of its keys (RFC 7517, RFC 7518). A key has one algorithm, which these two name. */
  readonly kty: string;
  readonly crv: string | null;
  /** The members of a public key beside `kty` and `crv`, without which it is none. */
  readonly publicMembers: readonly string[];
  /** For WebCrypto: importing a key, signing and verifying. */
  readonly webCrypto: { readonly name: string; readonly hash: 'SHA-256' };
  /** For node:crypto. */
  readonly node: { readonly digest: string; readonly dsaEncoding: 'ieee-p1363' | null };
}

/**
 * The one list of algorithms that participants may sign with. Neither a token nor a key chooses beyond it. One more line lets another
 * in, at the edge and in the core; what else a key of it must fulfil at its registration, the compiler asks for (`KEY_CHECKS`).
 */
export const SIGNATURE_ALGORITHMS = {
  RS256: {
    kty: 'RSA',
    crv: null,
    publicMembers: ['n', 'e'],
    webCrypto: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    node: { digest: 'sha256', dsaEncoding: null },
  },
} as const satisfies Readonly<Record<string, SignatureAlgorithm>>;

export type SignatureAlgorithmName = keyof typeof SIGNATURE_ALGORITHMS;

/** The algorithm of this name, as the `alg` of a token gives it; undefined when the list does not have it. */
export function signatureAlgorithmNamed(alg: unknown): SignatureAlgorithmName | undefined {
  return NAMES.find((name) => name === alg);
}

/** The one algorithm that a public key is for, or undefined. What the key says of itself in `alg` is not asked. */
export function signatureAlgorithmOf(jwk: { readonly kty?: unknown; readonly crv?: unknown }): SignatureAlgorithmName | undefined {
  return NAMES.find((name) => SIGNATURE_ALGORITHMS[name].kty === jwk.kty && SIGNATURE_ALGORITHMS[name].crv === (jwk.crv ?? null));
}

const NAMES = Object.keys(SIGNATURE_ALGORITHMS) as SignatureAlgorithmName[]; // the keys of a literal
