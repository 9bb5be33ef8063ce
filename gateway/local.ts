import type { GraphQLSchema } from 'graphql';

import type { CommandClient } from '../kernel/runtime/command.ts';
import { createDatabase, type Database } from '../kernel/runtime/database.ts';
import { createDirectoryHolder, type DirectoryHolder } from '../kernel/runtime/directory.ts';
import { createLogWatch, type LogWatch } from '../kernel/runtime/event-log/log-watch.ts';
import type { Logger } from '../kernel/runtime/logger.ts';
import { createOutboundClient } from '../kernel/runtime/outbound.ts';
import type { Readiness } from '../kernel/runtime/readiness.ts';
import type { HttpRoute } from '../kernel/runtime/service-host.ts';
import { createRequestSigner, createRequestVerifier } from '../kernel/runtime/signed-request.ts';
import { createHubSigner } from '../kernel/runtime/signing.ts';
import type { CommonParts, Subgraph } from '../kernel/runtime/subgraph.ts';
import { readDirectory } from '../schema/commands/participants.ts';
import { SUBGRAPHS, type SubgraphName } from '../schema/subgraphs.ts';
import { createAliasesSchema, createAliasesSubgraph } from '../subgraphs/aliases/index.ts';
import { createOrdersSchema, createOrdersSubgraph } from '../subgraphs/orders/index.ts';
import { createParticipantsSchema, createParticipantsSubgraph } from '../subgraphs/participants/index.ts';
import { createPaymentsSchema, createPaymentsSubgraph, settingsOf as paymentsSettings } from '../subgraphs/payments/index.ts';
import { createSettlementSchema, createSettlementSubgraph } from '../subgraphs/settlement/index.ts';
import type { CoreConfig } from './config.ts';
import { internalRoutes, localLink, type RemoteLink, remoteLink, type SubgraphLink } from './subgraph-link.ts';
import { sdlOf, type SubgraphSdl } from './supergraph.ts';
import type { SubgraphTransport } from './transports/transport.ts';

/** What the whole process shares; the subgraphs get it from here. */
export interface HubParts extends Omit<CommonParts, 'database'> {
  readonly config: CoreConfig;
}

/** The subgraphs, each in this process or at an address, wired to each other. */
export interface Hub {
  /** Those that run in this process. */
  readonly local: readonly Subgraph[];
  readonly transports: Readonly<Record<SubgraphName, SubgraphTransport>>;
  /** Commands to participants. */
  readonly participants: CommandClient;
  /** Calls its argument when something of participants has changed, if they are in this process; returns how to stop that. */
  readonly onParticipantsChanged: (listener: () => void) => () => void;
  /** For the edge and for processes elsewhere. */
  readonly routes: readonly HttpRoute[];
  readiness(): Promise<Readiness[]>;
  start(): Promise<void>;
  /** Lets the readers of the live streams of this process go, each with a notice and a cursor. */
  drain(): void;
  /** Also closes transports and databases. */
  stop(): Promise<void>;
}

/** The SDL of every subgraph. Needs no database. */
export function localSubgraphSdl(): readonly SubgraphSdl[] {
  const schemas = {
    participants: createParticipantsSchema,
    orders: createOrdersSchema,
    payments: createPaymentsSchema,
    aliases: createAliasesSchema,
    settlement: createSettlementSchema,
  } satisfies Record<SubgraphName, () => GraphQLSchema>;
  return SUBGRAPHS.map((name) => ({ name, sdl: sdlOf(schemas[name]()) }));
}

/** Builds what runs here and links what runs elsewhere. Nothing is connected or started before `start`. */
export async function createHub(parts: HubParts): Promise<Hub> {
  const { config, ...rest } = parts;
  const common = { ...rest, streamLimits: config.streamLimits };
  const { secrets, clock, logger } = common;
  const links = createLinks(await remoteLinks(parts));
  const databases: Database[] = [];
  const watches: LogWatch[] = [];
  const local: Subgraph[] = [];
  const build = (name: SubgraphName, make: (common: CommonParts) => Subgraph): void => {
    if (links.has(name)) return;
    const database = createDatabase({ url: config.databaseUrl, schema: name, applicationName: `hub-${name}` });
    const subgraph = make({ ...common, database });
    databases.push(database);
    watches.push(createLogWatch({ ...common, database, logName: name }));
    local.push(subgraph);
    links.add(name, localLink(subgraph));
  };
  const { directory, outbound } = buildSubgraphs(parts, links, build);

  return {
    local,
    transports: Object.fromEntries(SUBGRAPHS.map((name) => [name, links.of(name).transport])) as Hub['transports'], // One for each name.
    participants: links.of('participants').command,
    onParticipantsChanged: (listener) => links.of('participants').bell.onRing(listener),
    routes: internalRoutes(local, createRequestVerifier(secrets, clock)),
    readiness: async () => {
      const parts = await Promise.all([
        ...local.map((subgraph) => subgraph.readiness()),
        ...links.elsewhere().map((link) => link.readiness()),
      ]);
      return [directory.heard(), ...parts.flat()];
    },
    async start() {
      await start(local, directory);
      for (const watch of watches) watch.start();
    },
    drain() {
      for (const subgraph of local) subgraph.drain?.();
    },
    async stop() {
      for (const watch of watches) await watch.stop();
      for (const subgraph of local.toReversed()) await subgraph.stop();
      await directory.stop();
      await outbound.close();
      for (const name of SUBGRAPHS) await links.of(name).transport.close();
      for (const database of databases) await database.close();
      logger.debug('the subgraphs have stopped');
    },
  };
}

