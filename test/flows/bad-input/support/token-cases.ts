import tokenVectors from '../../../../protocol/vectors/tokens.json' with { type: 'json' };
import { ERROR_CATALOGUE, isErrorCode, type ErrorCode } from '../../../../protocol/errors.ts';
import { base64url, type Participant, type TokenPart } from './participant.ts';
import { messageWith, type RefusalCase } from './refusal-case.ts';
import type { World } from './world.ts';

type Answer = readonly [status: number, code: ErrorCode];
/** `foreign` tokens are wrong for who signed them, so they say nothing about a token at another endpoint. */
type TokenCase = readonly [title: string, part: (world: World) => TokenPart, answer: Answer, inHeader?: Answer];

const MALFORMED: Answer = [401, 'TOKEN_MALFORMED'];

/** What is wrong with a token wherever it stands. JSON that is wrong inside a header token is an authentication failure as well. */
const TOKEN_CASES: readonly TokenCase[] = [
  ['a word', () => ({ token: () => 'token' }), [400, 'BODY_NOT_JSON'], MALFORMED],
  ['two segments', () => ({ token: (token) => token.slice(0, token.lastIndexOf('.')) }), MALFORMED],
  ['four segments', () => ({ token: (token) => `${token}.e30` }), MALFORMED],
  ['padding', () => ({ token: (token) => `${token}==` }), MALFORMED],
  ['an encrypted token (five segments)', () => ({ token: (token) => `${token}.e30.e30` }), MALFORMED],
  ['algorithm none', () => ({ algorithm: 'none' }), [401, 'TOKEN_ALGORITHM']],
  ['algorithm none without a signature', () => ({ algorithm: 'none', token: unsigned }), MALFORMED],
  ['HS256 with the public key as its secret', () => ({ algorithm: 'HS256' }), [401, 'TOKEN_ALGORITHM']],
  ['PS256, rightly signed', () => ({ algorithm: 'PS256' }), [401, 'TOKEN_ALGORITHM']],
  ['RS256 claimed for PS256', () => ({ algorithm: 'PS256', header: { alg: 'RS256' } }), [401, 'TOKEN_SIGNATURE']],
  ['an algorithm that is a list', () => ({ header: { alg: ['RS256'] } }), [401, 'TOKEN_ALGORITHM']],
  ['no kid', () => ({ header: { kid: undefined } }), [401, 'TOKEN_KEY_UNKNOWN']],
  ['an empty kid', () => ({ header: { kid: '' } }), [401, 'TOKEN_KEY_UNKNOWN']],
  ['a kid of 129 characters', () => ({ header: { kid: 'k'.repeat(129) } }), [401, 'TOKEN_KEY_UNKNOWN']],
  ['a kid that nobody has', ({ stranger }) => ({ signer: stranger }), [401, 'TOKEN_KEY_UNKNOWN']],
  ['a kid that is a path', () => ({ header: { kid: '../../etc/passwd' } }), [401, 'TOKEN_KEY_UNKNOWN']],
  ['the kid of another bank', ({ bystander }) => ({ header: { kid: bystander.jwk.kid } }), [401, 'TOKEN_SIGNATURE']],
  ['a retired key', ({ retired }) => ({ signer: retired }), [401, 'TOKEN_KEY_RETIRED']],
  ['a key that is not valid yet', ({ early }) => ({ signer: early }), [401, 'TOKEN_KEY_RETIRED']],
  ['the kid of a retired key', ({ retired }) => ({ header: { kid: retired.jwk.kid } }), [401, 'TOKEN_KEY_RETIRED']],
  ['a key for encryption', ({ encrypting }) => ({ signer: encrypting }), [401, 'TOKEN_KEY_PURPOSE']],
  ['its own key in jwk', ({ stranger }) => ({ signer: stranger, header: { jwk: publicJwk(stranger) } }), [401, 'TOKEN_HEADER_FORBIDDEN']],
  ['jku', () => ({ header: { jku: 'https://keys.example/jwks.json' } }), [401, 'TOKEN_HEADER_FORBIDDEN']],
  ['x5u', () => ({ header: { x5u: 'https://keys.example/chain.pem' } }), [401, 'TOKEN_HEADER_FORBIDDEN']],
  ['x5c', () => ({ header: { x5c: ['MIIB'] } }), [401, 'TOKEN_HEADER_FORBIDDEN']],
  ['b64', () => ({ header: { b64: false, crit: ['b64'] } }), [401, 'TOKEN_HEADER_FORBIDDEN']],
  ['a critical extension', () => ({ header: { crit: ['exp'] } }), [401, 'TOKEN_CRITICAL']],
  ['another typ', () => ({ header: { typ: 'at+jwt' } }), [401, 'TOKEN_HEADER_FORBIDDEN']],
  ['a JOSE header that is not JSON', () => ({ header: 'alg=RS256' }), MALFORMED],
  ['alg twice', () => ({ header: '{"alg":"RS256","alg":"none","kid":"k"}' }), [400, 'JSON_DUPLICATE_MEMBER'], MALFORMED],
  ['__proto__ in its header', () => ({ header: '{"alg":"RS256","kid":"k","__proto__":{}}' }), [400, 'JSON_FORBIDDEN_MEMBER'], MALFORMED],
  ['a payload that is not JSON', () => ({ text: (text) => `${text},` }), [400, 'BODY_NOT_JSON'], MALFORMED],
  ['a payload that is a list', () => ({ text: (text) => `[${text}]` }), MALFORMED],
  [
    'a claim twice',
    () => ({ text: (text) => text.replace('{', '{"jti":"one","jti":"another",') }),
    [400, 'JSON_DUPLICATE_MEMBER'],
    MALFORMED,
  ],
  ['a claim __proto__', () => ({ text: (text) => text.replace('{', '{"__proto__":{},') }), [400, 'JSON_FORBIDDEN_MEMBER'], MALFORMED],
  [
    'a claim constructor, deep',
    () => ({ text: (text) => text.replace('{', '{"a":[{"constructor":1}],') }),
    [400, 'JSON_FORBIDDEN_MEMBER'],
    MALFORMED,
  ],
  [
    'a claim 17 deep',
    () => ({ text: (text) => text.replace('{', `{"a":${'['.repeat(17)}${']'.repeat(17)},`) }),
    [400, 'JSON_TOO_DEEP'],
    MALFORMED,
  ],
  ['a byte order mark', () => ({ text: (text) => `\u{feff}${text}` }), [400, 'BODY_NOT_JSON'], MALFORMED],
  ['an altered claim', () => ({ token: altered }), [401, 'TOKEN_SIGNATURE']],
  ['a cut signature', () => ({ token: (token) => token.slice(0, -2) }), [401, 'TOKEN_SIGNATURE'], [401, 'TOKEN_SIGNATURE']],
  ['another spelling of the same signature', () => ({ token: respelled }), MALFORMED],
];

