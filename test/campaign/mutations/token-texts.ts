import { HEADER_TOKEN_NAME } from '../../../protocol/header-token.ts';
import { refused, underHeaders, variantOf, type Attempt, type Mutation, type Original } from '../support/mutation.ts';
import type { Random } from '../support/random.ts';
import { answerToBody, answerToText, type Place } from '../support/token-model.ts';
import type { World } from '../../flows/bad-input/support/world.ts';

const SYMBOLS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** One character of each kind that may stand in, or come between, the characters of a token. */
const CHARACTER_CLASSES: readonly (readonly [title: string, characters: string])[] = [
  ['a symbol', SYMBOLS],
  ['a symbol of standard base64', '+/'],
  ['padding', '='],
  ['a dot', '.'],
  ['white space', ' \t'],
  ['punctuation', '"\\\'{}[]():;,<>?@!#$%^&*|~`'],
  ['a character of Latin-1', '\u{80}\u{a0}\u{e9}\u{ff}'],
];
/** What can stand in a body and not in a header. */
const BODY_CLASSES: readonly (readonly [title: string, characters: string])[] = [
  ['a control character', '\u{0}\u{1}\b\u{b}\u{1b}\u{7f}'],
  ['a line end', '\r\n'],
  ['a character of many bytes', 'їЇ€漢🙂\u{200b}\u{feff}'],
];

type Operation = (text: string, at: number, character: string) => string;
const OPERATIONS: readonly (readonly [title: string, operation: Operation])[] = [
  ['replaced by', (text, at, character) => text.slice(0, at) + character + text.slice(at + 1)],
  ['preceded by', (text, at, character) => text.slice(0, at) + character + text.slice(at)],
];
/** Operations that bring no character of their own. */
const REARRANGEMENTS: readonly (readonly [title: string, operation: Operation])[] = [
  ['left out', (text, at) => text.slice(0, at) + text.slice(at + 1)],
  ['the end of it', (text, at) => text.slice(0, at)],
  ['the beginning of it', (text, at) => text.slice(at)],
  ['there twice', (text, at) => text.slice(0, at + 1) + text.slice(at)],
  ['swapped with the next', (text, at) => text.slice(0, at) + (text[at + 1] ?? '') + (text[at] ?? '') + text.slice(at + 2)],
  ['in the other case', (text, at) => text.slice(0, at) + otherCase(text[at] ?? '') + text.slice(at + 1)],
];

/** Each segment of each token with a character of each class at a random place. */
export const TOKEN_CHARACTER_MUTATIONS: readonly Mutation[] = (['header token', 'payload token'] as const).flatMap((place) =>
  [0, 1, 2].flatMap((segment) => [
    ...[...CHARACTER_CLASSES, ...(place === 'payload token' ? BODY_CLASSES : [])].flatMap(([name, characters]) =>
      OPERATIONS.map(([operationName, operation]) =>
        atRandomPlace(place, segment, `a character of segment ${segment + 1} ${operationName} ${name}`, operation, characters),
      ),
    ),
    ...REARRANGEMENTS.map(([name, operation]) =>
      atRandomPlace(place, segment, `a character of segment ${segment + 1} ${name}`, operation, 'x'),
    ),
  ]),
);

function atRandomPlace(place: Place, segment: number, title: string, operation: Operation, characters: string): Mutation {
  return {
    title: `${place}: ${title}`,
    make(original, world, random) {
      const token = place === 'header token' ? original.headerToken : original.jwt;
      const lengths = token.split('.').map((text) => text.length);
      const start = lengths.slice(0, segment).reduce((sum, length) => sum + length + 1, 0);
      const at = start + random.below(lengths[segment] ?? 1);
      return withToken(original, world, place, operation(token, at, random.character(characters)));
    },
  };
}

/** The request with this text for one of its tokens. */
async function withToken(original: Original, world: World, place: Place, text: string): Promise<Attempt | null> {
  if (place === 'payload token') {
    if (text === original.jwt) return null;
    const body = JSON.stringify({ jwt: text });
    return { expected: answerToBody(Buffer.from(body), original.jwt), request: await variantOf(original, world, { body: () => body }) };
  }
  const received = text.replaceAll(/^[ \t]+|[ \t]+$/g, ''); // White space around a value is not part of it (RFC 9110, 5.5).
  const request = underHeaders(original.request, { [HEADER_TOKEN_NAME]: Buffer.from(text, 'utf8').toString('latin1') });
  return { expected: received === '' ? refused('TOKEN_MISSING') : answerToText(received, original.headerToken, place), request };
}

