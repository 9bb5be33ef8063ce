import { expect, test } from 'vitest';

import type { Caller } from '../../schema/caller.ts';
import { SIGNED_REQUEST_AGE_MAX_MS, createRequestSigner, createRequestVerifier } from './signed-request.ts';

const NOW = new Date('2026-11-22T10:00:00.000Z');
const clockAt = (offsetMs: number) => ({ now: () => new Date(NOW.getTime() + offsetMs) });
const key = (kid: string, fill: number) => ({ kid, key: Buffer.alloc(32, fill) });
const merchant: Caller = { kind: 'merchant', merchantUid: 'm-1', keyId: 'k-1' };

const request = { method: 'POST', path: '/commands/claim-order?trace=1', body: Buffer.from('{"orderId":"7"}') };
const headers = createRequestSigner({ internal: [key('new', 1), key('old', 2)] }, clockAt(0)).headers({ ...request, caller: merchant });
const verifier = createRequestVerifier({ internal: [key('new', 1), key('old', 2)] }, clockAt(0));
const forgedCaller = Buffer.from(JSON.stringify({ ...merchant, merchantUid: 'm-2' })).toString('base64url');

test('a signed request carries its caller', () => {
  expect(verifier.verify({ ...request, headers })).toEqual({ ok: true, value: merchant });
});

test('a request without a caller is the hub itself and acts for nobody', () => {
  const own = createRequestSigner({ internal: [key('new', 1)] }, clockAt(0)).headers(request);
  expect(verifier.verify({ ...request, headers: own })).toEqual({ ok: true, value: { kind: 'anonymous' } });
});

test('the newest key signs and every key of the ring verifies', () => {
  expect(headers['hub-key-id']).toBe('new');
  const byOld = createRequestSigner({ internal: [key('old', 2)] }, clockAt(0)).headers(request);
  expect(verifier.verify({ ...request, headers: byOld }).ok).toBe(true);
});

test.each([
  ['another method', { method: 'GET' }],
  ['another path', { path: '/commands/claim-outcome?trace=1' }],
  ['another query', { path: '/commands/claim-order?trace=2' }],
  ['no query', { path: '/commands/claim-order' }],
  ['another body', { body: Buffer.from('{"orderId":"8"}') }],
  ['no body', { body: Buffer.alloc(0) }],
  ['another caller', { headers: { ...headers, 'hub-caller': forgedCaller } }],
  ['no caller', { headers: { ...headers, 'hub-caller': '' } }],
  ['another time', { headers: { ...headers, 'hub-time': String(NOW.getTime() + 1) } }],
  ['a time that is no number', { headers: { ...headers, 'hub-time': 'soon' } }],
  ['another key of the ring', { headers: { ...headers, 'hub-key-id': 'old' } }],
  ['an unknown key', { headers: { ...headers, 'hub-key-id': 'nobody' } }],
  ['a changed signature', { headers: { ...headers, 'hub-signature': `A${headers['hub-signature']?.slice(1)}` } }],
  ['a shorter signature', { headers: { ...headers, 'hub-signature': headers['hub-signature']?.slice(0, 20) } }],
  ['no signature', { headers: { 'hub-key-id': 'new' } }],
  ['no headers', { headers: {} }],
  ['a header sent twice', { headers: { ...headers, 'hub-signature': `${headers['hub-signature']}, ${headers['hub-signature']}` } }],
])('a request with %s is refused', (_what, change) => {
  expect(verifier.verify({ ...request, headers, ...change })).toEqual({ ok: false, failure: { code: 'INTERNAL_SIGNATURE' } });
});

test.each([
  [-SIGNED_REQUEST_AGE_MAX_MS, true],
  [SIGNED_REQUEST_AGE_MAX_MS, true],
  [SIGNED_REQUEST_AGE_MAX_MS + 1, false],
  [-SIGNED_REQUEST_AGE_MAX_MS - 1, false],
])('%d ms after it was signed a request is accepted: %s', (offsetMs, accepted) => {
  const result = createRequestVerifier({ internal: [key('new', 1)] }, clockAt(offsetMs)).verify({ ...request, headers });
  expect(result).toEqual(accepted ? { ok: true, value: merchant } : { ok: false, failure: { code: 'INTERNAL_STALE' } });
});
