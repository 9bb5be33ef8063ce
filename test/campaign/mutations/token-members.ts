import { isDeepStrictEqual } from 'node:util';

import type { ErrorCode } from '../../../protocol/errors.ts';
import type { TokenPart } from '../../flows/bad-input/support/participant.ts';
import { CLAIM_MODELS, claimsWith, valueAt } from '../support/claim-models.ts';
import { accepted, refused, variantOf, type Expected, type Mutation } from '../support/mutation.ts';
import type { Random } from '../support/random.ts';
import { answerToMembers, type Place } from '../support/token-model.ts';
import { jsonFaultOf, VALUE_MUTATIONS, type ValueMutation } from '../support/values.ts';

const PLACES: readonly Place[] = ['header token', 'payload token'];
/** Longest JOSE header that is read. Bytes. */
const JOSE_BYTES_MAX = 4096;

/** Members that would bring a key, or change what the bytes mean. What they say does not matter. */
const FORBIDDEN_MEMBERS = ['jku', 'x5u', 'jwk', 'x5c', 'b64', 'crit'];
const FORBIDDEN_VALUES: readonly unknown[] = [null, false, true, '', {}, [], 'https://keys.example/jwks.json', ['exp'], 0];
/** Members that say nothing to the hub (RFC 7515 4: they must be ignored). */
const UNKNOWN_MEMBERS = { cty: 'JWT', x5t: 'AAAA', 'x5t#S256': 'AAAA', nonce: 'n', url: 'https://bank.example', note: { deep: [1] } };

/** Each member of the JOSE headers of both tokens with each class of value, and members that do not belong there. */
export const JOSE_MEMBER_MUTATIONS: readonly Mutation[] = PLACES.flatMap((place) => [
  ...['alg', 'kid', 'typ'].flatMap((name) => VALUE_MUTATIONS.map((mutation) => joseMember(place, name, mutation))),
  ...['none', 'None', 'RS384', 'RS512', 'PS256', 'ES256', 'EdDSA', 'HS256', 'rs256', 'RS256,none'].map((alg) =>
    joseHeader(place, `alg ${alg}`, { alg }, 'TOKEN_ALGORITHM'),
  ),
  ...FORBIDDEN_MEMBERS.flatMap((name) =>
    FORBIDDEN_VALUES.map((value) =>
      joseHeader(
        place,
        `${name} ${JSON.stringify(value)}`,
        { [name]: value },
        name === 'crit' ? 'TOKEN_CRITICAL' : 'TOKEN_HEADER_FORBIDDEN',
      ),
    ),
  ),
  ...Object.entries(UNKNOWN_MEMBERS).map(([name, value]) => joseHeader(place, `unknown member ${name}`, { [name]: value }, undefined)),
]);

function joseMember(place: Place, name: string, mutation: ValueMutation): Mutation {
  return {
    title: `${place}: JOSE ${name}: ${mutation.title}`,
    async make(original, world, random) {
      const right: Record<string, unknown> = { alg: 'RS256', kid: world.payer.jwk.kid, typ: 'JWT' };
      const value = mutation.apply(right[name], random);
      if (isDeepStrictEqual(value, right[name])) return null;
      const members: Record<string, unknown> = JSON.parse(JSON.stringify({ ...right, [name]: value })) as typeof right; // An object in JSON.
      const fault = jsonFaultOf(value) ?? (JSON.stringify(members).length > JOSE_BYTES_MAX ? 'BODY_TOO_LARGE' : undefined);
      const code = fault ? joseFault(fault, place) : answerToMembers(members, right);
      return {
        expected: code ? refused(code) : accepted,
        request: await variantOf(original, world, inPlace(place, { header: { [name]: value } })),
      };
    },
  };
}

function joseHeader(place: Place, title: string, header: Readonly<Record<string, unknown>>, code: ErrorCode | undefined): Mutation {
  return {
    title: `${place}: JOSE ${title}`,
    make: async (original, world) => ({
      expected: code ? refused(code) : accepted,
      request: await variantOf(original, world, inPlace(place, { header })),
    }),
  };
}

/** A JOSE header that is not JSON makes the token malformed; other faults keep their code where the token is a payload. */
function joseFault(fault: ErrorCode, place: Place): ErrorCode {
  return place === 'header token' || fault === 'BODY_NOT_JSON' ? 'TOKEN_MALFORMED' : fault;
}

