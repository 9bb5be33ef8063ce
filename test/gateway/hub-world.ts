import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

import { readCoreConfig } from '../../gateway/config.ts';
import { type Core, startCore } from '../../gateway/core.ts';
import { createLogger } from '../../kernel/runtime/logger.ts';
import { type HubSecrets, loadSecrets } from '../../kernel/runtime/secrets.ts';
import { testDatabase } from '../support/postgres.ts';
import {
  callbackReceivers,
  createOrder,
  makeP2pOrder,
  operationsIssuer,
  type Query,
  queryOver,
  register,
  sendPaymentMessage,
} from './hub-actors.ts';
import { hubOnPorts } from './hub-on-ports.ts';
import type { Mode } from './toy-gateway.ts';

export interface HubWorld {
  readonly core: Core;
  readonly operationsToken: string;
  /** A token of operations with these scopes only. */
  readonly operationsTokenFor: (scopes: string) => Promise<string>;
  readonly databaseUrl: string;
  readonly secrets: HubSecrets;
  /** Where banks and merchants are called back. */
  readonly receiversUrl: string;
  readonly payerBank: string;
  readonly merchantBank: string;
  readonly merchant: { readonly uid: string; readonly secretKey: string };
  /** The callbacks that banks and merchant got, by the last part of the path. */
  readonly callbacks: string[];
  readonly query: Query;
  socket(credential: string): Client;
  createOrder(): Promise<{ orderId: string; clientSecret: string }>;
  /** Hands a payment message for an order to payments, as the edge does. Gives the payment's guid. */
  pay(orderId: string): Promise<string>;
  /** Makes a p2p order of the payer's bank. Gives its guid. */
  makeP2pOrder(): Promise<string>;
  close(): Promise<void>;
}

/**
 * The core with all four subgraphs over real Postgres, with a payer's bank, a merchant's bank and a merchant who take every callback.
 * `remote`: the gateway reaches each subgraph over sockets, on a port of its own.
 */
export async function hubWorld(mode: Mode): Promise<HubWorld> {
  const stops: (() => Promise<unknown>)[] = [];
  try {
    return await openWorld(mode, stops);
  } catch (error) {
    for (const stop of stops.toReversed()) await stop();
    throw error;
  }
}

async function openWorld(mode: Mode, stops: (() => Promise<unknown>)[]): Promise<HubWorld> {
  const folder = await mkdtemp(path.join(tmpdir(), 'dcm-gateway-'));
  stops.push(() => rm(folder, { recursive: true, force: true }));
  const database = await testDatabase();
  stops.push(() => database.drop());
  const operations = await operationsIssuer(folder);
  const config = readCoreConfig({
    DATABASE_URL: database.url,
    DCM_HOME: folder,
    GATEWAY_PORT: '0',
    SANDBOX: 'on',
    LOG_LEVEL: 'fatal',
    ...operations.environment,
  });
  const secrets = await loadSecrets(config.secretsFolder);
  const remote = mode === 'remote' ? await hubOnPorts(config, secrets, stops) : {};
  const core = await startCore({ ...config, remote }, createLogger({ level: config.logLevel, name: 'core' }));
  stops.push(() => core.stop());
  const receivers = await callbackReceivers();
  stops.push(receivers.close);

  const query = queryOver(core.gatewayUrl);
  const ingress = mode === 'remote' ? `${remote['payments']}` : core.internalUrl;
  const participants = await register(query, operations.token, receivers.url);
  const edge = { ingress, secrets, payerBank: participants.payerBank, bankKey: participants.payerBankKey };
  return {
    core,
    operationsToken: operations.token,
    operationsTokenFor: operations.tokenFor,
    databaseUrl: database.url,
    secrets,
    receiversUrl: receivers.url,
    ...participants,
    callbacks: receivers.received,
    query,
    socket: (credential) =>
      createClient({
        url: core.gatewayUrl.replace('http', 'ws'),
        webSocketImpl: WebSocket,
        retryAttempts: 0,
        connectionParams: { authorization: `Bearer ${credential}` },
      }),
    createOrder: () => createOrder(query, participants.merchant.secretKey, receivers.url),
    pay: (orderId) => sendPaymentMessage({ orderId, ...edge }),
    makeP2pOrder: () => makeP2pOrder(edge),
    async close() {
      for (const stop of stops.toReversed()) await stop();
    },
  };
}
