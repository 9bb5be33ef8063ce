import { KID_LENGTH_MAX, TOKEN_HEADER_BYTES_MAX, TOKEN_LENGTH_MAX } from '../token.ts';
import { JSON_LIMITS } from '../strict-json.ts';
import { bodyVectors } from './body-cases.ts';
import { headerTokenVectors } from './header-token-cases.ts';
import { tokenVectors } from './token-cases.ts';
import { vectorJwk } from './vector-keys.ts';

const ABOUT =
  'Golden vectors of the strict token reading of the hub. README.md beside this file explains every member. ' +
  'Generated from the cases beside it; the keys are published, so never to be trusted.';

/** The one file of token vectors: everything that another implementation needs to check itself, in one JSON document. */
export async function tokenFile() {
  return {
    about: ABOUT,
    format: 1,
    limits: {
      tokenCharacters: TOKEN_LENGTH_MAX,
      headerBytes: TOKEN_HEADER_BYTES_MAX,
      bodyBytes: JSON_LIMITS.sizeMax,
      depth: JSON_LIMITS.depthMax,
      kidCharacters: KID_LENGTH_MAX,
    },
    keys: [publicKey('bank', 'RS256', 'sig'), publicKey('receiver', 'RSA-OAEP-256', 'enc')],
    tokens: await tokenVectors(),
    bodies: await bodyVectors(),
    headerTokens: await headerTokenVectors(),
  };
}

function publicKey(owner: 'bank' | 'receiver', alg: string, use: string) {
  const { kty, n, e, kid } = vectorJwk(owner);
  return { kid, kty, alg, use, n, e };
}
