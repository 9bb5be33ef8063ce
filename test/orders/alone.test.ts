import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';

import { wallClock } from '../../kernel/runtime/clock.ts';
import { createRemoteCommandClient } from '../../kernel/runtime/command.ts';
import { createRemoteFeed } from '../../kernel/runtime/event-log/remote-feed.ts';
import { loadSecrets } from '../../kernel/runtime/secrets.ts';
import { createRequestSigner } from '../../kernel/runtime/signed-request.ts';
import type { Caller } from '../../schema/caller.ts';
import { claimOrder } from '../../schema/commands/orders.ts';
import { readOrdersConfig } from '../../subgraphs/orders/config.ts';
import { testDatabase } from '../support/postgres.ts';

it('orders runs alone: it answers signed GraphQL, commands and its feed, and ends when asked to', async () => {
  const server = await testDatabase();
  const folder = await mkdtemp(path.join(tmpdir(), 'orders-alone-'));
  const nowhere = 'http://127.0.0.1:9';
  const child = spawn(process.execPath, [path.resolve('subgraphs/orders/main.ts')], {
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
    const claim = createRemoteCommandClient({ url: ready.url, signer });
    const refused = await claim(claimOrder, {
      orderId: 'none',
      paymentGuid: '00000000-0000-8000-8000-000000000001',
      initiatorBankGuid: '00000000-0000-7000-8000-000000000002',
      paymentExternalId: 'x',
      amountMinor: '1',
      currency: 'UAH',
      creditorAccount: 'a',
      creditorAgentBic: 'b',
      debtorAccount: 'c',
    });
    expect(refused).toMatchObject({ outcome: 'refused', code: 'ORDER_NOT_FOUND' });
    expect(await createRemoteFeed({ url: ready.url, signer }).read({ after: 0n, limit: 10 })).toEqual({ floor: 0n, head: 0n, events: [] });

    const body = JSON.stringify({ query: '{ orders { nodes { id } } }' });
    const caller: Caller = { kind: 'operations', subject: 'ann', scopes: [] };
    const post = (headers: Record<string, string>) =>
      fetch(`${ready.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
    const signed = await post(signer.headers({ method: 'POST', path: '/graphql', body, caller }));
    expect(await signed.json()).toEqual({ data: { orders: { nodes: [] } } });
    expect((await post({})).status).toBe(401);
    expect((await fetch(`${ready.url}/ingress/order-status?id=x`)).status).toBe(401);
  } finally {
    child.kill('SIGTERM');
    const [code] = child.exitCode === null ? ((await once(child, 'exit')) as [number]) : [child.exitCode]; // `exit` gives code and signal.
    await server.drop();
    await rm(folder, { recursive: true, force: true });
    expect(code).toBe(0);
  }
});

it('its configuration names every variable that is wrong', () => {
  expect(() => readOrdersConfig({ PORT: '99999', PAYMENTS_URL: 'nonsense' })).toThrow(
    /PORT: must be a port number[^]*DATABASE_URL: is required[^]*PARTICIPANTS_URL: is required[^]*PAYMENTS_URL: must be/,
  );
});