/** Enough for every receiver behind one address to have its own callbacks open. */
const CONNECTIONS_PER_ADDRESS_MAX = 512;

type Build = (name: SubgraphName, make: (common: CommonParts) => Subgraph) => void;

/** Each subgraph after those that it reads from. Those to which payments sends commands are looked up late: they may read from it. */
function buildSubgraphs({ config, secrets, logger }: HubParts, links: Links, build: Build) {
  // The deliveries limit each receiver by themselves; several receivers may live at one address, as all of them do in the sandbox.
  const outbound = createOutboundClient({
    sandbox: config.sandbox ? { host: config.host } : null,
    perReceiverMax: CONNECTIONS_PER_ADDRESS_MAX,
  });
  build('participants', (common) =>
    createParticipantsSubgraph({
      ...common,
      outbound,
      settings: { allowPlainHttp: config.sandbox, apiKeyMode: config.sandbox ? 'test' : 'live' },
    }),
  );
  const participants = links.of('participants');
  const directory = createDirectory(participants, logger);

  const messaging = { directory, outbound, signer: createHubSigner(secrets) };
  const orders: CommandClient = (contract, request) => links.of('orders').command(contract, request);
  const aliases: CommandClient = (contract, request) => links.of('aliases').command(contract, request);
  build('payments', (common) =>
    createPaymentsSubgraph({
      ...common,
      ...messaging,
      orders,
      aliases,
      settings: paymentsSettings({ ...config, publicEdgeUrl: config.edgePublicUrl }),
    }),
  );

  const { command: payments, feed: paymentsFeed, bell: paymentsBell } = links.of('payments');
  const ofPayments = { paymentsFeed, paymentsBell };
  build('orders', (common) =>
    createOrdersSubgraph({ ...common, ...messaging, ...ofPayments, payments, settings: { publicEdgeUrl: config.edgePublicUrl } }),
  );
  build('aliases', (common) =>
    createAliasesSubgraph({ ...common, ...messaging, ...ofPayments, settings: { issuer: config.issuer, lookUps: config.lookUps } }),
  );
  build('settlement', (common) =>
    createSettlementSubgraph({
      ...common,
      ...messaging,
      ...ofPayments,
      participantsFeed: participants.feed,
      participantsBell: participants.bell,
      settings: { issuer: config.issuer, mail: config.mail },
    }),
  );
  return { directory, outbound };
}

/** A new hub has nobody in its directory and must be ready to register the first: it is enough that participants has answered. */
function createDirectory(participants: SubgraphLink, logger: Logger): DirectoryHolder & { heard(): Readiness } {
  let answered = false;
  const directory = createDirectoryHolder({
    async pull(afterVersion) {
      const { snapshot } = await participants.command(readDirectory, { afterVersion });
      answered = true;
      return snapshot;
    },
    bell: participants.bell,
    logger,
  });
  return Object.assign(directory, {
    heard: (): Readiness => ({ name: 'directory', ok: answered, detail: answered ? `version ${directory.version}` : 'no answer yet' }),
  });
}

async function remoteLinks({ config, secrets, clock, logger }: HubParts): Promise<readonly (readonly [SubgraphName, RemoteLink])[]> {
  const signer = createRequestSigner(secrets, clock);
  const elsewhere = SUBGRAPHS.flatMap((name) => (config.remote[name] === undefined ? [] : [{ name, url: config.remote[name] }]));
  return Promise.all(elsewhere.map(async ({ name, url }) => [name, await remoteLink({ name, url, signer, logger })] as const));
}

type Links = ReturnType<typeof createLinks>;

function createLinks(known: readonly (readonly [SubgraphName, RemoteLink])[]) {
  const links = new Map<SubgraphName, SubgraphLink>(known);
  return {
    has: (name: SubgraphName) => links.has(name),
    /** Those that run in other processes. */
    elsewhere: () => known.map(([, link]) => link),
    add: (name: SubgraphName, link: SubgraphLink) => links.set(name, link),
    of(name: SubgraphName): SubgraphLink {
      const link = links.get(name);
      if (!link) throw new Error(`${name} was asked for before it was built`);
      return link;
    },
  };
}

/** participants first, so that the others begin with a directory; then payments, whose log the rest reads. */
async function start(local: readonly Subgraph[], directory: DirectoryHolder): Promise<void> {
  const startNamed = (names: readonly SubgraphName[]) =>
    Promise.all(local.filter(({ name }) => names.includes(name)).map((subgraph) => subgraph.start()));
  await startNamed(['participants']);
  await directory.start();
  await startNamed(['payments']);
  await startNamed(['orders', 'aliases', 'settlement']);
}
