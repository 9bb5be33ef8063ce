import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, describe, expect, test } from 'vitest';

import { loadSecrets } from '../../kernel/runtime/secrets.ts';
import { SUBGRAPHS, type SubgraphName } from '../../schema/subgraphs.ts';
import { testDatabase } from '../support/postgres.ts';
import { waitFor } from '../support/wait-for.ts';
import { callbackReceivers, createOrder, dataOf, operationsIssuer, queryOver, register, sendPaymentMessage } from './hub-actors.ts';
import { freePort, type HubProcess, startHubProcess } from './hub-process.ts';

const START_MS = 60_000;

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

async function start(file: string, env: Record<string, string>): Promise<HubProcess> {
  const started = await startHubProcess(file, env);
  stops.push(() => started.kill());
  return started;
}

async function exitCode(child: ChildProcess, cause: () => void): Promise<number | null> {
  const exited = once(child, 'exit');
  cause();
  const [code] = await exited;
  return code;
}

describe.each([
  { name: 'every subgraph in a process of its own', alone: SUBGRAPHS },
  { name: 'payments in a process of its own, the rest in the core', alone: ['payments'] as const },
])('$name', ({ alone }: { alone: readonly SubgraphName[] }) => {
  test(
    'a payment goes through, and every process ends when it is asked to',
    async () => {
      const home = await mkdtemp(path.join(tmpdir(), 'dcm-processes-'));
      stops.push(() => rm(home, { recursive: true, force: true }));
      const database = await testDatabase();
      stops.push(() => database.drop());
      const operations = await operationsIssuer(home);
      const common = { DATABASE_URL: database.url, DCM_HOME: home, LOG_LEVEL: 'fatal', SANDBOX: 'on' };
      const secrets = await loadSecrets(path.join(home, 'secrets'));

      const internalPort = await freePort();
      const ports = new Map(await Promise.all(alone.map(async (name) => [name, await freePort()] as const)));
      const address = (name: SubgraphName) =>
        ports.has(name) ? `http://127.0.0.1:${ports.get(name)}` : `http://127.0.0.1:${internalPort}/${name}`;
      const addressesOf = (names: readonly SubgraphName[]) =>
        Object.fromEntries(names.map((name) => [`${name.toUpperCase()}_URL`, address(name)]));

      const starting = alone.map((name) =>
        start(`subgraphs/${name}/main.ts`, { ...common, ...addressesOf(SUBGRAPHS), PORT: ports.get(name) ?? '0' }),
      );
      const coreEnv = { ...common, ...addressesOf(alone), ...operations.environment, GATEWAY_PORT: '0', INTERNAL_PORT: internalPort };
      const core = await start('gateway/main.ts', coreEnv);
      const subgraphs = await Promise.all(starting);
      expect(core.ready).toEqual({
        type: 'ready',
        gatewayUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/graphql$/),
        internalUrl: `http://127.0.0.1:${internalPort}`,
      });

      const receivers = await callbackReceivers();
      stops.push(receivers.close);
      const query = queryOver(core.ready.gatewayUrl);
      const { merchant, payerBank, payerBankKey } = await register(query, operations.token, receivers.url);
      // A directory of another process is up to a second old: until it knows merchant and banks, it refuses both.
      const { orderId } = await waitFor(() => createOrder(query, merchant.secretKey, receivers.url), { timeoutMs: 10_000 });
      const payment = { orderId, ingress: address('payments'), secrets, payerBank, bankKey: payerBankKey };
      await waitFor(() => sendPaymentMessage(payment), { timeoutMs: 10_000 });
      const text = 'query ($orderId: String!) { order(orderId: $orderId) { status payment { status ledgerTransaction { businessDay } } } }';
      const booked = await waitFor(
        async () => {
          const { order } = dataOf(await query(text, { variables: { orderId }, credential: operations.token }));
          return order.status === 'SUCCESS' && order.payment?.ledgerTransaction ? order : null;
        },
        { timeoutMs: 15_000 },
      );
      expect(booked.payment.status).toBe('SUCCESS');

      expect(await exitCode(core.child, () => core.child.kill('SIGTERM'))).toBe(0);
      for (const { child } of subgraphs) expect(await exitCode(child, () => child.disconnect())).toBe(0);
    },
    2 * START_MS,
  );
});

describe('the core process', () => {
  test(
    'is ready while nobody is registered yet, and ends when its supervisor goes away',
    async () => {
      const home = await mkdtemp(path.join(tmpdir(), 'dcm-processes-'));
      stops.push(() => rm(home, { recursive: true, force: true }));
      const database = await testDatabase();
      stops.push(() => database.drop());
      const { child, ready } = await start('gateway/main.ts', {
        DATABASE_URL: database.url,
        DCM_HOME: home,
        LOG_LEVEL: 'fatal',
        GATEWAY_PORT: '0',
      });
      expect((await fetch(ready.gatewayUrl.replace('/graphql', '/readyz'))).status).toBe(200);
      expect(await exitCode(child, () => child.disconnect())).toBe(0);
    },
    START_MS,
  );
});
