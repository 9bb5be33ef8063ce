import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

import { readHubConfig, type HubConfig } from '../../bin/config.ts';
import { startHub, type RunningHub } from '../../bin/hub.ts';
import type { BEHAVIOURS } from '../../sandbox/behaviour.ts';
import type { HistoryEntry } from '../../sandbox/history.ts';
import { testDatabase } from '../support/postgres.ts';
import { waitFor } from '../support/wait-for.ts';

export interface SandboxBank {
  readonly guid: string;
  readonly bic: string;
  readonly name: string;
  readonly slot: 'payer' | 'receiver' | 'bystander';
  readonly signKey: JsonWebKey & { kid: string };
  readonly encryptKey: JsonWebKey & { kid: string };
  readonly apiKey: string;
  readonly accounts: readonly { readonly iban: string; readonly phone: string; readonly name: string; readonly taxId: string }[];
}

export interface SandboxMerchant {
  readonly uid: string;
  readonly name: string;
  readonly iban: string;
  readonly bankGuid: string;
  readonly signKey: JsonWebKey & { kid: string };
  readonly secretKey: string;
  readonly publishableKey: string;
}

export interface SandboxFile {
  readonly gateway: string;
  readonly edge: string;
  readonly console: string;
  readonly sandbox: string;
  readonly ops: { readonly token: string };
  readonly banks: readonly SandboxBank[];
  readonly merchants: readonly SandboxMerchant[];
}

export interface GraphqlAnswer {
  // A test reads what it asked for; the shape is its own document's.
  readonly data: any; // oxlint-disable-line typescript/no-explicit-any -- see above
  readonly errors?: readonly { readonly message: string; readonly extensions?: Record<string, unknown> }[];
}

export interface CreatedOrder {
  readonly id: string;
  readonly orderId: string;
  readonly reference: string;
}

export interface BehaviourOrder {
  readonly callback?: string;
  readonly behave: (typeof BEHAVIOURS)[number];
  readonly said?: string;
  readonly status?: number;
  readonly delayMs?: number;
  readonly times?: number;
}

/** The whole hub with its sandbox as a user starts it, on free ports and a state folder of its own. */
export interface HubUnderTest {
  readonly hub: RunningHub;
  readonly sandbox: SandboxFile;
  readonly payer: SandboxBank;
  readonly receiver: SandboxBank;
  readonly bystander: SandboxBank;
  readonly merchant: SandboxMerchant;
  graphql(document: string, variables?: Record<string, unknown>, token?: string): Promise<GraphqlAnswer>;
  createOrder(o?: { amountMinor?: string; expiresAt?: Date; reference?: string }): Promise<CreatedOrder>;
  /** A customer of the payer bank confirms. Answers what the bank made of the hub's answer. */
  pay(orderId: string, bank?: SandboxBank): Promise<{ kind: string; guid?: string; httpStatus?: number; answer?: { code?: string } }>;
  control(id: string, order: BehaviourOrder): Promise<void>;
  history(id: string): Promise<readonly HistoryEntry[]>;
  advanceClock(milliseconds: number): Promise<void>;
  reset(): Promise<void>;
  orderStatus(orderId: string): Promise<string>;
  waitForOrder(orderId: string, status: string, timeoutMs?: number): Promise<void>;
  subscribe(document: string, variables: Record<string, unknown>, token?: string): Subscriber;
  stop(): Promise<void>;
}

export interface Subscriber {
  readonly items: readonly any[]; // oxlint-disable-line typescript/no-explicit-any -- the shape is the document's
  readonly errors: readonly unknown[];
  close(): Promise<void>;
}

export interface HubUnderTestOptions {
  /** The embedded, durable Postgres of `npm start` instead of a database of the test server. */
  readonly ownPostgres?: boolean;
  readonly home?: string;
  readonly env?: Record<string, string>;
  /** Runs the hub as the command does, in a process of its own, and hears every line that any of its processes writes. */
  readonly onOutput?: (text: string) => void;
}

const ORDER_CREATE = `mutation ($input: OrderCreateInput!) { orderCreate(input: $input) { order { id orderId reference } errors { code message } } }`;

export async function startHubUnderTest(options: HubUnderTestOptions = {}): Promise<HubUnderTest> {
  const home = options.home ?? (await mkdtemp(join(tmpdir(), 'hub-under-test-')));
  const database = options.ownPostgres ? null : await testDatabase();
  const config: HubConfig = {
    ...readHubConfig({ LOG_LEVEL: 'error', ...options.env }),
    DCM_HOME: home,
    GATEWAY_PORT: 0,
    EDGE_PORT: 0,
    EDGE_INTERNAL_PORT: 0,
    SANDBOX_PORT: 0,
    INTERNAL_PORT: 0,
    ...(database ? { DATABASE_URL: database.url } : {}),
  };
  const env = { ...process.env, ...options.env };
  const hub = options.onOutput ? await startCommand(config, env, options.onOutput) : await startHub(config, env);
  const sandbox = JSON.parse(await readFile(join(home, 'sandbox.json'), 'utf8')) as SandboxFile; // written by the hub that just started
  return hubUnderTest(hub, sandbox, async () => {
    await hub.stop();
    await database?.drop();
    if (options.home === undefined) await rm(home, { recursive: true, force: true });
  });
}

