import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, it, vi } from 'vitest';
import worker from '../../workers/edge/worker.ts';
import { readSettings } from '../../workers/edge/settings.ts';

it('a Worker without its secrets takes nothing, tells nobody why, and logs which are absent', async () => {
  const { ENVELOPE_KEY: _, RECEIPT_KEY: __, ...without } = env;
  const log = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  for (const path of ['/readyz', '/livez', '/api/v1/.well-known/jwks.json']) {
    const request = new Request(`http://edge${path}`) as Parameters<typeof worker.fetch>[0]; // Only `cf` is missing.
    const response = await worker.fetch(request, without as Env, createExecutionContext()); // The very mistake.
    expect(response.status).toBe(503);
    expect(await response.text()).not.toContain('KEY');
  }
  expect(log.mock.calls[0]?.join('')).toContain('ENVELOPE_KEY is missing, RECEIPT_KEY is missing');
  log.mockRestore();
});

it.for<[name: string, what: string, value: string]>([
  ['CORE_URL', 'no URL', 'core.example'],
  ['EDGE_PUBLIC_URL', 'no URL', 'edge.example'],
  ['DIRECTORY_KEYS', 'no JSON', 'none'],
  ['DIRECTORY_KEYS', 'no keys', '[{"kid":"a"}]'],
  ['ENVELOPE_KEY', 'no key', '{"kid":"a","privateJwk":{}}'],
  ['RECEIPT_KEY', 'not a key of an edge', env.RECEIPT_KEY.replace('edge-', 'hub-')],
  ['DO_JURISDICTION', 'none that there is', 'us'],
  ['INBOX_UNFINISHED_MAX', 'nothing', '0'],
  ['ADDRESS_PER_SECOND', 'less than nothing', '-1'],
])('%s that is %s is named, and its value is not said', ([name, , value]) => {
  const settings = { ...env, [name]: value } as Env; // The very mistake.
  expect(() => readSettings(settings)).toThrow(
    new Error(`the edge is not configured: ${name} is wrong; docs/deployment.md says what each must be`),
  );
});
