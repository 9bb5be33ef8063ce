import http from 'node:http';
import type { AddressInfo } from 'node:net';

import { type ExecutionResult, graphql } from 'graphql';
import { type Extra, useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';

import { readBody } from '../../gateway/read-body.ts';
import type { ExecutableSubgraph } from '../../gateway/transports/local.ts';
import type { RequestVerifier } from '../../kernel/runtime/signed-request.ts';
import type { Caller } from '../../schema/caller.ts';

/** A toy subgraph on a port of its own: it believes signed requests only, over HTTP and at the upgrade of a socket. */
export async function toyRemote(subgraph: ExecutableSubgraph, verifier: RequestVerifier) {
  const contextOf = (request: http.IncomingMessage, body: Buffer) => {
    const path = request.url ?? '';
    const caller = verifier.verify({ method: request.method ?? '', path, body, headers: request.headers });
    return caller.ok ? subgraph.contextFor({ caller: caller.value, requestId: String(request.headers['x-request-id']) }) : null;
  };
  const server = http.createServer((request, response) => {
    const serve = async () => {
      const body = (await readBody(request, 1_000_000)) ?? Buffer.alloc(0);
      const contextValue = contextOf(request, body);
      if (!contextValue) return response.writeHead(401).end();
      const { query, variables } = JSON.parse(body.toString('utf8'));
      const result: ExecutionResult = await graphql({ schema: subgraph.schema, source: query, variableValues: variables, contextValue });
      return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result));
    };
    serve().catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  const sockets = new WebSocketServer({ server, path: '/graphql' });
  const connections: Caller[] = [];
  useServer(
    {
      schema: subgraph.schema,
      onConnect: ({ extra }: { extra: Extra }) => {
        const context = contextOf(extra.request, Buffer.alloc(0)) as { caller: Caller } | null; // The toys' context is what they were asked with.
        if (context) connections.push(context.caller);
        return context !== null;
      },
      context: ({ extra }: { extra: Extra }) => contextOf(extra.request, Buffer.alloc(0)) ?? {},
    },
    sockets,
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // A TCP server has such an address.
  return {
    url: `http://127.0.0.1:${port}`,
    /** The callers of all connections that were ever made. */
    connections,
    get openSockets() {
      return sockets.clients.size;
    },
    dropSockets() {
      for (const client of sockets.clients) client.terminate();
    },
    async close() {
      this.dropSockets();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
