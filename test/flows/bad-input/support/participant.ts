import { createHmac, createPrivateKey, createPublicKey, constants, sign } from 'node:crypto';

/** Somebody who signs what is sent to the hub: its id there, its key, and the other keys that it should not use for that. */
export interface Participant {
  readonly id: string;
  readonly jwk: JsonWebKey & { readonly kid: string };
}

/** Where a token departs from a right one. What is not named is right. */
export interface TokenPart {
  readonly signer?: Participant;
  /** The JOSE header: members that are added to the right one, or its whole text. */
  readonly header?: Readonly<Record<string, unknown>> | string;
  readonly algorithm?: SignatureAlgorithm;
  readonly claims?: (claims: Record<string, unknown>) => Record<string, unknown>;
  /** The payload's text, after `claims`. */
  readonly text?: (text: string) => string;
  /** The finished token. Several are sent as several headers; null sends none. */
  readonly token?: (token: string) => string | readonly string[] | null;
}

export type SignatureAlgorithm = 'RS256' | 'PS256' | 'HS256' | 'none';

/** A compact token of a participant, or what `part` makes of it. */
export function tokenOf(
  signer: Participant,
  claims: Readonly<Record<string, unknown>>,
  part: TokenPart = {},
): string | readonly string[] | null {
  const by = part.signer ?? signer;
  const said = part.claims ? part.claims({ ...claims }) : claims;
  const text = JSON.stringify(said);
  const algorithm = part.algorithm ?? 'RS256';
  const right = { alg: algorithm, kid: by.jwk.kid, typ: 'JWT' };
  const header = typeof part.header === 'string' ? part.header : JSON.stringify({ ...right, ...part.header });
  const input = `${base64url(header)}.${base64url(part.text ? part.text(text) : text)}`;
  const token = `${input}.${signatureOf(by, algorithm, input)}`;
  return part.token ? part.token(token) : token;
}

function signatureOf({ jwk }: Participant, algorithm: SignatureAlgorithm, input: string): string {
  const privateKey = createPrivateKey({ key: { ...jwk }, format: 'jwk' });
  switch (algorithm) {
    case 'RS256':
      return sign('sha256', Buffer.from(input), privateKey).toString('base64url');
    case 'PS256':
      return sign('sha256', Buffer.from(input), { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }).toString(
        'base64url',
      );
    case 'HS256':
      return createHmac('sha256', createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }))
        .update(input)
        .digest('base64url');
    case 'none':
      return base64url('no signature');
    default:
      return algorithm satisfies never;
  }
}

export function base64url(text: string): string {
  return Buffer.from(text).toString('base64url');
}
