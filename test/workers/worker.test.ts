import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, it, vi } from 'vitest';
import { HEADER_TOKEN_NAME, headerTokenClaims } from '../../protocol/header-token.ts';
import { generateKeyPair, importSigningKey, signToken } from '../../protocol/token.ts';
import { DEFAULT_LIMITS, type DirectorySnapshot } from '../../schema/directory.ts';
import worker from '../../workers/edge/worker.ts';

const MERCHANT = '623e460b-9ffd-41df';

/** A namespace whose objects have these methods and no others. */
function aNamespace(methods: Record<string, () => Promise<unknown>>) {
  return { idFromName: (name: string) => name, get: () => methods };
}

it('a request whose object fails hears 503 with Retry-After, and never 2xx', async () => {
  const pair = await generateKeyPair('sign');
  const { kty, n, e } = pair.publicJwk;
  const always = { validFrom: '2020-01-01T00:00:00.000Z', validUntil: null, revokedFrom: null };
  const merchant = {
    uid: MERCHANT,
    name: 'Shop',
    taxNumber: '12345678',
    iban: '',
    mcc: 1,
    bankGuid: '',
    callbackUrl: '',
    redirectOrigins: [],
    logoUrl: null,
    limits: DEFAULT_LIMITS,
    boundTokens: 'when-present' as const,
    plainBodies: 'bound' as const,
    keys: [{ kid: pair.kid, jwk: { kty, n, e }, purpose: 'BOTH' as const, encryptionProfiles: [], ...always }],
  };
  const snapshot: DirectorySnapshot = { version: 1, issuedAt: always.validFrom, banks: [], merchants: [merchant] };
  const brokenEnv: Env = {
    ...env,
    DIRECTORY_CACHE: aNamespace({ newerThan: async () => JSON.stringify(snapshot) }),
    INBOX: aNamespace({ through: () => Promise.reject(new Error('the object is overloaded')) }),
  } as unknown as Env; // Stand-ins with the two methods that the Worker calls.
  const payload = headerTokenClaims({ jti: crypto.randomUUID(), now: new Date() });
  const token = await signToken({ kid: pair.kid, key: await importSigningKey(pair.privateJwk), payload });
  const request = new Request('http://edge/api/v1/merchants/order/status?id=1', { headers: { [HEADER_TOKEN_NAME]: token } });
  const log = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const response = await worker.fetch(request as Parameters<typeof worker.fetch>[0], brokenEnv, createExecutionContext()); // Only `cf` is missing.
  expect(log.mock.calls.join('')).toContain('the object is overloaded');
  log.mockRestore();
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).not.toBeNull();
  expect(await response.json()).toMatchObject({ code: 'CORE_AWAY' });
});
