import http from 'node:http';
import https from 'node:https';

import { type ExecutionResult, type FormattedExecutionResult, print } from 'graphql';

import type { SubscriptionExtensions } from '../../kernel/runtime/graphql/subgraph-server.ts';
import { callOnce } from '../../kernel/runtime/http-call.ts';
import { traceHeaders } from '../../kernel/runtime/tracing.ts';
import { createRemoteStreams } from './remote-streams.ts';
import type { RemoteSubgraph, SubgraphRequest, SubgraphTransport } from './transport.ts';
import { reviveErrors, tooSlow, unavailable } from './wire-result.ts';

const ANSWER_MS_MAX = 15_000;
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;
const CONNECTIONS_MAX = 64;
const IDLE_MS = 30_000;

/**
 * Reaches a subgraph of another process: signed HTTP for queries and mutations, graphql-ws for subscriptions. The caller's claims are
 * inside the signature, so the subgraph believes them.
 */
export function createRemoteTransport(subgraph: RemoteSubgraph): SubgraphTransport {
  const address = new URL(`${subgraph.url.replace(/\/+$/, '')}/graphql`);
  const connections = { keepAlive: true, maxSockets: CONNECTIONS_MAX, timeout: IDLE_MS };
  const agent = address.protocol === 'https:' ? new https.Agent(connections) : new http.Agent(connections);
  const streams = createRemoteStreams({ ...subgraph, address });
  const payloadOf = createPayloads();

  async function ask(request: SubgraphRequest): Promise<ExecutionResult> {
    const body = JSON.stringify(payloadOf(request));
    const signed = subgraph.signer.headers({ method: 'POST', path: address.pathname, body, caller: request.caller });
    const json = { 'content-type': 'application/json', accept: 'application/json' };
    const headers = { ...signed, ...json, 'x-request-id': request.requestId, ...traceHeaders() };
    const answer = await callOnce({
      method: 'POST',
      url: address,
      agent,
      headers,
      body,
      timeoutMs: ANSWER_MS_MAX,
      answerBytesMax: ANSWER_BYTES_MAX,
      longAnswer: 'fail',
    });
    const result = answer.kind === 'answered' ? readResult(answer.body) : undefined;
    if (result) return result;
    const why = answer.kind === 'failed' ? answer.reason : `answered ${answer.status}`;
    subgraph.logger.warn({ subgraph: subgraph.name, requestId: request.requestId, why }, 'a subgraph gave no result');
    return { errors: [why === 'TIMEOUT' ? tooSlow(subgraph.name) : unavailable(subgraph.name)] };
  }

  return {
    request: (request) =>
      request.operation === 'subscription'
        ? Promise.resolve(streams.open({ ...payloadOf(request), extensions: extensionsOf(request), caller: request.caller }))
        : ask(request),
    async close() {
      await streams.close();
      agent.destroy();
    },
  };
}

/** Inside a connection that is signed, so the subgraph believes it. */
function extensionsOf({ credentialEndsInMs }: SubgraphRequest): SubscriptionExtensions & Record<string, unknown> {
  return credentialEndsInMs === undefined ? {} : { credentialEndsInMs };
}

function readResult(body: string): ExecutionResult | undefined {
  try {
    const result: unknown = JSON.parse(body);
    const isResult = typeof result === 'object' && result !== null && ('data' in result || 'errors' in result);
    return isResult ? reviveErrors(result as FormattedExecutionResult) : undefined; // Our own subgraph wrote it.
  } catch {
    return undefined; // Not the subgraph's answer but that of something before it.
  }
}

/** The planner hands out the same document for the same query, so each is printed once. */
function createPayloads() {
  const printed = new WeakMap<SubgraphRequest['document'], string>();
  return ({ document, variables, operationName }: SubgraphRequest) => {
    let query = printed.get(document);
    if (query === undefined) {
      query = print(document);
      printed.set(document, query);
    }
    return { query, ...(variables ? { variables: { ...variables } } : {}), ...(operationName === undefined ? {} : { operationName }) };
  };
}
