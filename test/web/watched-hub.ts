import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import {
  type Answer,
  callbackReceivers,
  createOrder,
  dataOf,
  operationsIssuer,
  type Query,
  queryOver,
  register,
} from '../gateway/hub-actors.ts';
import { freePort, type HubProcess, startHubProcess } from '../gateway/hub-process.ts';
import { testDatabase } from '../support/postgres.ts';

/** A core in a process of its own that can be killed and comes back at the same address, with a merchant who makes orders. */
export interface WatchedHub {
  readonly url: string;
  readonly home: string;
  readonly secretKey: string;
  readonly query: Query;
  /** Gives the order's id. `elsewhere`: through another core on the same database. */
  createOrder(o?: { readonly elsewhere: boolean }): Promise<string>;
  cancelOrder(orderId: string): Promise<void>;
  /** `sequence type orderId` of every event of the merchant, from the history. */
  history(): Promise<string[]>;
  kill(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

export async function watchedHub(): Promise<WatchedHub> {
  const home = await mkdtemp(path.join(tmpdir(), 'dcm-watched-'));
  const database = await testDatabase();
  const operations = await operationsIssuer(home);
  const env = { DATABASE_URL: database.url, DCM_HOME: home, LOG_LEVEL: 'fatal', SANDBOX: 'on', ...operations.environment };
  const gatewayPort = await freePort();
  const receivers = await callbackReceivers();
  let core: HubProcess | null = null;
  let other: HubProcess | null = null;
  const start = async () => {
    core = await startHubProcess('gateway/main.ts', { ...env, GATEWAY_PORT: gatewayPort, INTERNAL_PORT: '0' });
  };
  await start();
  const url = `http://127.0.0.1:${gatewayPort}/graphql`;
  const query = queryOver(url);
  const { merchant } = await register(query, operations.token, receivers.url);
  const { secretKey } = merchant;

  async function elsewhereQuery(): Promise<Query> {
    other ??= await startHubProcess('gateway/main.ts', { ...env, GATEWAY_PORT: '0', INTERNAL_PORT: '0' });
    return queryOver(other.ready.gatewayUrl);
  }
  async function ask(text: string, variables: object): Promise<Answer> {
    return dataOf(await query(text, { variables, credential: secretKey }));
  }
  return {
    url,
    home,
    secretKey,
    query,
    async createOrder({ elsewhere } = { elsewhere: false }) {
      return (await createOrder(elsewhere ? await elsewhereQuery() : query, secretKey, receivers.url)).orderId;
    },
    async cancelOrder(orderId) {
      const { orderCancel } = await ask('mutation ($input: OrderCancelInput!) { orderCancel(input: $input) { errors { code } } }', {
        input: { orderId, idempotencyKey: orderId },
      });
      if (orderCancel.errors.length > 0) throw new Error(JSON.stringify(orderCancel.errors));
    },
    async history() {
      const { orderEvents } = await ask('{ orderEvents(first: 200) { nodes { sequence type order { orderId } } } }', {});
      return orderEvents.nodes.map(({ sequence, type, order }: Answer) => `${sequence} ${type} ${order.orderId}`);
    },
    async kill() {
      await core?.kill();
    },
    start,
    async close() {
      await core?.kill();
      await other?.kill();
      await receivers.close();
      await database.drop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
