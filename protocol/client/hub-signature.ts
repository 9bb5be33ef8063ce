import { fail, ok, type Result } from '../../kernel/core/result.ts';
import type { TokenFailure } from '../errors.ts';
import { EDGE_KID_PREFIX } from '../jwk-set.ts';
import { type ReadToken, verifyTokenSignature } from '../token.ts';
import type { WebCryptoKey } from '../web-crypto.ts';

/** The hub's keys by kid, from `importJwkSet`. */
export type HubKeys = ReadonlyMap<string, WebCryptoKey>;

/** Believes a token only under a signing key of the hub; a key of the edge, which signs receipts, is not one. */
export function checkHubSignature(token: ReadToken, hubKeys: HubKeys): Promise<Result<ReadToken, TokenFailure>> {
  return token.header.kid.startsWith(EDGE_KID_PREFIX) ? wrongPurpose(token, hubKeys) : checkSignature(token, hubKeys);
}

/** Believes a receipt only under a key of the edge; the hub's own key, which signs callbacks, is not one. */
export function checkEdgeSignature(token: ReadToken, hubKeys: HubKeys): Promise<Result<ReadToken, TokenFailure>> {
  return token.header.kid.startsWith(EDGE_KID_PREFIX) ? checkSignature(token, hubKeys) : wrongPurpose(token, hubKeys);
}

async function checkSignature(token: ReadToken, hubKeys: HubKeys): Promise<Result<ReadToken, TokenFailure>> {
  const key = hubKeys.get(token.header.kid);
  if (key === undefined) return fail({ code: 'TOKEN_KEY_UNKNOWN' });
  return (await verifyTokenSignature(token, key)) ? ok(token) : fail({ code: 'TOKEN_SIGNATURE' });
}

async function wrongPurpose(token: ReadToken, hubKeys: HubKeys): Promise<Result<never, TokenFailure>> {
  return fail({ code: hubKeys.has(token.header.kid) ? 'TOKEN_KEY_PURPOSE' : 'TOKEN_KEY_UNKNOWN' });
}
