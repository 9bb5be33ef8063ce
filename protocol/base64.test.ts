import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { base64ByteLength, decodeBase64, decodeBase64url, encodeBase64, encodeBase64url } from './base64.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

describe('base64', () => {
  test.each([
    ['', '', ''],
    ['f', 'Zg', 'Zg=='],
    ['fo', 'Zm8', 'Zm8='],
    ['foo', 'Zm9v', 'Zm9v'],
    ['foobar', 'Zm9vYmFy', 'Zm9vYmFy'],
    ['\u{7ff}?>', '378_Pg', '378/Pg=='],
  ])('%j is spelled %j in base64url and %j in base64 (RFC 4648)', (content, url, standard) => {
    expect(encodeBase64url(bytesOf(content))).toBe(url);
    expect(encodeBase64(bytesOf(content))).toBe(standard);
    expect(decodeBase64url(url)).toEqual(bytesOf(content));
    expect(decodeBase64(standard)).toEqual(bytesOf(content));
    expect(base64ByteLength(standard)).toBe(bytesOf(content).length);
  });

  test.each(['Zg==', 'Zg=', 'Zh', 'Zm9', 'Z', 'Zm9vZ', 'Zm9v\n', ' Zm9v', 'Zm 9v', 'Zm9/', 'Zm9+', 'Zm9ÿ', 'Zm9€', '====', '.'])(
    'base64url %j is not canonical and is refused',
    (text) => {
      expect(decodeBase64url(text)).toBeUndefined();
    },
  );

  test.each(['Zg', 'Zg=', 'Zh==', 'Zm9=', 'Z===', '====', '=', 'Zm9v=', 'Zm9v====', 'Zm9_', 'Zm9-', 'Zm9v\n', 'Zm9vZg==Zg=='])(
    'base64 %j is not canonical and is refused',
    (text) => {
      expect(decodeBase64(text)).toBeUndefined();
      expect(base64ByteLength(text)).toBeUndefined();
    },
  );

  test('what was encoded decodes to the same bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(decodeBase64url(encodeBase64url(bytes))).toEqual(bytes);
        expect(decodeBase64(encodeBase64(bytes))).toEqual(bytes);
        expect(base64ByteLength(encodeBase64(bytes))).toBe(bytes.length);
      }),
    );
  });

  test('a text that decodes is the only spelling of its bytes', () => {
    const symbols = fc.constantFrom(...'ABYZabyz0189-_+/= \n'.split(''));
    fc.assert(
      fc.property(fc.string({ unit: symbols, maxLength: 9 }), (text) => {
        const url = decodeBase64url(text);
        if (url) expect(encodeBase64url(url)).toBe(text);
        const standard = decodeBase64(text);
        if (standard) expect(encodeBase64(standard)).toBe(text);
        expect(base64ByteLength(text)).toBe(standard?.length);
      }),
      { numRuns: 2000 },
    );
  });

  test('the platform reads every encoding in the same way', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(encodeBase64(bytes)).toBe(btoa(String.fromCharCode(...bytes)));
      }),
    );
  });
});
