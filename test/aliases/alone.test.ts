import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';

import { wallClock } from '../../kernel/runtime/clock.ts';
import { createRemoteFeed } from '../../kernel/runtime/event-log/remote-feed.ts';
import { loadSecrets } from '../../kernel/runtime/secrets.ts';
import { createRequestSigner } from '../../kernel/runtime/signed-request.ts';
import type { Caller } from '../../schema/caller.ts';
import { readAliasesConfig } from '../../subgraphs/aliases/config.ts';
import { testDatabase } from '../support/postgres.ts';

it('aliases runs alone: it answers signed GraphQL and its feed, and ends when asked to', async () => {
  const server = await testDatabase();
  const folder = await mkdtemp(path.join(tmpdir(), 'aliases-alone-'));
  const nowhere = 'http://127.0.0.1:9';
  const child = spawn(process.execPath, [path.resolve('subgraphs/aliases/main.ts')], {
    env: {
      ...process.env,
      PORT: '0',
      DATABASE_URL: server.url,
      DCM_HOME: folder,
      DCM_SECRETS: folder,
      LOG_LEVEL: 'silent',
      PARTICIPANTS_URL: nowhere,
      PAYMENTS_URL: nowhere,
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  try {
    const [ready] = (await once(child, 'message')) as [{ url: string }]; // What main.ts sends when it is ready.
    const signer = createRequestSigner(await loadSecrets(folder), wallClock);
    expect(await createRemoteFeed({ url: ready.url, signer }).read({ after: 0n, limit: 10 })).toEqual({ floor: 0n, head: 0n, events: [] });

    const body = JSON.stringify({ query: '{ aliasHistory(phone: "+380501234567") { nodes { version } } }' });
    const caller: Caller = { kind: 'operations', subject: 'ann', scopes: [] };
    const post = (headers: Record<string, string>) =>
      fetch(`${ready.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
    const signed = await post(signer.headers({ method: 'POST', path: '/graphql', body, caller }));
    expect(await signed.json()).toEqual({ data: { aliasHistory: { nodes: [] } } });
    expect((await post({})).status).toBe(401);
    expect((await fetch(`${ready.url}/ingress/alias-status?phone=x`)).status).toBe(401);
  } finally {
    child.kill('SIGTERM');
    const [code] = child.exitCode === null ? ((await once(child, 'exit')) as [number]) : [child.exitCode]; // `exit` gives code and signal.
    await server.drop();
    await rm(folder, { recursive: true, force: true });
    expect(code).toBe(0);
  }
});

it('its configuration names every variable that is wrong', () => {
  expect(() => readAliasesConfig({ PORT: '99999', PARTICIPANTS_URL: 'nonsense', LOOK_UP_BANK_TOKENS: '19' })).toThrow(
    /PORT: must be a port number[^]*DATABASE_URL: is required[^]*LOOK_UP_BANK_TOKENS: [^]*PARTICIPANTS_URL: must be[^]*PAYMENTS_URL/,
  );
});
