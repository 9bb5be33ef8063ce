import { bodySha256 } from '../digest.ts';
import type { ErrorCode } from '../errors.ts';
import { headerTokenClaims } from '../header-token.ts';
import { rawToken } from './raw-token.ts';

export interface HeaderTokenVector {
  readonly name: string;
  /** The value of Cx-Authorization. */
  readonly token: string;
  /** The clock of whoever checks. */
  readonly now: string;
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly audience: string;
  readonly bindingRequired: boolean;
  readonly expect: 'OK' | ErrorCode;
}

const NOW = new Date('2026-11-22T10:00:00Z');
const IAT = NOW.getTime() / 1000;
const JTI = '5f0c1f34-8a43-4e0b-8c9d-0a8f1c2b3d4e';
const REQUEST = {
  method: 'PUT',
  path: '/api/v1/p2p/alias?source=app',
  body: '{"phone":"+380991234567","account":"UA761372924114433543273694797","linked":true}',
  audience: 'dcm-hub',
};

/** Header tokens of a bank, each against the request above. */
export async function headerTokenVectors(): Promise<HeaderTokenVector[]> {
  const { method, path, body, audience } = REQUEST;
  const bound = headerTokenClaims({ jti: JTI, now: NOW, binding: { audience, method, path, bodySha256: await bodySha256(body) } });
  const bare = { iat: IAT, jti: JTI };
  const otherBody = await bodySha256(`${body} `);
  const { exp: _, ...boundForEver } = bound;
  const cases: [name: string, claims: object, bindingRequired: boolean, expect: HeaderTokenVector['expect']][] = [
    ["the guide's bare form", bare, false, 'OK'],
    ['the bare form where binding is required', bare, true, 'TOKEN_BINDING'],
    ['a bound token', bound, true, 'OK'],
    ['a bound token without exp', boundForEver, true, 'OK'],
    ['several audiences', { ...bound, aud: ['another', audience] }, true, 'OK'],
    ['issued four minutes ago', { ...bare, iat: IAT - 240 }, false, 'OK'],
    ['issued four minutes ahead', { ...bare, iat: IAT + 240 }, false, 'OK'],
    ['issued 300 seconds ago', { ...bare, iat: IAT - 300 }, false, 'OK'],
    ['issued 301 seconds ago', { ...bare, iat: IAT - 301 }, false, 'TOKEN_STALE'],
    ['issued 300 seconds ahead', { ...bare, iat: IAT + 300 }, false, 'OK'],
    ['issued 301 seconds ahead', { ...bare, iat: IAT + 301 }, false, 'TOKEN_FUTURE'],
    ['issued in milliseconds', { ...bare, iat: IAT * 1000 }, false, 'TOKEN_FUTURE'],
    ['expired this second', { ...bare, exp: IAT }, false, 'TOKEN_EXPIRED'],
    ['no iat', { jti: JTI }, false, 'TOKEN_CLAIMS'],
    ['iat as text', { ...bare, iat: String(IAT) }, false, 'TOKEN_CLAIMS'],
    ['iat with a fraction', { ...bare, iat: IAT + 0.5 }, false, 'TOKEN_CLAIMS'],
    ['no jti', { iat: IAT }, false, 'TOKEN_CLAIMS'],
    ['an empty jti', { ...bare, jti: '' }, false, 'TOKEN_CLAIMS'],
    ['a jti that is too long', { ...bare, jti: 'j'.repeat(129) }, false, 'TOKEN_CLAIMS'],
    ['exp as text', { ...bare, exp: 'soon' }, false, 'TOKEN_CLAIMS'],
    ['another audience', { ...bound, aud: 'another' }, true, 'TOKEN_AUDIENCE'],
    ['another audience where binding is optional', { ...bare, aud: 'another' }, false, 'TOKEN_AUDIENCE'],
    ['no audience where everything is required', without(bound, 'aud'), true, 'TOKEN_BINDING'],
    ['another method', { ...bound, method: 'POST' }, true, 'TOKEN_METHOD'],
    ['a method in lower case', { ...bound, method: 'put' }, true, 'TOKEN_METHOD'],
    ['no method where everything is required', without(bound, 'method'), true, 'TOKEN_BINDING'],
    ['a path without its query', { ...bound, path: '/api/v1/p2p/alias' }, true, 'TOKEN_PATH'],
    ['no path where everything is required', without(bound, 'path'), true, 'TOKEN_BINDING'],
    ['another body', { ...bound, body_sha256: otherBody }, true, 'TOKEN_BODY'],
    ['no body hash where everything is required', without(bound, 'body_sha256'), true, 'TOKEN_BINDING'],
    ['another body where binding is optional', { ...bound, body_sha256: otherBody }, false, 'TOKEN_BODY'],
    [
      'everything wrong at once, said in this order',
      { ...bare, aud: 'x', method: 'x', path: 'x', body_sha256: 'x' },
      true,
      'TOKEN_AUDIENCE',
    ],
    ['only a method, and it is wrong', { ...bare, method: 'GET' }, false, 'TOKEN_METHOD'],
    ['only a method where everything is required', { ...bare, method: 'PUT' }, true, 'TOKEN_BINDING'],
    ['a null audience', { ...bound, aud: null }, true, 'TOKEN_AUDIENCE'],
  ];
  return Promise.all(
    cases.map(async ([name, claims, bindingRequired, expect]) => ({
      name,
      token: await rawToken({ payload: claims }),
      now: NOW.toISOString(),
      ...REQUEST,
      bindingRequired,
      expect,
    })),
  );
}

function without(claims: Record<string, string | number>, name: string): Record<string, string | number> {
  const { [name]: _, ...rest } = claims;
  return rest;
}
