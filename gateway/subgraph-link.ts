import { createLocalCommandClient, createRemoteCommandClient, type CommandClient, commandRoutes } from '../kernel/runtime/command.ts';
import { type Bell, createBell } from '../kernel/runtime/event-log/bell.ts';
import type { Feed } from '../kernel/runtime/event-log/feed.ts';
import { createRemoteFeed, feedRoute } from '../kernel/runtime/event-log/remote-feed.ts';
import type { Logger } from '../kernel/runtime/logger.ts';
import { type Readiness, READINESS_MS, readinessOf } from '../kernel/runtime/readiness.ts';
import type { HttpRoute } from '../kernel/runtime/service-host.ts';
import { createSignedClient, type SignedClient } from '../kernel/runtime/signed-client.ts';
import type { RequestSigner, RequestVerifier } from '../kernel/runtime/signed-request.ts';
import type { Subgraph } from '../kernel/runtime/subgraph.ts';
import type { SubgraphName } from '../schema/subgraphs.ts';
import { createLocalTransport } from './transports/local.ts';
import type { SubgraphTransport } from './transports/transport.ts';

/** Everything that a process can want of a subgraph, wherever it runs. */
export interface SubgraphLink {
  readonly transport: SubgraphTransport;
  readonly command: CommandClient;
  readonly feed: Feed;
  /** Of a subgraph elsewhere it never rings: its readers find news by their own poll. */
  readonly bell: Bell;
}

/** A subgraph in another process. The gateway answers without it as well, only less. */
export interface RemoteLink extends SubgraphLink {
  readiness(): Promise<Readiness[]>;
}

export function localLink(subgraph: Subgraph): SubgraphLink {
  return {
    transport: createLocalTransport(subgraph),
    command: createLocalCommandClient(subgraph.commands),
    feed: subgraph.feed,
    bell: subgraph.bell,
  };
}

/** Loads what only a link across sockets needs. */
export async function remoteLink(o: { name: SubgraphName; url: string; signer: RequestSigner; logger: Logger }): Promise<RemoteLink> {
  const { createRemoteTransport } = await import('./transports/remote.ts');
  const client = createSignedClient(o);
  return {
    transport: createRemoteTransport(o),
    command: createRemoteCommandClient(o),
    feed: createRemoteFeed(o),
    bell: createBell(),
    readiness: async () => [{ ...(await readinessOf(`${o.name} subgraph`, () => askLive(client))), needed: false }],
  };
}

async function askLive(client: SignedClient): Promise<void> {
  const answer = await client.call({ method: 'GET', path: '/livez', timeoutMs: READINESS_MS });
  const code = answer.kind === 'failed' ? answer.reason : answer.status === 200 ? null : `HTTP_${answer.status}`;
  if (code !== null) throw Object.assign(new Error('not alive'), { code });
}

/**
 * The internal routes of the subgraphs of one process. `/{name}` is the base address of each for processes elsewhere (`PAYMENTS_URL` of
 * an orders that runs alone); ingress and commands also answer at the root, where the edge sends everything that CORE_URL covers.
 */
export function internalRoutes(subgraphs: readonly Subgraph[], verifier: RequestVerifier): readonly HttpRoute[] {
  return subgraphs.flatMap(({ name, routes, commands, feed }) => {
    const shared = [...routes, ...commandRoutes(commands, verifier)];
    const below = [...shared, feedRoute(feed, verifier)].map((route) => ({ ...route, path: `/${name}${route.path}` }));
    return [...shared, ...below];
  });
}
