import http from 'node:http';
import type { AddressInfo } from 'node:net';

import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';

import { createBrowserDocuments } from '../../gateway/browser-documents.ts';
import type { Authenticate } from '../../gateway/credentials.ts';
import { createCostBudgets } from '../../gateway/limits/cost-budget.ts';
import { createGateway, type GatewayOptions, GRAPHQL_PATH } from '../../gateway/gateway.ts';
import { createGraphqlListener } from '../../gateway/graphql-http.ts';
import { attachGraphqlSockets } from '../../gateway/graphql-sockets.ts';
import { ok } from '../../kernel/core/result.ts';
import { wallClock } from '../../kernel/runtime/clock.ts';
import { createIdSource } from '../../kernel/runtime/id-source.ts';
import { createLogger } from '../../kernel/runtime/logger.ts';
import { createMetrics } from '../../kernel/runtime/metrics.ts';
import type { Answer } from './hub-actors.ts';

export interface GatewayUnderTest {
  readonly url: string;
  readonly wsUrl: string;
  query(query: string, options?: { variables?: object; headers?: Record<string, string> }): Promise<{ status: number; body: Answer }>;
  socket(connectionParams?: Record<string, unknown>): Client;
  close(): Promise<void>;
}

export const everybodyIsAnonymous: Authenticate = async () => ok({ caller: { kind: 'anonymous' }, expiresAt: null });

/** A gateway on a free port of loopback. */
export async function gatewayUnderTest(
  options: Pick<GatewayOptions, 'supergraph' | 'transports'> &
    Partial<GatewayOptions> & { authenticate?: Authenticate; pingEveryMs?: number; stalledMs?: number },
): Promise<GatewayUnderTest> {
  const logger = options.logger ?? createLogger({ level: 'silent', name: 'gateway' });
  const budgets = options.budgets ?? createCostBudgets({ pointsPerSecond: 1e6, pointsMax: 1e7 }, () => performance.now());
  const metrics = options.metrics ?? createMetrics({ processMetrics: false });
  const browserDocuments = options.browserDocuments ?? createBrowserDocuments([]);
  const common = { planner: 'rust', sandbox: false, subgraphAnswerMs: 10_000, browsersAreHeldToThem: false, ...options } as const;
  const gateway = await createGateway({ ...common, browserDocuments, budgets, metrics, logger });
  const host = {
    gateway,
    authenticate: options.authenticate ?? everybodyIsAnonymous,
    ids: createIdSource(wallClock),
    now: () => wallClock.now(),
    sandbox: options.sandbox ?? false,
    browserDocuments,
    metrics,
    logger,
  };
  const { stalledMs, pingEveryMs } = options;
  const server = http.createServer(createGraphqlListener(host, stalledMs === undefined ? {} : { stalledMs }));
  const sockets = attachGraphqlSockets(server, host, pingEveryMs === undefined ? {} : { pingEveryMs });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // A TCP server has such an address.
  const url = `http://127.0.0.1:${port}${GRAPHQL_PATH}`;
  const wsUrl = url.replace('http', 'ws');
  return {
    url,
    wsUrl,
    async query(query, { variables, headers } = {}) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query, variables }),
      });
      return { status: response.status, body: await response.json() };
    },
    socket: (connectionParams) =>
      createClient({
        url: wsUrl,
        webSocketImpl: WebSocket,
        lazy: true,
        retryAttempts: 0,
        ...(connectionParams ? { connectionParams } : {}),
      }),
    async close() {
      await sockets.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await gateway.dispose();
    },
  };
}

/** Server-sent events of one subscription, as results. Ends when the server completes the stream. */
export async function* eventsOverSse(
  url: string,
  operation: string | object,
  { headers, signal }: { headers?: Record<string, string>; signal?: AbortSignal } = {},
): AsyncGenerator<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
    body: JSON.stringify(typeof operation === 'string' ? { query: operation } : operation),
    ...(signal ? { signal } : {}),
  });
  if (!response.body) throw new Error('the stream has no body');
  let text = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    let end: number;
    while ((end = text.indexOf('\n\n')) >= 0) {
      const block = text.slice(0, end);
      text = text.slice(end + 2);
      const event = /^event: (.*)$/m.exec(block)?.[1];
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (event === 'complete') return;
      if (event === 'next' && data) yield JSON.parse(data);
    }
  }
}