/** Each claim of a payment message with each class of value, signed as it is. */
export const PAYLOAD_CLAIM_MUTATIONS: readonly Mutation[] = CLAIM_MODELS.flatMap((model) =>
  VALUE_MUTATIONS.map((mutation): Mutation => ({
    title: `payload token: claim ${model.at.join('.')}: ${mutation.title}`,
    async make(original, world, random) {
      const right = valueAt(original.claims, model.at);
      const value = neverUsed(model.at[0], mutation.apply(right, random), random);
      if (isDeepStrictEqual(value, right)) return null;
      const answer = jsonFaultOf(value) ?? model.answer(value, original, world);
      if (answer === null) return null;
      const claims = claimsWith(original.claims, model.at, value);
      const request = await variantOf(original, world, { payload: { claims: () => claims } });
      // Under another jti it is another message, which takes the order away from the original.
      return { expected: answer === 'accepted' ? accepted : refused(answer), request };
    },
  })),
);

/** A text for a `jti` must not be that of an earlier mutation, which would be another fault. */
function neverUsed(claim: string, value: unknown, random: Random): unknown {
  return claim === 'jti' && typeof value === 'string' && value !== '' && value.length < 100
    ? value + random.bytes(8).toString('hex')
    : value;
}

type HeaderClaim = 'iat' | 'jti' | 'exp' | 'aud' | 'method' | 'path' | 'body_sha256';
const FRESH_SECONDS = 300;
/** How near to a limit nobody can say on which side of it the request arrives. Seconds. */
const NEAR_SECONDS = 20;

/** Null where the clock decides. */
function answerToHeaderClaim(name: HeaderClaim, value: unknown, right: unknown, nowSeconds: number): ErrorCode | 'accepted' | null {
  const isSeconds = typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
  switch (name) {
    case 'iat': {
      if (!isSeconds) return 'TOKEN_CLAIMS';
      const ahead = value - nowSeconds;
      if (Math.abs(Math.abs(ahead) - FRESH_SECONDS) < NEAR_SECONDS) return null;
      if (Math.abs(ahead) < FRESH_SECONDS) return 'accepted';
      return ahead > 0 ? 'TOKEN_FUTURE' : 'TOKEN_STALE';
    }
    case 'exp': {
      if (value === undefined) return 'accepted';
      if (!isSeconds) return 'TOKEN_CLAIMS';
      if (Math.abs(value - nowSeconds) < NEAR_SECONDS) return null;
      return value > nowSeconds ? 'accepted' : 'TOKEN_EXPIRED';
    }
    case 'jti':
      return typeof value === 'string' && value !== '' && value.length <= 128 ? 'accepted' : 'TOKEN_CLAIMS';
    case 'aud':
      return value === undefined || isDeepStrictEqual(value, [right]) ? 'accepted' : 'TOKEN_AUDIENCE';
    case 'method':
      return value === undefined ? 'accepted' : 'TOKEN_METHOD';
    case 'path':
      return value === undefined ? 'accepted' : 'TOKEN_PATH';
    case 'body_sha256':
      return value === undefined ? 'accepted' : 'TOKEN_BODY';
    default:
      return name satisfies never;
  }
}

const HEADER_CLAIMS: readonly HeaderClaim[] = ['iat', 'jti', 'exp', 'aud', 'method', 'path', 'body_sha256'];
const secondsAgo = (seconds: number): ValueMutation => ({
  title: seconds > 0 ? `${seconds} s ago` : `${-seconds} s ahead`,
  apply: () => Math.floor(Date.now() / 1000) - seconds,
});

/** Each claim of the header token with each class of value, and the clock off by 4 and by 6 minutes. */
export const HEADER_CLAIM_MUTATIONS: readonly Mutation[] = [
  ...HEADER_CLAIMS.flatMap((name) => VALUE_MUTATIONS.map((mutation) => headerClaim(name, mutation))),
  ...[240, -240, 360, -360, 86_400, -86_400].map((seconds) => headerClaim('iat', secondsAgo(seconds))),
  ...[60, 86_400, -60, -86_400].map((seconds) => headerClaim('exp', secondsAgo(seconds))),
];

function headerClaim(name: HeaderClaim, mutation: ValueMutation): Mutation {
  return {
    title: `header token: claim ${name}: ${mutation.title}`,
    async make(original, world, random) {
      let answer: ErrorCode | 'accepted' | null = null;
      const claims = (right: Record<string, unknown>): Record<string, unknown> => {
        const value = neverUsed(name, mutation.apply(right[name], random), random);
        if (isDeepStrictEqual(value, right[name])) return right;
        answer = jsonFaultOf(value) ? 'TOKEN_MALFORMED' : answerToHeaderClaim(name, value, right[name], Date.now() / 1000);
        return { ...right, [name]: value };
      };
      const request = await variantOf(original, world, { header: { claims } });
      return answer === null ? null : { expected: expectedOf(answer), request };
    },
  };
}