/** Whole tokens and segments in the wrong place or in another spelling. */
const SEGMENT_CHANGES: readonly (readonly [title: string, change: (segments: readonly string[], random: Random) => string])[] = [
  ...[0, 1, 2].flatMap((at): [string, (segments: readonly string[], random: Random) => string][] => [
    [`without segment ${at + 1}`, (segments) => segments.toSpliced(at, 1).join('.')],
    [`segment ${at + 1} empty`, (segments) => segments.with(at, '').join('.')],
    [`segment ${at + 1} twice`, (segments) => segments.toSpliced(at, 0, segments[at] ?? '').join('.')],
    [`segment ${at + 1} padded`, (segments) => segments.with(at, `${segments[at]}=`).join('.')],
    [`segment ${at + 1} in standard base64`, (segments) => segments.with(at, standard(`${segments[at]}-_`)).join('.')],
    [`segment ${at + 1} encoded twice`, (segments) => segments.with(at, Buffer.from(segments[at] ?? '').toString('base64url')).join('.')],
    [`segment ${at + 1} with stray bits`, (segments) => segments.with(at, strayBits(segments[at] ?? '')).join('.')],
    [
      `segment ${at + 1} in hexadecimal`,
      (segments) => segments.with(at, Buffer.from(segments[at] ?? '', 'base64url').toString('hex')).join('.'),
    ],
    [`segment ${at + 1} of random bytes`, (segments, random) => segments.with(at, random.bytes(256).toString('base64url')).join('.')],
  ]),
  ['segments 1 and 2 swapped', ([header, payload, signature]) => [payload, header, signature].join('.')],
  ['segments 2 and 3 swapped', ([header, payload, signature]) => [header, signature, payload].join('.')],
  ['a dot before it', (segments) => `.${segments.join('.')}`],
  ['a dot after it', (segments) => `${segments.join('.')}.`],
  ['a fourth segment', (segments) => `${segments.join('.')}.e30`],
  ['five segments, as if encrypted', (segments) => `${segments.join('.')}.e30.e30`],
  ['itself twice', (segments) => segments.join('.').repeat(2)],
  ['itself twice, with a comma', (segments) => `${segments.join('.')}, ${segments.join('.')}`],
  ['Bearer before it', (segments) => `Bearer ${segments.join('.')}`],
  ['quotes around it', (segments) => `"${segments.join('.')}"`],
  ['percent signs for its dots', (segments) => segments.join('%2E')],
  ['a signature of zero bytes', ([header, payload]) => [header, payload, Buffer.alloc(256).toString('base64url')].join('.')],
  ['a signature of one byte', ([header, payload]) => [header, payload, 'AA'].join('.')],
  ['a signature with a zero byte before it', ([header, payload, signature]) => [header, payload, withZero(signature ?? '')].join('.')],
  ['a JSON serialization', ([header, payload, signature]) => JSON.stringify({ protected: header, payload, signature })],
];

export const SEGMENT_MUTATIONS: readonly Mutation[] = (['header token', 'payload token'] as const).flatMap((place) => [
  ...SEGMENT_CHANGES.map(([title, change]): Mutation => ({
    title: `${place}: ${title}`,
    make: (original, world, random) => {
      const token = place === 'header token' ? original.headerToken : original.jwt;
      return withToken(original, world, place, change(token.split('.'), random));
    },
  })),
  ...[0, 1, 2].map((at): Mutation => ({
    title: `${place}: segment ${at + 1} of the other token`,
    make: (original, world) => {
      const [token, other] = place === 'header token' ? [original.headerToken, original.jwt] : [original.jwt, original.headerToken];
      return withToken(
        original,
        world,
        place,
        token
          .split('.')
          .with(at, other.split('.')[at] ?? '')
          .join('.'),
      );
    },
  })),
]);

/** The bytes of the body, inside and outside of the token, under a header token that is bound to them. */
export const BODY_BYTE_MUTATIONS: readonly Mutation[] = [
  ...[...CHARACTER_CLASSES, ...BODY_CLASSES].flatMap(([name, characters]) =>
    OPERATIONS.map(([operationName, operation]) => bodyBytes(`a byte ${operationName} ${name}`, operation, characters)),
  ),
  ...REARRANGEMENTS.map(([name, operation]) => bodyBytes(`a byte ${name}`, operation, 'x')),
  bodyBytes('a byte that no UTF-8 has', (text, at) => `${text.slice(0, at)}\u{ff}${text.slice(at + 1)}`, 'x', 'latin1'),
];

function bodyBytes(title: string, operation: Operation, characters: string, encoding: 'utf8' | 'latin1' = 'utf8'): Mutation {
  return {
    title: `body: ${title}`,
    async make(original, world, random) {
      const text = original.request.body;
      // Half of the places are outside the token, which is by far the longest part of the body.
      const at = random.pick([random.below(text.length), random.pick([...Array(8).keys(), text.length - 2, text.length - 1])]);
      const body = Buffer.from(operation(text, at, random.character(characters)), encoding);
      if (body.equals(Buffer.from(text))) return null;
      return { expected: answerToBody(body, original.jwt), request: await variantOf(original, world, { body: () => body }) };
    },
  };
}

function standard(text: string): string {
  return text.replaceAll('-', '+').replaceAll('_', '/');
}

/** The last symbol with its lowest bit set: other text, and where the bit belongs to no byte, the same bytes. */
function strayBits(segment: string): string {
  return segment.slice(0, -1) + (SYMBOLS[SYMBOLS.indexOf(segment.slice(-1)) ^ 1] ?? '');
}

function withZero(segment: string): string {
  return Buffer.concat([Buffer.alloc(1), Buffer.from(segment, 'base64url')]).toString('base64url');
}

function otherCase(character: string): string {
  return character === character.toUpperCase() ? character.toLowerCase() : character.toUpperCase();
}
