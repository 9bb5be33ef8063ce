import type { ErrorCode } from '../errors.ts';
import { rawToken, segment } from './raw-token.ts';
import { vectorJwk } from './vector-keys.ts';

export interface TokenVector {
  readonly name: string;
  readonly token: string;
  /** What reading the token and verifying it with the bank's key ends in. */
  readonly expect: 'OK' | ErrorCode;
}

const CLAIMS = { iat: 1_795_340_000, jti: '5f0c1f34-8a43-4e0b-8c9d-0a8f1c2b3d4e' };
const HEADER = { alg: 'RS256', kid: 'bank-a-sign-1', typ: 'JWT' };

/** Compact tokens of every kind of wrong. */
export async function tokenVectors(): Promise<TokenVector[]> {
  const good = await rawToken({ payload: CLAIMS });
  const [header = '', payload = '', signature = ''] = good.split('.');
  const cases: [name: string, token: string | Promise<string>, expect: TokenVector['expect']][] = [
    ['a token in its canonical form', good, 'OK'],
    ['a header without typ', rawToken({ header: { alg: 'RS256', kid: HEADER.kid }, payload: CLAIMS }), 'OK'],
    ['typ in lower case', rawToken({ header: { ...HEADER, typ: 'jwt' }, payload: CLAIMS }), 'OK'],
    ['unknown members in header and payload', rawToken({ header: { ...HEADER, type: 'JWT' }, payload: { ...CLAIMS, more: [1] } }), 'OK'],

    ['two segments', `${header}.${payload}`, 'TOKEN_MALFORMED'],
    ['four segments', `${good}.${signature}`, 'TOKEN_MALFORMED'],
    ['an empty payload segment', `${header}..${signature}`, 'TOKEN_MALFORMED'],
    ['an empty signature', `${header}.${payload}.`, 'TOKEN_MALFORMED'],
    ['an empty header', `.${payload}.${signature}`, 'TOKEN_MALFORMED'],
    ['a padded segment', `${header}.${payload}.${signature}==`, 'TOKEN_MALFORMED'],
    ['a space in front', ` ${good}`, 'TOKEN_MALFORMED'],
    ['a line feed at the end', `${good}\n`, 'TOKEN_MALFORMED'],
    ['a line feed inside', `${header}.\n${payload}.${signature}`, 'TOKEN_MALFORMED'],
    ['the standard base64 alphabet', `${header}.${segment('{"a":"~~~???"}').replace('_', '/')}.${signature}`, 'TOKEN_MALFORMED'],
    ['stray bits after the last byte', withStrayBits(good), 'TOKEN_MALFORMED'],
    ['a Bearer prefix', `Bearer ${good}`, 'TOKEN_MALFORMED'],
    ['a header that is not JSON', `${segment('alg=RS256')}.${payload}.${signature}`, 'TOKEN_MALFORMED'],
    ['a header that is an array', `${segment('["RS256"]')}.${payload}.${signature}`, 'TOKEN_MALFORMED'],
    ['a payload that is a string', rawToken({ payload: '"text"' }), 'TOKEN_MALFORMED'],
    ['a payload that is an array', rawToken({ payload: '[1]' }), 'TOKEN_MALFORMED'],

    ['algorithm none without signature', `${segment({ ...HEADER, alg: 'none' })}.${payload}.`, 'TOKEN_MALFORMED'],
    ['algorithm none', `${segment({ ...HEADER, alg: 'none' })}.${payload}.${signature}`, 'TOKEN_ALGORITHM'],
    ['algorithm HS256', rawToken({ header: { ...HEADER, alg: 'HS256' }, payload: CLAIMS }), 'TOKEN_ALGORITHM'],
    ['algorithm RS512', rawToken({ header: { ...HEADER, alg: 'RS512' }, payload: CLAIMS }), 'TOKEN_ALGORITHM'],
    ['algorithm in lower case', rawToken({ header: { ...HEADER, alg: 'rs256' }, payload: CLAIMS }), 'TOKEN_ALGORITHM'],
    ['no algorithm', rawToken({ header: { kid: HEADER.kid }, payload: CLAIMS }), 'TOKEN_ALGORITHM'],
    ['no kid', rawToken({ header: { alg: 'RS256' }, payload: CLAIMS }), 'TOKEN_KEY_UNKNOWN'],
    ['a kid that is a number', rawToken({ header: { alg: 'RS256', kid: 1 }, payload: CLAIMS }), 'TOKEN_KEY_UNKNOWN'],
    ['another typ', rawToken({ header: { ...HEADER, typ: 'at+jwt' }, payload: CLAIMS }), 'TOKEN_HEADER_FORBIDDEN'],
    ['the header jku', rawToken({ header: { ...HEADER, jku: 'https://a.example/jwks' }, payload: CLAIMS }), 'TOKEN_HEADER_FORBIDDEN'],
    ['the header x5u', rawToken({ header: { ...HEADER, x5u: 'https://a.example/cert' }, payload: CLAIMS }), 'TOKEN_HEADER_FORBIDDEN'],
    ['the header x5c', rawToken({ header: { ...HEADER, x5c: [] }, payload: CLAIMS }), 'TOKEN_HEADER_FORBIDDEN'],
    ['the header jwk', rawToken({ header: { ...HEADER, jwk: publicJwk() }, payload: CLAIMS }), 'TOKEN_HEADER_FORBIDDEN'],
    ['the header b64', rawToken({ header: { ...HEADER, b64: true }, payload: CLAIMS }), 'TOKEN_HEADER_FORBIDDEN'],
    ['a critical extension', rawToken({ header: { ...HEADER, crit: ['exp'] }, payload: CLAIMS }), 'TOKEN_CRITICAL'],
    ['an empty list of critical extensions', rawToken({ header: { ...HEADER, crit: [] }, payload: CLAIMS }), 'TOKEN_CRITICAL'],

    ['a header with alg twice', rawToken({ header: '{"alg":"RS256","alg":"none","kid":"bank-a-sign-1"}' }), 'JSON_DUPLICATE_MEMBER'],
    ['a header with __proto__', rawToken({ header: '{"alg":"RS256","kid":"bank-a-sign-1","__proto__":{}}' }), 'JSON_FORBIDDEN_MEMBER'],
    ['a payload that is not JSON', rawToken({ payload: '{"a":1,}' }), 'BODY_NOT_JSON'],
    ['a payload with a member twice', rawToken({ payload: '{"amount":1,"amount":2}' }), 'JSON_DUPLICATE_MEMBER'],
    ['a payload with a member twice, once escaped', rawToken({ payload: '{"amount":1,"\\u0061mount":2}' }), 'JSON_DUPLICATE_MEMBER'],
    ['a payload with constructor', rawToken({ payload: '{"a":[{"constructor":1}]}' }), 'JSON_FORBIDDEN_MEMBER'],
    ['a payload with prototype', rawToken({ payload: '{"prototype":null}' }), 'JSON_FORBIDDEN_MEMBER'],
    ['a payload 17 deep', rawToken({ payload: `{"a":${'['.repeat(16)}${']'.repeat(16)}}` }), 'JSON_TOO_DEEP'],
    ['a payload 16 deep', rawToken({ payload: `{"a":${'['.repeat(15)}${']'.repeat(15)}}` }), 'OK'],

    ['an altered payload', `${header}.${segment({ ...CLAIMS, iat: CLAIMS.iat + 1 })}.${signature}`, 'TOKEN_SIGNATURE'],
    ['the same payload in other bytes', `${header}.${segment(`${JSON.stringify(CLAIMS)} `)}.${signature}`, 'TOKEN_SIGNATURE'],
    ['an altered header', `${segment({ ...HEADER, more: 1 })}.${payload}.${signature}`, 'TOKEN_SIGNATURE'],
    ['a cut signature', `${header}.${payload}.${signature.slice(0, 340)}`, 'TOKEN_SIGNATURE'],
    [
      "the kid of the bank under the merchant's signature",
      rawToken({ signer: 'merchant', header: HEADER, payload: CLAIMS }),
      'TOKEN_SIGNATURE',
    ],
  ];
  return Promise.all(cases.map(async ([name, token, expect]) => ({ name, token: await token, expect })));
}

/** The last symbol of a 256-byte signature has four bits to spare. The next symbol stands for the same bytes to a careless reader. */
function withStrayBits(token: string): string {
  const symbols = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return token.slice(0, -1) + symbols.charAt(symbols.indexOf(token.slice(-1)) + 1);
}

function publicJwk() {
  const { kty, n, e } = vectorJwk('bank');
  return { kty, n, e };
}