function expectedOf(answer: ErrorCode | 'accepted'): Expected {
  return answer === 'accepted' ? accepted : refused(answer);
}

/** The text of a payload that is JSON in another way, or not at all. */
const TEXTS: readonly (readonly [title: string, change: (text: string) => string, code: ErrorCode | 'accepted'])[] = [
  ['a member twice', (text) => text.replace('{', '{"jti":"1","jti":"2",'), 'JSON_DUPLICATE_MEMBER'],
  ['a member twice, once escaped', (text) => text.replace('"jti":', '"jti":"1","\\u006ati":'), 'JSON_DUPLICATE_MEMBER'],
  ['__proto__', (text) => text.replace('{', '{"__proto__":{"amount":1},'), 'JSON_FORBIDDEN_MEMBER'],
  ['__proto__, escaped', (text) => text.replace('{', '{"\\u005f_proto__":{},'), 'JSON_FORBIDDEN_MEMBER'],
  ['constructor, deep', (text) => text.replace('{', '{"a":{"b":[{"constructor":1}]},'), 'JSON_FORBIDDEN_MEMBER'],
  ['prototype', (text) => text.replace('{', '{"prototype":1,'), 'JSON_FORBIDDEN_MEMBER'],
  ['16 levels below it', (text) => text.replace('{', `{"a":${'['.repeat(16)}${']'.repeat(16)},`), 'JSON_TOO_DEEP'],
  ['15 levels below it', (text) => text.replace('{', `{"a":${'['.repeat(15)}${']'.repeat(15)},`), 'accepted'],
  ['a comma too many', (text) => text.replace(/\}$/, ',}'), 'BODY_NOT_JSON'],
  ['a comment', (text) => text.replace('{', '{/* */'), 'BODY_NOT_JSON'],
  ['single quotes', (text) => text.replace('"jti"', "'jti'"), 'BODY_NOT_JSON'],
  ['NaN', (text) => text.replace('{', '{"a":NaN,'), 'BODY_NOT_JSON'],
  ['a leading zero', (text) => text.replace('{', '{"a":01,'), 'BODY_NOT_JSON'],
  ['a plus sign', (text) => text.replace('{', '{"a":+1,'), 'BODY_NOT_JSON'],
  ['an endless number', (text) => text.replace('{', '{"a":1e999,'), 'BODY_NOT_JSON'],
  ['a control character', (text) => text.replace('{', '{"a":"\u{1}",'), 'BODY_NOT_JSON'],
  ['a byte order mark', (text) => `\u{feff}${text}`, 'BODY_NOT_JSON'],
  ['a second document', (text) => `${text}{}`, 'BODY_NOT_JSON'],
  ['nothing', () => '', 'TOKEN_MALFORMED'],
  ['a list', (text) => `[${text}]`, 'TOKEN_MALFORMED'],
  ['a text', (text) => JSON.stringify(text), 'TOKEN_MALFORMED'],
  ['null', () => 'null', 'TOKEN_MALFORMED'],
  ['white space', (text) => ` \t\r\n${text.replaceAll(',', ' ,\n')} \n`, 'accepted'],
  ['its members in reverse order', reversed, 'accepted'],
  ['an escaped member name', (text) => text.replace('"jti"', '"\\u006a\\u0074\\u0069"'), 'accepted'],
  ['a member that nobody knows', (text) => text.replace('{', '{"iss":"x","note":{"deep":[null,1.50]},'), 'accepted'],
];

export const PAYLOAD_TEXT_MUTATIONS: readonly Mutation[] = PLACES.flatMap((place) =>
  TEXTS.map(([title, change, code]): Mutation => ({
    title: `${place}: payload: ${title}`,
    make: async (original, world) => ({
      expected: expectedOf(place === 'header token' && /^(JSON|BODY)_/.test(code) ? 'TOKEN_MALFORMED' : code),
      request: await variantOf(original, world, inPlace(place, { text: change })),
    }),
  })),
);

function reversed(text: string): string {
  return JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text) as object).toReversed()));
}

export function inPlace(place: Place, part: TokenPart): { readonly header: TokenPart } | { readonly payload: TokenPart } {
  return place === 'header token' ? { header: part } : { payload: part };
}
