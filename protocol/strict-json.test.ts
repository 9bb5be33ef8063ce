import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { valueOf } from '../kernel/core/result.ts';
import { readStrictJson } from './strict-json.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);
/** Digits that the test below may string together to a number which JSON.parse reads as infinity. */
const OVERFLOW = /e\d{3}/;
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

function codeOf(input: string | Uint8Array): string {
  const json = readStrictJson(input);
  return json.ok ? 'OK' : json.failure.code;
}

function nested(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth);
}

describe('strict JSON', () => {
  test('reads every document of unique, allowed member names as JSON.parse does', () => {
    const member = fc.oneof(fc.string({ unit: 'binary' }), fc.string()).filter((name) => !FORBIDDEN.has(name) && !name.includes('\0'));
    const scalar = fc.oneof(
      fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0')),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
    );
    const { document } = fc.letrec((tie) => ({
      document: fc.oneof(
        { maxDepth: 6 },
        scalar,
        fc.array(tie('document')),
        fc.dictionary(member, tie('document'), { noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(document, fc.constantFrom(undefined, 1, '\t', '\r\n '), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(valueOf(readStrictJson(text)).value).toEqual(JSON.parse(text));
        expect(valueOf(readStrictJson(bytesOf(text))).value).toEqual(JSON.parse(text));
      }),
    );
  });

  test('never reads what JSON.parse refuses, and never reads it otherwise than JSON.parse', () => {
    const token = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"b"',
      '"\\u0061"',
      '1',
      '-0',
      '0.5',
      '1e2',
      '01',
      '.',
      '+',
      'true',
      'nul',
      ' ',
      '\n',
      '\u00a0',
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 9 }), (tokens) => {
        const text = tokens.join('');
        const read = readStrictJson(text);
        let parsed: unknown;
        try {
          parsed = JSON.parse(text);
        } catch {
          expect(read.ok).toBe(false);
          return;
        }
        if (read.ok) expect(read.value.value).toEqual(parsed);
        else expect(read.failure.code).toBe(OVERFLOW.test(text) ? 'BODY_NOT_JSON' : 'JSON_DUPLICATE_MEMBER');
      }),
      { numRuns: 5000 },
    );
  });

  test.each([
    ['{"a":1,"a":1}', 'JSON_DUPLICATE_MEMBER'],
    ['{"a":1,"\\u0061":2}', 'JSON_DUPLICATE_MEMBER'],
    ['{"x":[{"b":null,"b":null}]}', 'JSON_DUPLICATE_MEMBER'],
    ['{"__proto__":1}', 'JSON_FORBIDDEN_MEMBER'],
    ['{"\\u005f_proto__":{}}', 'JSON_FORBIDDEN_MEMBER'],
    ['[{"constructor":1}]', 'JSON_FORBIDDEN_MEMBER'],
    ['{"a":{"prototype":1}}', 'JSON_FORBIDDEN_MEMBER'],
    ['{"toString":1,"hasOwnProperty":2,"valueOf":3}', 'OK'],
    ['{"a":"__proto__"}', 'OK'],
    [nested(16), 'OK'],
    [nested(17), 'JSON_TOO_DEEP'],
    ['', 'BODY_NOT_JSON'],
    ['{"a":1}x', 'BODY_NOT_JSON'],
    ['{"a":1,}', 'BODY_NOT_JSON'],
    ['[1,]', 'BODY_NOT_JSON'],
    ['{a:1}', 'BODY_NOT_JSON'],
    ["{'a':1}", 'BODY_NOT_JSON'],
    ['{"a":01}', 'BODY_NOT_JSON'],
    ['{"a":1.}', 'BODY_NOT_JSON'],
    ['{"a":.5}', 'BODY_NOT_JSON'],
    ['{"a":+1}', 'BODY_NOT_JSON'],
    ['{"a":1e}', 'BODY_NOT_JSON'],
    ['{"a":-}', 'BODY_NOT_JSON'],
    ['{"a":NaN}', 'BODY_NOT_JSON'],
    ['{"a":1e999}', 'BODY_NOT_JSON'],
    ['{"a":"\t"}', 'BODY_NOT_JSON'],
    ['{"a":"\\x"}', 'BODY_NOT_JSON'],
    ['{"a":"\\u12g4"}', 'BODY_NOT_JSON'],
    ['{"a":"b', 'BODY_NOT_JSON'],
    ['\ufeff{}', 'BODY_NOT_JSON'],
    ['{"a":"\\ud800"}', 'BODY_NOT_JSON'],
    ['{"a":"\\udc00\\ud800"}', 'BODY_NOT_JSON'],
    ['{"a":"\\ud83d\\ude00"}', 'OK'],
    ['{"a":"\ud800"}', 'BODY_NOT_JSON'],
    ['{"a":"\\u0000"}', 'BODY_NOT_JSON'],
  ])('%j is %s', (text, code) => {
    expect(codeOf(text)).toBe(code);
  });

  test.each([
    ['a lone continuation byte', [0x22, 0x80, 0x22]],
    ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22]],
    ['an encoded surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a cut-off character', [0x22, 0xd0, 0x22]],
    ['a byte order mark', [0xef, 0xbb, 0xbf, 0x22, 0x22]],
  ])('bytes with %s are not JSON: nothing is ever replaced', (_, bytes) => {
    expect(codeOf(Uint8Array.from(bytes))).toBe('BODY_NOT_JSON');
  });

  test('64 KiB is read, one byte more is not', () => {
    expect(codeOf(`"${'a'.repeat(65_534)}"`)).toBe('OK');
    expect(codeOf(`"${'a'.repeat(65_535)}"`)).toBe('BODY_TOO_LARGE');
    expect(codeOf(bytesOf(`"${'a'.repeat(65_535)}"`))).toBe('BODY_TOO_LARGE');
  });

  test('gives the source text of every number by its path', () => {
    const json = valueOf(readStrictJson('{"amount":1500.50,"a":{"b":[0,-1e2,{"c":1.00}]},"text":"5"}'));
    expect(json.numberText('amount')).toBe('1500.50');
    expect(json.numberText('a.b.0')).toBe('0');
    expect(json.numberText('a.b.1')).toBe('-1e2');
    expect(json.numberText('a.b.2.c')).toBe('1.00');
    expect(json.numberText('text')).toBeUndefined();
    expect(json.numberText('a.b')).toBeUndefined();
    expect(json.numberText('nothing.at.all')).toBeUndefined();
    expect(json.numberText('toString.length')).toBeUndefined();
  });

  test('a path goes through objects only: a dot inside a member name is not a step', () => {
    const json = valueOf(readStrictJson('{"a.b":7}'));
    expect(json.numberText('a.b')).toBeUndefined();
  });
});
