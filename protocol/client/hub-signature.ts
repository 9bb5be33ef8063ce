import { fail, ok, type Result } from '../../kernel/core/result.ts';
import type { TokenFailure } from '../errors.ts';
import { EDGE_KID_PREFIX } from '../jwk-set.ts';
import { type ReadToken, verifyTokenSignature } from '../token.ts';
import type { WebCryptoKey } from '../web-crypto.ts';

/** The hub's keys by kid, from `importJwkSet`. */
export type HubKeys = ReadonlyMap<string, WebCryptoKey>;

/** Believes a token only under a signing key of the hub; a key of the edge, which signs receipts, is not one. */
export async function checkHubSignature(token: ReadToken, hubKeys: HubKeys): Promise<Result<ReadToken, TokenFailure>> {
  const { kid } = token.header;
  const key = hubKeys.get(kid);
  if (key === undefined) return fail({ code: 'TOKEN_KEY_UNKNOWN' });
  if (kid.startsWith(EDGE_KID_PREFIX)) return fail({ code: 'TOKEN_KEY_PURPOSE' });
  return (await verifyTokenSignature(token, key)) ? ok(token) : fail({ code: 'TOKEN_SIGNATURE' });
}
