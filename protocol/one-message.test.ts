import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { decodeBase64url, encodeBase64url } from './base64.ts';
import { type ReadToken, readBodyToken, readToken, verifyTokenSignature } from './token.ts';
import { rawToken, signedSegments, withStrayBits } from './vectors/raw-token.ts';
import { vectorVerificationKey } from './vectors/vector-keys.ts';
import { utf8 } from './web-crypto.ts';

// A token and any re-encoding of it are never two different accepted messages.

/** One way in which something between sender and reader may spell the same token anew. `at` and `more` choose the place. */
type Spelling = (token: string, at: number, more: number) => string;

const SPACES = ['\n', ' ', '\t', '\r\n', '\u00a0', '\u200b', '\ufeff', '\0'];
const STANDARD: Readonly<Record<string, string>> = { '-': '+', _: '/' };

const TOKEN_SPELLINGS: readonly Spelling[] = [
  (token) => token,
  (token, at, more) =>
    token.slice(0, at % (token.length + 1)) + (SPACES[more % SPACES.length] ?? '') + token.slice(at % (token.length + 1)),
  (token, at) => inSegment(token, at, (text) => text.padEnd(Math.ceil(text.length / 4) * 4, '=')),
  (token, at) => inSegment(token, at, (text) => `${text}=`),
  (token, at) => inSegment(token, at, (text) => withStrayBits(text) ?? text),
  (token, at) => inSegment(token, at, (text) => text.replaceAll(/[-_]/g, (symbol) => STANDARD[symbol] ?? symbol)),
  (token, at) => inSegment(token, at, (text) => encodeBase64url(Uint8Array.from([0, ...(decodeBase64url(text) ?? [])]))),
  (token, at) => inSegment(token, at, (text) => encodeBase64url(Uint8Array.from([...(decodeBase64url(text) ?? []), 0x20]))),
  (token, at) => inSegment(token, at, (text) => encodeBase64url((decodeBase64url(text) ?? new Uint8Array()).slice(1))),
  (token, at) => inSegment(token, at, (text) => respelledJson(text)),
  (token, at) => `${token}.${token.split('.')[at % 3] ?? ''}`,
  (token, at) => token.slice(0, at % token.length) + encodeURIComponent(token.slice(at % token.length)).replaceAll('.', '%2E'),
  (token, at) => swappedCase(token, at),
];

/** Bodies that hold the token; all of them are what a sender or a proxy may make of `{"jwt": token}`. */
const BODY_SPELLINGS: readonly Spelling[] = [
  (token) => token,
  (token) => JSON.stringify({ jwt: token }),
  (token) => ` {\n"more": [1], "jwt" : ${JSON.stringify(token)} }\r\n`,
  (token, at) =>
    `{"jwt":"${token.slice(0, at % token.length)}${escaped(token.charAt(at % token.length))}${token.slice((at % token.length) + 1)}"}`,
  (token) => `{"\\u006awt":${JSON.stringify(token)}}`,
  (token) => `{"jwt":${JSON.stringify(token)},"\\u006awt":${JSON.stringify(token)}}`,
  (token) => `\ufeff${JSON.stringify({ jwt: token })}`,
  (token) => JSON.stringify(token),
];

const claims = fc.record({
  jti: fc.uuid(),
  amount: fc.integer({ min: 1, max: 1e9 }).map((minor) => minor / 100),
  purpose: fc.string({ unit: 'grapheme', maxLength: 40 }).filter((text) => !text.includes('\0')),
});
const steps = fc.array(fc.tuple(fc.nat(TOKEN_SPELLINGS.length - 1), fc.nat(2000), fc.nat(16)), { minLength: 1, maxLength: 2 });

async function accepted(body: string): Promise<ReadToken | undefined> {
  const token = readBodyToken(utf8(body));
  if (!token.ok) return undefined;
  return (await verifyTokenSignature(token.value, await vectorVerificationKey('bank'))) ? token.value : undefined;
}

describe('a token and any re-encoding of it', () => {
  test('are never two different messages: what is accepted is the very text that was signed', { timeout: 120_000 }, async () => {
    const seen = { accepted: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(claims, steps, fc.nat(BODY_SPELLINGS.length - 1), fc.nat(2000), async (payload, changes, bodySpelling, at) => {
        const original = await rawToken({ payload });
        const respelled = changes.reduce((token, [kind, place, more]) => TOKEN_SPELLINGS[kind]?.(token, place, more) ?? token, original);
        const token = await accepted(BODY_SPELLINGS[bodySpelling]?.(respelled, at, 0) ?? '');
        seen[token ? 'accepted' : 'refused']++;
        if (token === undefined) return;
        expect(token.text).toBe(original);
        expect(token.claims).toEqual(payload);
      }),
      { numRuns: 2000 },
    );
    // The property says something only when both happen.
    expect(seen.accepted).toBeGreaterThan(50);
    expect(seen.refused).toBeGreaterThan(500);
  });

  test(
    'a segment has one accepted spelling: what decodes encodes to itself, and a signed other spelling is refused',
    { timeout: 120_000 },
    async () => {
      const spelling = fc.string({ unit: fc.constantFrom(...'AQgwZ9-_=+/ \n'.split('')), maxLength: 24 });
      await fc.assert(
        fc.asyncProperty(spelling, async (text) => {
          const bytes = decodeBase64url(text);
          if (bytes) {
            expect(encodeBase64url(bytes)).toBe(text);
          } else {
            const [header = ''] = (await rawToken({})).split('.');
            expect(readToken(await signedSegments('bank', `${header}.${text}`)).ok).toBe(false);
          }
        }),
        { numRuns: 1000 },
      );
    },
  );
});

function inSegment(token: string, at: number, change: (text: string) => string): string {
  const segments = token.split('.');
  const chosen = at % segments.length;
  return segments.map((text, index) => (index === chosen ? change(text) : text)).join('.');
}

/** The JSON of a segment with other white space; the same text where it is no JSON. */
function respelledJson(text: string): string {
  try {
    return encodeBase64url(utf8(JSON.stringify(JSON.parse(new TextDecoder().decode(decodeBase64url(text))), null, 1)));
  } catch {
    return text; // The signature.
  }
}

function swappedCase(token: string, at: number): string {
  const symbol = token.charAt(at % token.length);
  const other = symbol === symbol.toLowerCase() ? symbol.toUpperCase() : symbol.toLowerCase();
  return token.slice(0, at % token.length) + other + token.slice((at % token.length) + 1);
}

function escaped(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
}
