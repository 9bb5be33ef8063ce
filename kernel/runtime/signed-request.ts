import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

import { ANONYMOUS, callerSchema, type Caller } from '../../schema/caller.ts';
import { fail, ok, type Result } from '../core/result.ts';
import type { Clock } from './clock.ts';
import type { HubSecrets, MacSecret } from './secrets.ts';

/**
 * How processes of the core know each other: an HMAC-SHA256 over method, path with query, time, body and the caller's claims.
 * A request is good for SIGNED_REQUEST_AGE_MAX_MS; inside that time a copy is accepted again, so commands must be idempotent.
 */
export interface RequestSigner {
  /** `path` is the request target as sent: path and query. Without a caller the request is made by the hub itself, as ANONYMOUS. */
  headers(o: { method: string; path: string; body: Uint8Array | string; caller?: Caller }): Record<string, string>;
}

export interface RequestVerifier {
  /** INTERNAL_SIGNATURE: not signed, wrong or unknown key, or changed. INTERNAL_STALE: signed too long ago, or in the future. */
  verify(o: {
    method: string;
    path: string;
    body: Uint8Array;
    headers: IncomingHttpHeaders;
  }): Result<Caller, { readonly code: 'INTERNAL_SIGNATURE' | 'INTERNAL_STALE' }>;
}

/** How far the clocks and the network between two processes may be apart, in milliseconds. */
export const SIGNED_REQUEST_AGE_MAX_MS = 30_000;

const HEADER = { kid: 'hub-key-id', time: 'hub-time', caller: 'hub-caller', signature: 'hub-signature' } as const;

/** Signs with the key that signs at that moment. */
export function createRequestSigner(secrets: Pick<HubSecrets, 'internal'>, clock: Clock): RequestSigner {
  return {
    headers({ method, path, body, caller }) {
      const [newest] = secrets.internal;
      if (!newest) throw new Error('a request signer needs a key');
      const time = String(clock.now().getTime());
      const claims = caller ? Buffer.from(JSON.stringify(caller)).toString('base64url') : '';
      const signature = macOf(newest, { method, path, time, body, claims }).toString('base64url');
      return { [HEADER.kid]: newest.kid, [HEADER.time]: time, [HEADER.caller]: claims, [HEADER.signature]: signature };
    },
  };
}

export function createRequestVerifier(secrets: Pick<HubSecrets, 'internal'>, clock: Clock): RequestVerifier {
  return {
    verify({ method, path, body, headers }) {
      const kid = singleHeader(headers, HEADER.kid);
      const key = secrets.internal.find((candidate) => candidate.kid === kid);
      const time = singleHeader(headers, HEADER.time);
      const claims = singleHeader(headers, HEADER.caller);
      const signature = Buffer.from(singleHeader(headers, HEADER.signature), 'base64url');
      if (!key) return fail({ code: 'INTERNAL_SIGNATURE' });
      const expected = macOf(key, { method, path, time, body, claims });
      if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) return fail({ code: 'INTERNAL_SIGNATURE' });
      const ageMs = Math.abs(clock.now().getTime() - Number(time));
      if (!(ageMs <= SIGNED_REQUEST_AGE_MAX_MS)) return fail({ code: 'INTERNAL_STALE' }); // Written so that NaN is stale too.
      return ok(claims === '' ? ANONYMOUS : callerSchema.parse(JSON.parse(Buffer.from(claims, 'base64url').toString('utf8'))));
    },
  };
}

function macOf(key: MacSecret, o: { method: string; path: string; time: string; body: Uint8Array | string; claims: string }): Buffer {
  const bodyHash = createHash('sha256').update(o.body).digest('hex');
  // No part can contain a line break (HTTP forbids it in each of them), so the joined text can be read in one way only.
  return createHmac('sha256', key.key).update(`hub-1\n${o.method}\n${o.path}\n${o.time}\n${bodyHash}\n${o.claims}`).digest();
}

function singleHeader(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value : '';
}
