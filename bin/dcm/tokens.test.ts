import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { valueOf } from '../../kernel/core/result.ts';
import { bodySha256 } from '../../protocol/digest.ts';
import { checkHeaderToken, readHeaderToken } from '../../protocol/header-token.ts';
import { readToken, verifyTokenSignature } from '../../protocol/token.ts';
import orders from '../../protocol/vectors/orders.json' with { type: 'json' };
import paymentMessages from '../../protocol/vectors/payment-messages.json' with { type: 'json' };
import { rawToken } from '../../protocol/vectors/raw-token.ts';
import tokens from '../../protocol/vectors/tokens.json' with { type: 'json' };
import { vectorJwk, vectorVerificationKey } from '../../protocol/vectors/vector-keys.ts';
import { aWorkbench, type Ran, type Workbench } from './terminal-under-test.ts';

let bench: Workbench;
let key: string;
let keySet: string;
beforeAll(async () => {
  bench = await aWorkbench();
  key = await bench.file('sign.key.json', vectorJwk('bank'));
  keySet = await bench.file('jwks.json', { keys: tokens.keys });
});
afterAll(() => bench.remove());

const NOW = new Date('2026-11-22T10:00:00Z');
const URL = 'https://hub.example/api/v1/p2p/alias?phone=%2B380991234567';
const codeIn = ({ code, out }: Ran): string => (code === 0 ? 'OK' : (/^Refused: ([A-Z_]+) \(HTTP (\d+)\)/m.exec(out)?.[1] ?? out));

describe('dcm sign', () => {
  test('signs claims as they stand in the file: numbers keep their source text', async () => {
    const file = await bench.file('claims.json', '{ "amount": 1500.50 }\n');
    const { code, out } = await bench.dcm(['sign', file, '--key', key]);
    expect(code).toBe(0);
    const token = valueOf(readToken(out));
    expect(token.payloadText).toBe('{ "amount": 1500.50 }');
    expect(token.header.kid).toBe('bank-a-sign-1');
    expect(await verifyTokenSignature(token, await vectorVerificationKey('bank'))).toBe(true);
  });

  test('reads standard input, and the key from DCM_KEY', async () => {
    const { out } = await bench.dcm(['sign', '--kid', 'another'], { input: '{"a":1}', env: { DCM_KEY: key } });
    expect(valueOf(readToken(out))).toMatchObject({ payloadText: '{"a":1}', header: { kid: 'another' } });
  });

  test('makes a header token that belongs to one request', async () => {
    const body = await bench.file('alias.json', '{"linked":true}');
    const { out } = await bench.dcm(['sign', '--for', `put ${URL}`, '--body', body, '--key', key], { now: NOW });
    const token = valueOf(readHeaderToken(out));
    const request = { method: 'PUT', path: '/api/v1/p2p/alias?phone=%2B380991234567', bodySha256: await bodySha256('{"linked":true}') };
    expect(checkHeaderToken(token, { ...request, now: NOW, audience: 'dcm-hub', bindingRequired: true }).ok).toBe(true);
  });

  test('makes the bare header token of the guide when asked', async () => {
    const { out } = await bench.dcm(['sign', '--for', `GET ${URL}`, '--bare', '--key', key], { now: NOW });
    expect(Object.keys(valueOf(readHeaderToken(out)).claims)).toEqual(['iat', 'jti']);
  });

  test.each<[string, readonly string[], string, number, string]>([
    ['a private key instead of claims', ['KEY'], '', 2, 'holds a private key'],
    ['a private key on standard input', ['-'], '-----BEGIN PRIVATE KEY-----', 2, 'holds a private key'],
    ['claims with a member twice', ['-'], '{"a":1,"a":2}', 3, 'two members of one name'],
    ['claims that are a list', ['-'], '[]', 3, 'not an object'],
    ['a file that is not there', ['/nowhere/claims.json'], '', 3, 'there is no file'],
    ['claims beside --for', ['claims.json', '--for', `GET ${URL}`], '', 2, 'no claims to sign'],
    ['a body without --for', ['--body', 'a'], '', 2, '--body belongs to --for'],
    ['an address that is none', ['--for', 'GET /api'], '', 2, 'is not an address'],
  ])('refuses %s', async (_, args, input, code, note) => {
    const ran = await bench.dcm(['sign', ...args.map((word) => (word === 'KEY' ? key : word)), '--key', key], { input });
    expect(ran).toMatchObject({ code, out: '' });
    expect(ran.notes).toContain(note);
  });

  test('refuses a key that cannot or should not sign', async () => {
    const publicHalf = await bench.file('public.json', tokens.keys[0]);
    const encryption = await bench.file('encrypt.key.json', vectorJwk('receiver'));
    for (const [file, note] of [
      [publicHalf, 'public half only'],
      [encryption, 'key for encryption'],
    ] as const) {
      const ran = await bench.dcm(['sign', '--key', file], { input: '{}' });
      expect(ran).toMatchObject({ code: 3, out: '' });
      expect(ran.notes).toContain(note);
    }
    expect((await bench.dcm(['sign'], { input: '{}' })).notes).toContain('--key is missing (or the variable DCM_KEY)');
  });
});

