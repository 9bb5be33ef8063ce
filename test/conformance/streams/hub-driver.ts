import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { createDatabase } from '../../../kernel/runtime/database.ts';
import {
  createApiKey,
  createOrder,
  dataOf,
  operationsIssuer,
  queryOver,
  register,
  registerMerchant,
  ukrainianIban,
} from '../../gateway/hub-actors.ts';
import { freePort, type HubProcess, startHubProcess } from '../../gateway/hub-process.ts';
import { testDatabase } from '../../support/postgres.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { StreamDriver } from './driver.ts';
import { openOrderLog } from './order-log.ts';

/** Short enough that a test sees one. */
const HEARTBEAT_MS = '400';
const SHOP = 'http://127.0.0.1:9';

/** The hub in two processes: the gateway with most subgraphs, and orders, whose streams are asked for, in one of its own. */
export async function startHubDriver(): Promise<{ readonly driver: StreamDriver; close(): Promise<void> }> {
  const stops: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const stop of stops.splice(0).toReversed()) await stop();
  };
  try {
    return { driver: await open(stops), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function open(stops: (() => Promise<unknown>)[]): Promise<StreamDriver> {
  const home = await mkdtemp(path.join(tmpdir(), 'dcm-streams-'));
  stops.push(() => rm(home, { recursive: true, force: true }));
  const server = await testDatabase();
  stops.push(() => server.drop());
  const operations = await operationsIssuer(home);
  const processes = await startProcesses({ home, databaseUrl: server.url, environment: operations.environment }, stops);
  const log = openOrderLog(server.url);
  stops.push(() => log.close());
  const participants = createDatabase({ url: server.url, schema: 'participants', applicationName: 'test', poolMax: 1 });
  stops.push(() => participants.close());

  const { endpoint } = processes;
  const query = queryOver(endpoint);
  const registrar = { query, credential: operations.token, receiversUrl: SHOP };
  const { merchant, merchantBank } = await register(query, operations.token, SHOP);
  const strange = { name: 'Strange Shop', iban: ukrainianIban('380634', '0000026003242500003'), bankGuid: merchantBank };
  const stranger = await createApiKey(registrar, { participantId: await registerMerchant(registrar, strange), kind: 'SECRET' });
  const credentials = { merchant: merchant.secretKey, stranger, operations: operations.token };
  const newOrder = async (whose: 'merchant' | 'stranger') => {
    // The directory of another process is up to a second old: until it knows the merchant, it refuses the order.
    const { orderId } = await waitFor(() => createOrder(query, credentials[whose], SHOP), { timeoutMs: 10_000 });
    await waitFor(() => log.has(orderId));
    return orderId;
  };

  return {
    endpoint,
    credentials,
    operationsFor: (milliseconds) => operations.tokenFor('orders:read', milliseconds),
    async revocableKey() {
      const text = 'mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { secret apiKey { apiKeyId } } }';
      const input = { participantId: merchant.uid, kind: 'SECRET', idempotencyKey: crypto.randomUUID() };
      const { secret, apiKey } = dataOf(await query(text, { variables: { input }, credential: operations.token })).apiKeyCreate;
      const revoke = async () => {
        const of = { apiKeyId: apiKey.apiKeyId, idempotencyKey: crypto.randomUUID() };
        const mutation = 'mutation ($input: ApiKeyRevokeInput!) { apiKeyRevoke(input: $input) { errors { code } } }';
        dataOf(await query(mutation, { variables: { input: of }, credential: operations.token }));
      };
      return { credential: secret, revoke };
    },
    createOrder: (whose = 'merchant') => newOrder(whose),
    change: (orderId, times) => log.change(orderId, times),
    async breakJoins() {
      await participants.pool.query('alter table merchant rename to merchant_away');
      return async () => void (await participants.pool.query('alter table merchant_away rename to merchant'));
    },
    forgetHistory: () => log.forgetHistory(),
    restore: () => log.raiseEpoch(),
    openSources: () => processes.metric('orders', 'event_streams_open{stream="orders"}'),
    eventsTaken: () => processes.metric('orders', 'event_stream_items_total{stream="orders",kind="event"}'),
    kill: (what) => processes.kill(what),
    restartSubgraph: () => processes.restartOrders(),
  };
}

async function startProcesses(
  { home, databaseUrl, environment }: { home: string; databaseUrl: string; environment: Record<string, string> },
  stops: (() => Promise<unknown>)[],
) {
  const [gatewayPort, internalPort, ordersPort] = [await freePort(), await freePort(), await freePort()];
  const common = { DATABASE_URL: databaseUrl, DCM_HOME: home, LOG_LEVEL: 'fatal', SANDBOX: 'on', STREAM_HEARTBEAT_MS: HEARTBEAT_MS };
  const internal = `http://127.0.0.1:${internalPort}`;
  const gateway = {
    ...common,
    ...environment,
    GATEWAY_PORT: gatewayPort,
    INTERNAL_PORT: internalPort,
    ORDERS_URL: `http://127.0.0.1:${ordersPort}`,
  };
  const orders = { ...common, PORT: ordersPort, PARTICIPANTS_URL: `${internal}/participants`, PAYMENTS_URL: `${internal}/payments` };
  const start = {
    gateway: () => startHubProcess('gateway/main.ts', gateway),
    orders: () => startHubProcess('subgraphs/orders/main.ts', orders),
  };
  const running: Record<keyof typeof start, HubProcess> = await both(start);
  stops.push(() => Promise.all(Object.values(running).map((each) => each.kill())));
  const restart = async (name: keyof typeof start) => {
    running[name] = await start[name]();
  };
  return {
    endpoint: `http://127.0.0.1:${gatewayPort}/graphql`,
    async metric(name: keyof typeof start, series: string): Promise<number> {
      const address = name === 'gateway' ? `http://127.0.0.1:${gatewayPort}` : `http://127.0.0.1:${ordersPort}`;
      const text = await (await fetch(`${address}/metrics`)).text();
      const line = text.split('\n').find((each) => each.startsWith(`${series} `));
      return Number(line?.slice(series.length + 1) ?? 0);
    },
    async kill(what: 'gateway' | 'subgraph' | 'both') {
      const names = ({ gateway: ['gateway'], subgraph: ['orders'], both: ['gateway', 'orders'] } as const)[what];
      await Promise.all(names.map((name) => running[name].kill()));
      await Promise.all(names.map(restart));
    },
    async restartOrders() {
      await running.orders.terminate();
      await restart('orders');
    },
  };
}

async function both(start: Readonly<Record<'gateway' | 'orders', () => Promise<HubProcess>>>) {
  const [gateway, orders] = await Promise.all([start.gateway(), start.orders()]);
  return { gateway, orders };
}
