import { readFile } from 'node:fs/promises';

import { serverAudits } from 'graphql-http';
import type { GraphQLSchema } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { wallClock } from '../../kernel/runtime/clock.ts';
import { createLocalTransport } from '../../gateway/transports/local.ts';
import { ok } from '../../kernel/core/result.ts';
import { createRequestSigner, createRequestVerifier } from '../../kernel/runtime/signed-request.ts';
import type { Caller } from '../../schema/caller.ts';
import { SUBGRAPHS, type SubgraphName } from '../../schema/subgraphs.ts';
import { createAliasesSchema } from '../../subgraphs/aliases/index.ts';
import { createOrdersSchema } from '../../subgraphs/orders/index.ts';
import { createParticipantsSchema } from '../../subgraphs/participants/index.ts';
import { createPaymentsSchema } from '../../subgraphs/payments/index.ts';
import { createSettlementSchema } from '../../subgraphs/settlement/index.ts';
import { gatewayUnderTest } from '../gateway/gateway-under-test.ts';
import { remoteSubgraph } from '../gateway/remote-subgraph.ts';

/** graphql-http's audits of a server: what "GraphQL over HTTP" says that it must, should and may do. We do all of it. */
const AUDITS = 61;

const OPERATIONS: Caller = { kind: 'operations', subject: 'olena', scopes: [] };
const SCHEMAS: Readonly<Record<SubgraphName, GraphQLSchema>> = {
  participants: createParticipantsSchema(),
  orders: createOrdersSchema(),
  payments: createPaymentsSchema(),
  aliases: createAliasesSchema(),
  settlement: createSettlementSchema(),
};
/** No audit asks for more than `__typename`, so nothing of a subgraph is needed but its schema. */
const subgraphOf = (name: SubgraphName) => ({ schema: SCHEMAS[name], contextFor: (asked: object) => asked });

const keys = { internal: [{ kid: 'k', key: Buffer.alloc(32, 7) }] };
const signer = createRequestSigner(keys, wallClock);

interface Audited {
  readonly url: string;
  readonly fetch: typeof fetch;
  close(): Promise<unknown>;
}

async function gateway(): Promise<Audited> {
  const supergraph = await readFile(new URL('../../schema/supergraph.graphql', import.meta.url), 'utf8');
  const transports = Object.fromEntries(SUBGRAPHS.map((name) => [name, createLocalTransport(subgraphOf(name))]));
  // The audits look a type up, which operations may.
  const started = await gatewayUnderTest({ supergraph, transports, authenticate: async () => ok({ caller: OPERATIONS, expiresAt: null }) });
  return { url: started.url, fetch, close: () => started.close() };
}

/** A subgraph answers whatever the gateway has signed. */
async function subgraph(name: SubgraphName): Promise<Audited> {
  const started = await remoteSubgraph(subgraphOf(name), createRequestVerifier(keys, wallClock));
  const signedFetch: typeof fetch = (input, init = {}) => {
    const { method = 'GET', body, headers } = init;
    const { pathname, search } = new URL(input instanceof Request ? input.url : input);
    const signed = signer.headers({ method, path: `${pathname}${search}`, body: typeof body === 'string' ? body : '', caller: OPERATIONS });
    return fetch(input, { ...init, headers: { ...(headers as Record<string, string>), ...signed } }); // The audits give plain objects.
  };
  return { url: `${started.url}/graphql`, fetch: signedFetch, close: () => started.close() };
}

describe.each<{ server: string; start: () => Promise<Audited> }>([
  { server: 'the gateway', start: gateway },
  ...SUBGRAPHS.map((name) => ({ server: `the server of ${name}`, start: () => subgraph(name) })),
])('$server', ({ start }) => {
  let audited: Audited;
  beforeAll(async () => {
    audited = await start();
  });
  afterAll(async () => audited.close());

  test('passes every audit of graphql-http, also what a server only should and may do', async ({ annotate }) => {
    const results = await Promise.all(serverAudits({ url: audited.url, fetchFn: audited.fetch }).map(({ fn }) => fn()));
    const failed = results.flatMap((result) => (result.status === 'ok' ? [] : [`${result.id} ${result.name}: ${result.reason}`]));
    expect(failed).toEqual([]);
    expect(results).toHaveLength(AUDITS);
    await annotate(`graphql-http audits: ${results.length - failed.length} of ${results.length}`);
  });

  test('answers in the order of the selection', async () => {
    const order = async (query: string) => {
      const body = JSON.stringify({ query });
      const response = await audited.fetch(audited.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      return (await response.text()).match(/"[abc]"/g);
    };
    expect(await order('{ b: __typename a: __typename c: __typename }')).toEqual(['"b"', '"a"', '"c"']);
    expect(await order('{ c: __typename a: __typename b: __typename }')).toEqual(['"c"', '"a"', '"b"']);
  });
});