describe('dcm verify says of every published vector what the hub says', () => {
  test.each(tokens.tokens.map((vector, at) => ({ at, ...vector })))('$name: $expect', async (vector) => {
    // An empty or very long operand cannot be told from a missing file; a file holds them all.
    const file = await bench.file(`token-${vector.at}`, vector.token.endsWith('\n') ? `${vector.token}\n` : vector.token);
    const ran = await bench.dcm(['verify', file, '--keys', keySet]);
    expect(codeIn(ran)).toBe(vector.expect);
    if (ran.code !== 0) expect(ran.out).toMatch(/^NO {2}\S+ +\S.*\n(.*\n)?Refused: .*\nWhat to do: \S/m);
  });

  test.each(tokens.headerTokens)('$name: $expect', async (vector) => {
    const args = ['--keys', keySet, '--for', `${vector.method} https://hub.example${vector.path}`, '--audience', vector.audience];
    const body = await bench.file('body', vector.body);
    const bare = vector.bindingRequired ? [] : ['--bare'];
    expect(codeIn(await bench.dcm(['verify', vector.token, ...args, ...bare, '--body', body, '--now', vector.now]))).toBe(vector.expect);
  });

  test.each(paymentMessages)('$name: $expect', async ({ token, endpoint, now, expect: code }) => {
    const kind = endpoint === 'p2p' ? 'p2p-payment-message' : 'payment-message';
    expect(codeIn(await bench.dcm(['verify', token, '--as', kind, '--now', now]))).toBe(code);
  });

  test.each(orders)('$name: $expect', async ({ token, now, expect: code }) => {
    expect(codeIn(await bench.dcm(['verify', token, '--as', 'order', '--now', now]))).toBe(code);
  });
});

describe('dcm verify', () => {
  const good = () => rawToken({ payload: { iat: 1, jti: 'a' } });

  test('takes a token from the command line, a file, a body or standard input', async () => {
    const token = await good();
    for (const operand of [token, await bench.file('a.jwt', `${token}\n`), await bench.file('a.json', { jwt: token }), '-']) {
      expect(await bench.dcm(['verify', operand, '--keys', keySet], { input: token })).toMatchObject({ code: 0, notes: '' });
    }
  });

  test.each([
    ['padding', (token: string) => `${token}==`, 'padded'],
    ['a space', (token: string) => token.replace('.', '. '), 'white space at character'],
    ['standard base64', (token: string) => token.replace('.', '+.'), 'standard base64'],
    ['another character', (token: string) => token.replace('.', '€.'), 'does not know'],
    ['a cut', (token: string) => token.slice(0, -1), 'cut off'],
    ['five segments', (token: string) => `${token}.a.b`, 'encrypted token'],
    ['one segment', () => 'token', '1 segment;'],
    ['Bearer', (token: string) => `Bearer ${token}`, 'begins with "Bearer"'],
    ['quotation marks', (token: string) => `"${token}"`, 'quotation marks'],
    ['nothing', () => '.', 'it has 2 segments'],
  ])('names what is wrong with the form: %s', async (_, spoil, detail) => {
    const { code, out } = await bench.dcm(['verify', spoil(await good())]);
    expect(code).toBe(1);
    expect(out).toContain(detail);
  });

  test('shows the claims beside the request they should belong to', async () => {
    const { out: token } = await bench.dcm(['sign', '--for', `GET ${URL}`, '--key', key], { now: NOW });
    const { out } = await bench.dcm(['verify', token, '--for', `POST ${URL}`, '--now', NOW.toISOString()]);
    expect(out).toContain('method is "GET", the request has "POST"');
    expect(out).toContain('TOKEN_METHOD');
  });

  test('checks the audience of a payload', async () => {
    const token = await rawToken({ payload: { aud: 'bank', iss: 'dcm-hub' } });
    expect((await bench.dcm(['verify', token, '--audience', 'bank'])).code).toBe(0);
    expect(codeIn(await bench.dcm(['verify', token, '--audience', 'other']))).toBe('TOKEN_CLAIMS');
  });

  test('prints a report for programs', async () => {
    const report = JSON.parse((await bench.dcm(['verify', await good(), '--json'])).out) as { passed: { name: string }[] };
    expect(report.passed.map(({ name }) => name)).toEqual(['form', 'header', 'payload']);
  });

  test('fetches a key set, and says when it cannot', async () => {
    const source = 'https://bank.example/jwks.json';
    const run = async (fetch: () => Promise<Response>) => bench.dcm(['verify', await good(), '--keys', source], { fetch });
    expect((await run(() => Promise.resolve(Response.json({ keys: tokens.keys })))).code).toBe(0);
    expect(await run(() => Promise.resolve(new Response('', { status: 404 })))).toMatchObject({ code: 3, out: '' });
    expect((await run(() => Promise.reject(new Error('no route')))).notes).toContain('no route');
    expect((await run(() => Promise.resolve(new Response('<html>')))).notes).toContain('neither a key set');
    expect((await run(() => Promise.resolve(Response.json({ keys: [{ kty: 'EC' }] })))).notes).toContain('not fit for RS256');
  });

  test('takes nothing private over from a key set, and does not echo a private key', async () => {
    expect((await bench.dcm(['verify', await good(), '--keys', key])).out).not.toContain(vectorJwk('bank').d);
    const ran = await bench.dcm(['verify', key]);
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.notes).not.toContain(vectorJwk('bank').d);
  });

  test.each([
    [['--body', 'a'], 'belong to --for'],
    [['--now', 'soon'], '--now is a time'],
    [['--as', 'letter'], '--as is payment-message or'],
  ])('%j is a mistake of the command line', async (args, note) => {
    const ran = await bench.dcm(['verify', await good(), ...args]);
    expect(ran.code).toBe(2);
    expect(ran.notes).toContain(note);
  });
});