/** Who a token may not come from at the path of a bank, although it is a good one. */
const FOREIGN_CASES: readonly TokenCase[] = [
  ['signed by another bank', ({ bystander }) => ({ signer: bystander }), [401, 'FOREIGN_PATH']],
  ['signed by the receiver bank', ({ receiver }) => ({ signer: receiver }), [401, 'FOREIGN_PATH']],
  ['signed by the merchant', ({ merchant }) => ({ signer: merchant }), [401, 'FOREIGN_PATH']],
];

/** The published tokens of the protocol, whose keys the payer bank has registered, that must be refused. */
const VECTORS = tokenVectors.tokens.flatMap(({ name, token, expect }) => (isErrorCode(expect) ? [{ name, token, code: expect }] : []));

export const HEADER_TOKEN_CASES: readonly RefusalCase[] = [
  [401, 'TOKEN_MISSING', 'no header token', messageWith({ header: { token: () => null } })],
  [401, 'TOKEN_MISSING', 'an empty header token', messageWith({ header: { token: () => '' } })],
  [401, 'TOKEN_MALFORMED', 'two header tokens', messageWith({ header: { token: (token) => [token, token] } })],
  [401, 'TOKEN_MALFORMED', 'a header token of 200 KB', messageWith({ header: { token: () => `e${'a'.repeat(200_000)}` } })],
  [401, 'TOKEN_MALFORMED', 'a Bearer prefix', messageWith({ header: { token: (token) => `Bearer ${token}` } })],
  ...[...TOKEN_CASES, ...FOREIGN_CASES].map(([title, part, answer, [status, code] = answer]): RefusalCase => [
    status,
    code,
    title,
    messageWith((world) => ({ header: part(world) })),
  ]),
  // A token with a line feed or a space around it never arrives as such: HTTP knows no such header value.
  ...VECTORS.filter(({ token }) => /^[\x21-\x7e]+( [\x21-\x7e]+)*$/.test(token)).map(({ name, token, code }): RefusalCase => [
    401,
    code.startsWith('TOKEN_') ? code : 'TOKEN_MALFORMED',
    `published token: ${name}`,
    messageWith({ header: { token: () => token } }),
  ]),
];

export const PAYLOAD_TOKEN_CASES: readonly RefusalCase[] = [
  [401, 'TOKEN_MISSING', 'an empty payload token', messageWith({ body: () => '{"other":""}' })],
  [401, 'TOKEN_MALFORMED', 'an empty text for a token', messageWith({ payload: { token: () => '' } })],
  ...[...TOKEN_CASES.filter(([title]) => title !== 'a word'), ...FOREIGN_CASES].map(([title, part, [status, code]]): RefusalCase => [
    status,
    code,
    title,
    messageWith((world) => ({ payload: part(world) })),
  ]),
  ...VECTORS.map(({ name, token, code }): RefusalCase => [
    ERROR_CATALOGUE[code].status,
    code,
    `published token: ${name}`,
    messageWith({ payload: { token: () => token } }),
  ]),
];

/** The same for the order of a merchant, which is a token in itself. */
export const ORDER_TOKEN_CASES: readonly (readonly [status: number, code: ErrorCode, title: string, part: (world: World) => TokenPart])[] =
  TOKEN_CASES.filter(([title]) => title !== 'a word').map(([title, part, [status, code]]) => [status, code, title, part]);

function unsigned(token: string): string {
  return token.slice(0, token.lastIndexOf('.') + 1);
}

function altered(token: string): string {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>; // Claims that we have just signed.
  return `${header}.${base64url(JSON.stringify({ ...claims, amount: 0.01, amt: 0.01, jti: 'another' }))}.${signature}`;
}

/** The same signature bytes in a text that is not canonical: 256 bytes leave four bits of the last symbol unused. */
function respelled(token: string): string {
  const symbols = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return token.slice(0, -1) + symbols.charAt(symbols.indexOf(token.slice(-1)) + 1);
}

function publicJwk({ jwk }: Participant): object {
  return { kty: jwk.kty, n: jwk.n, e: jwk.e };
}
