import { readFile, stat } from 'node:fs/promises';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { requestHash } from '../../protocol/digest.ts';
import { RECEIPT_HEADER, receiptClaims } from '../../protocol/receipt.ts';
import { rawToken } from '../../protocol/vectors/raw-token.ts';
import { vectorJwk } from '../../protocol/vectors/vector-keys.ts';
import { utf8 } from '../../protocol/web-crypto.ts';
import { aWorkbench, type Workbench } from './terminal-under-test.ts';

let bench: Workbench;
let key: string;
beforeAll(async () => {
  bench = await aWorkbench();
  key = await bench.file('sign.key.json', vectorJwk('bank'));
});
afterAll(() => bench.remove());

const NOW = new Date('2026-11-22T10:00:00Z');
const HUB = 'https://hub.example';
const GUID = '8a6e0804-2bd0-8672-b79d-d97027f9071a';

describe('the receipt beside an accepted message', () => {
  const bank = '0b6f0a44-2b5c-4d6e-8f70-8192a3b4c5d6';
  const path = `/api/v1/counterparty/${bank}/payment-message`;
  const edge = vectorJwk('edge');
  const hubKeys = () => Response.json({ keys: [{ kty: edge.kty, n: edge.n, e: edge.e, kid: edge.kid, use: 'sig' }] });

  /** An edge that signs for what it was sent, or for `over` instead. */
  function anEdge(over: { body?: string; guid?: string; keys?: () => Response } = {}) {
    return async (url: string, init: RequestInit): Promise<Response> => {
      if (url.endsWith('/jwks.json')) return (over.keys ?? hubKeys)();
      const body = over.body ?? (typeof init.body === 'string' ? init.body : '');
      const entry = { request_sha256: await requestHash({ method: 'POST', path, body: utf8(body) }), guid: over.guid ?? GUID, status: 200 };
      const claims = receiptClaims({ audience: bank, now: NOW, entries: [entry] });
      const receipt = await rawToken({ signer: 'edge', payload: claims });
      return Response.json({ guid: GUID }, { headers: { [RECEIPT_HEADER]: receipt } });
    };
  }
  const post = (fetch: (url: string, init: RequestInit) => Promise<Response>, ...args: string[]) =>
    bench.dcm(['post', HUB + path, '--key', key, '--body', '-', ...args], { now: NOW, fetch, input: '{"a":1}' });

  test('is checked, and says what it proves', async () => {
    const ran = await post(anEdge());
    expect(ran).toMatchObject({ code: 0, out: JSON.stringify({ guid: GUID }) });
    expect(ran.notes).toContain(`answered 200 for payment ${GUID} at 2026-11-22T10:00:00.000Z`);
  });

  test('is kept as a proof that stands without the hub, for these bytes alone', async () => {
    const file = bench.path('proof.json');
    expect((await post(anEdge(), '--receipt', file)).code).toBe(0);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const keys = await bench.file('hub-jwks.json', await hubKeys().json());
    expect((await bench.dcm(['receipt', file, '--hub-keys', keys])).code).toBe(0);
    const proof = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    for (const [change, code] of [
      [{ body: '{"a":2}' }, 'RECEIPT_OF_ANOTHER_REQUEST'],
      [{ guid: bank }, 'RECEIPT_OF_ANOTHER_ANSWER'],
      [{ bank: 'another' }, 'TOKEN_CLAIMS'],
    ] as const) {
      const ran = await bench.dcm(['receipt', await bench.file('forged.json', { ...proof, ...change }), '--hub-keys', keys]);
      expect(ran.code).toBe(1);
      expect(ran.notes).toContain(code);
    }
    expect((await post(anEdge(), '--receipt', file)).notes).toContain('left alone');
    expect((await bench.dcm(['receipt', key])).notes).toContain('is not a proof');
  });

  test('that is wrong or missing makes the exit code 1 where a proof was asked for', async () => {
    const file = bench.path('no-proof.json');
    const none = await post(() => Promise.resolve(Response.json({ guid: GUID })), '--receipt', file);
    expect([none.code, none.notes]).toEqual([1, expect.stringContaining('No receipt came')]);
    const wrong = await post(anEdge({ body: 'other' }), '--receipt', file);
    expect([wrong.code, wrong.notes]).toEqual([1, expect.stringContaining('proves nothing: RECEIPT_OF_ANOTHER_REQUEST')]);
    await expect(stat(file)).rejects.toThrow('ENOENT');
  });

  test('that cannot be checked takes nothing from an accepted message', async () => {
    const ran = await post(anEdge({ keys: () => new Response('', { status: 503 }) }));
    expect([ran.code, ran.notes]).toEqual([0, expect.stringContaining('could not be checked')]);
    expect((await post(anEdge({ guid: bank }))).notes).toContain('RECEIPT_OF_ANOTHER_ANSWER');
  });
});
