import { isDeepStrictEqual } from 'node:util';

import type { ErrorCode } from '../../../protocol/errors.ts';
import { accepted, refused, same, type Expected } from './mutation.ts';

/** Where a token stands. What is wrong with the JSON inside a header token is an authentication failure like any other. */
export type Place = 'header token' | 'payload token';

const SEGMENT = /^[\w-]+$/;
const FORBIDDEN = ['jku', 'x5u', 'jwk', 'x5c', 'b64'];

/**
 * What must come of a token that is `original` with some of its characters changed: RFC 7515 and the rules of the hub said once more, with
 * Node's own decoders. A signature never verifies over other bytes, and no other bytes are the same signature.
 */
export function answerToText(text: string, original: string, place: Place): Expected {
  if (text === original) return same;
  const segments = text.split('.');
  const canonical = segments.every(
    (segment) => SEGMENT.test(segment) && Buffer.from(segment, 'base64url').toString('base64url') === segment,
  );
  if (segments.length !== 3 || !canonical) return refused('TOKEN_MALFORMED');
  const [jose, payload] = segments.map((segment) => jsonOf(Buffer.from(segment, 'base64url')));
  if (!isObject(jose)) return refused('TOKEN_MALFORMED');
  const own = jsonOf(Buffer.from(original.split('.')[0] ?? '', 'base64url'));
  const wrongHeader = answerToMembers(jose, isObject(own) ? own : {}, { kidsMayDiffer: true });
  if (wrongHeader) return refused(wrongHeader);
  if (payload === undefined) return refused(place === 'header token' ? 'TOKEN_MALFORMED' : 'BODY_NOT_JSON');
  if (!isObject(payload)) return refused('TOKEN_MALFORMED');
  return refused(jose['kid'] === (own as Record<string, unknown>)['kid'] ? 'TOKEN_SIGNATURE' : 'TOKEN_KEY_UNKNOWN');
}

/** The code for the members of a JOSE header, in the order in which the hub looks at them; undefined when nothing is wrong with them. */
export function answerToMembers(
  jose: Readonly<Record<string, unknown>>,
  own: Readonly<Record<string, unknown>>,
  { kidsMayDiffer = false }: { readonly kidsMayDiffer?: boolean } = {},
): ErrorCode | undefined {
  const { alg, kid, typ } = jose;
  if (FORBIDDEN.some((name) => name in jose)) return 'TOKEN_HEADER_FORBIDDEN';
  if ('crit' in jose) return 'TOKEN_CRITICAL';
  if (alg !== 'RS256') return 'TOKEN_ALGORITHM';
  if (typeof kid !== 'string' || kid === '' || kid.length > 128) return 'TOKEN_KEY_UNKNOWN';
  if ('typ' in jose && !(typeof typ === 'string' && /^jwt$/i.test(typ))) return 'TOKEN_HEADER_FORBIDDEN';
  return kidsMayDiffer || isDeepStrictEqual(kid, own['kid']) ? undefined : 'TOKEN_KEY_UNKNOWN';
}

/** What must come of a body that is `{"jwt": original}` with some of its bytes changed, under a header token that is bound to it. */
export function answerToBody(body: Uint8Array, original: string): Expected {
  if (body.length === 0) return refused('TOKEN_MISSING');
  if (body[0] === 0x65) return asBody(answerToText(Buffer.from(body).toString('utf8'), original, 'payload token'));
  const json = jsonOf(body);
  if (json === undefined) return refused('BODY_NOT_JSON');
  const jwt = isObject(json) ? json['jwt'] : undefined;
  return typeof jwt === 'string' ? asBody(answerToText(jwt, original, 'payload token')) : refused('TOKEN_MISSING');
}

/** The right token in other bytes is another request with the same message. */
function asBody(expected: Expected): Expected {
  return expected.kind === 'same' ? accepted : expected;
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    if (/\\u0000|\\ud[89a-f]/i.test(text)) return undefined; // No mutation makes a whole pair of escapes.
    let finite = true;
    const value: unknown = JSON.parse(text, (_, member: unknown) => {
      if (typeof member === 'number' && !Number.isFinite(member)) finite = false;
      return member;
    });
    return finite ? value : undefined;
  } catch {
    return undefined; // Neither of the two says anything else.
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