const START = resolve(import.meta.dirname, '../../bin/start.ts');

/** `npm start` with its output in our hands. The processes of the hub end with the one that is started here, and that one with us. */
async function startCommand(
  config: HubConfig,
  env: Readonly<Record<string, string | undefined>>,
  onOutput: (text: string) => void,
): Promise<RunningHub> {
  const variables = Object.fromEntries(Object.entries(config).map(([name, value]) => [name, String(value)]));
  const child = spawn(process.execPath, [START], { env: { ...env, ...variables }, stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = once(child, 'exit');
  const { promise: ready, resolve: isReady } = Promise.withResolvers<void>();
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      onOutput(text);
      if (/^ready \{/m.test(output)) isReady();
    });
  }
  const started = await Promise.race([ready.then(() => true), ended.then(() => false)]);
  if (!started) throw new Error(`the hub ended before it was ready: ${output}`);
  const line = /^ready (\{.*\})$/m.exec(output)?.[1] ?? '{}';
  const addresses = JSON.parse(line) as { gateway: string; edge: string; console: string; sandbox: string }; // printed by bin/start.ts
  return {
    home: config.DCM_HOME,
    addresses: { ...addresses, internal: '' },
    databaseUrl: config.DATABASE_URL ?? '',
    pids: () => ({ hub: child.pid }),
    async stop() {
      process.removeListener('exit', kill);
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function hubUnderTest(hub: RunningHub, sandbox: SandboxFile, stop: () => Promise<void>): HubUnderTest {
  const merchant = required(sandbox.merchants[0]);
  const bank = (slot: SandboxBank['slot']): SandboxBank => required(sandbox.banks.find((candidate) => candidate.slot === slot));
  const payer = bank('payer');
  const graphql: HubUnderTest['graphql'] = async (query, variables = {}, token = merchant.secretKey) => {
    const headers = { 'content-type': 'application/json', ...(token === '' ? {} : { authorization: `Bearer ${token}` }) };
    const response = await fetch(sandbox.gateway, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
    return (await response.json()) as GraphqlAnswer;
  };
  const orderStatus = async (orderId: string): Promise<string> => {
    const { data } = await graphql('query ($orderId: String) { order(orderId: $orderId) { status } }', { orderId }, sandbox.ops.token);
    return data?.order?.status;
  };
  return {
    hub,
    sandbox,
    payer,
    receiver: bank('receiver'),
    bystander: bank('bystander'),
    merchant,
    graphql,
    orderStatus,
    waitForOrder: async (orderId, status, timeoutMs = 15_000) =>
      void (await waitFor(async () => (await orderStatus(orderId)) === status, { timeoutMs })),
    async createOrder({
      amountMinor = '10050',
      expiresAt = new Date(Date.now() + 600_000),
      reference = `test-${crypto.randomUUID()}`,
    } = {}) {
      const input = {
        amount: { minor: amountMinor, currency: 'UAH' },
        reference,
        purpose: 'A book',
        redirectUrl: `${sandbox.sandbox}/thank-you`,
        expiresAt: expiresAt.toISOString(),
        idempotencyKey: crypto.randomUUID(),
      };
      const { data, errors } = await graphql(ORDER_CREATE, { input });
      if (!data?.orderCreate?.order) throw new Error(`no order was made: ${JSON.stringify(errors ?? data)}`);
      return data.orderCreate.order;
    },
    pay: async (orderId, from = payer) => (await post(`${sandbox.sandbox}/banks/${from.guid}/pay`, { orderId })) as never, // the sandbox's PayOutcome
    control: async (id, order) => void (await post(`${sandbox.sandbox}/control/${id}`, order)),
    history: async (id) => (await (await fetch(`${sandbox.sandbox}/history/${id}`)).json()) as HistoryEntry[], // the sandbox's own type
    advanceClock: async (advanceMs) => void (await post(`${sandbox.sandbox}/clock`, { advanceMs })),
    reset: async () => void (await post(`${sandbox.sandbox}/reset`, {})),
    subscribe: (query, variables, token = merchant.secretKey) => subscribe(sandbox.gateway, token, query, variables),
    stop,
  };
}

function subscribe(gateway: string, token: string, query: string, variables: Record<string, unknown>): Subscriber {
  const client = createClient({
    url: gateway.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
  });
  const items: unknown[] = [];
  const errors: unknown[] = [];
  client.subscribe(
    { query, variables },
    {
      next: (result) => {
        if (result.errors) errors.push(...result.errors);
        if (result.data) items.push(Object.values(result.data)[0]);
      },
      error: (error) => void errors.push(error),
      complete: () => undefined,
    },
  );
  return { items, errors, close: async () => client.dispose() };
}

async function post(url: string, body: unknown): Promise<unknown> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const answered: unknown = await response.json();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${JSON.stringify(answered)}`);
  return answered;
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('sandbox.json lacks an actor that every test needs');
  return value;
}
