import { encodeBase64url } from '../base64.ts';
import { utf8 } from '../web-crypto.ts';
import { vectorJwk, vectorSigningKey, type VectorSigner } from './vector-keys.ts';

/** The parts of a token that need not be right: a text or an object each, or segments that are put in as they are. */
export interface RawToken {
  readonly signer?: VectorSigner;
  readonly header?: string | Readonly<Record<string, unknown>>;
  readonly payload?: string | object;
}

/** Signs whatever is asked for, however wrong: for vectors and tests. RS256 is deterministic, so equal input gives equal tokens. */
export async function rawToken(raw: RawToken): Promise<string> {
  const signer = raw.signer ?? 'bank';
  const header = segment(raw.header ?? { alg: 'RS256', kid: vectorJwk(signer).kid, typ: 'JWT' });
  const input = `${header}.${segment(raw.payload ?? {})}`;
  const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', await vectorSigningKey(signer), utf8(input));
  return `${input}.${encodeBase64url(new Uint8Array(signature))}`;
}

export function segment(content: string | object): string {
  return encodeBase64url(utf8(typeof content === 'string' ? content : JSON.stringify(content)));
}
