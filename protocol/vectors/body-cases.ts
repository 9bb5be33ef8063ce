import { encodeBase64 } from '../base64.ts';
import type { ErrorCode } from '../errors.ts';
import { bytesOf, rawBytes, type RawPart, rawToken } from './raw-token.ts';
import { CLAIMS } from './token-cases.ts';

export interface BodyVector {
  readonly name: string;
  /** The bytes of the body in standard base64: some of them are no text. */
  readonly bodyBase64: string;
  /** What finding and reading the token in the body ends in. */
  readonly expect: 'OK' | ErrorCode;
  /** The one token that is in the body, where there is one. */
  readonly token?: string;
}

/** Bodies of requests and callbacks that carry a token: `{"jwt": "..."}`, or the token alone as plain text. */
export async function bodyVectors(): Promise<BodyVector[]> {
  const token = await rawToken({ payload: CLAIMS });
  const escaped = `\\u0065${token.slice(1)}`;
  const cases: readonly (readonly [name: string, body: RawPart, expect: BodyVector['expect']])[] = [
    ['the token as jwt', `{"jwt":"${token}"}`, 'OK'],
    ['the token alone', token, 'OK'],
    ['other members and white space beside it', ` {"more": [1],\r\n "jwt": "${token}"}\n`, 'OK'],
    ['the member name escaped', `{"\\u006awt":"${token}"}`, 'OK'],
    ['a character of the token escaped: the token is the same', `{"jwt":"${escaped}"}`, 'OK'],
    ['JWT in capitals beside jwt', `{"jwt":"${token}","JWT":"x"}`, 'OK'],
    ['nothing', '', 'TOKEN_MISSING'],
    ['an object without jwt', '{}', 'TOKEN_MISSING'],
    ['JWT in capitals alone', `{"JWT":"${token}"}`, 'TOKEN_MISSING'],
    ['jwt null', '{"jwt":null}', 'TOKEN_MISSING'],
    ['jwt a list', `{"jwt":["${token}"]}`, 'TOKEN_MISSING'],
    ['jwt inside another object', `{"data":{"jwt":"${token}"}}`, 'TOKEN_MISSING'],
    ['a JSON string', `"${token}"`, 'TOKEN_MISSING'],
    ['jwt twice', `{"jwt":"${token}","jwt":"${token}"}`, 'JSON_DUPLICATE_MEMBER'],
    ['jwt twice, once escaped', `{"jwt":"${token}","\\u006a\\u0077\\u0074":"x"}`, 'JSON_DUPLICATE_MEMBER'],
    ['a forbidden member beside jwt', `{"jwt":"${token}","__proto__":{}}`, 'JSON_FORBIDDEN_MEMBER'],
    ['17 levels beside jwt', `{"jwt":"${token}","a":${'['.repeat(16)}${']'.repeat(16)}}`, 'JSON_TOO_DEEP'],
    ['a space inside jwt', `{"jwt":" ${token}"}`, 'TOKEN_MALFORMED'],
    ['an escaped line feed inside jwt', `{"jwt":"${token}\\n"}`, 'TOKEN_MALFORMED'],
    ['an empty jwt', '{"jwt":""}', 'TOKEN_MALFORMED'],
    ['a line feed after the token alone', `${token}\n`, 'TOKEN_MALFORMED'],
    ['a zero byte after the token alone', rawBytes(token, 0), 'TOKEN_MALFORMED'],
    ['a byte that is no UTF-8 after the token alone', rawBytes(token, 0xff), 'TOKEN_MALFORMED'],
    ['a space before the token alone', ` ${token}`, 'BODY_NOT_JSON'],
    ['a byte order mark before the JSON', rawBytes(0xef, 0xbb, 0xbf, `{"jwt":"${token}"}`), 'BODY_NOT_JSON'],
    ['a byte order mark before the token alone', rawBytes(0xef, 0xbb, 0xbf, token), 'BODY_NOT_JSON'],
    ['UTF-16', rawBytes(...'{"jwt":"x"}'.split('').flatMap((character) => [character, 0])), 'BODY_NOT_JSON'],
    ['a form', `jwt=${token}`, 'BODY_NOT_JSON'],
    ['a comma too many', `{"jwt":"${token}",}`, 'BODY_NOT_JSON'],
    ['bytes after the JSON', `{"jwt":"${token}"}x`, 'BODY_NOT_JSON'],
  ];
  return cases.map(([name, body, expect]) => ({
    name,
    bodyBase64: encodeBase64(bytesOf(body)),
    expect,
    ...(expect === 'OK' ? { token } : {}),
  }));
}
