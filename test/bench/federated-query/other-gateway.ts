import { readFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

import { readCoreConfig } from '../../../gateway/config.ts';
import { createBrowserDocuments } from '../../../gateway/browser-documents.ts';
import { createGateway, GRAPHQL_PATH } from '../../../gateway/gateway.ts';
import { createCostBudgets } from '../../../gateway/limits/cost-budget.ts';
import { createGraphqlListener } from '../../../gateway/graphql-http.ts';
import { createHubAuthenticate } from '../../../gateway/hub-credentials.ts';
import { createHub } from '../../../gateway/local.ts';
import { createBusinessClock, wallClock } from '../../../kernel/runtime/clock.ts';
import { createDatabase } from '../../../kernel/runtime/database.ts';
import { createIdSource } from '../../../kernel/runtime/id-source.ts';
import { createLogger } from '../../../kernel/runtime/logger.ts';
import { createMetrics } from '../../../kernel/runtime/metrics.ts';
import { loadSecrets } from '../../../kernel/runtime/secrets.ts';

// A gateway that differs from the hub's in one thing, named by its argument; HTTP server, credentials and errors are the hub's own.
// `hive`: Hive as it comes, with its JavaScript planner, the subgraphs over HTTP. `unguarded`: no scopes, limits and budgets.

const unguarded = process.argv[2] === 'unguarded';
const config = readCoreConfig();
const logger = createLogger({ level: config.logLevel, name: 'other-gateway' });
const metrics = createMetrics({ processMetrics: false });
const ids = createIdSource(wallClock);
const database = createDatabase({ url: config.databaseUrl, schema: 'hub', applicationName: 'other-gateway' });
const businessClock = createBusinessClock({ pool: database.pool, wallClock });
const secrets = await loadSecrets(config.secretsFolder);
const hub = await createHub({ config, secrets, clock: wallClock, businessClock, ids, metrics, logger });
const supergraph = await readFile(new URL('../../../schema/supergraph.graphql', import.meta.url), 'utf8');
const budgets = createCostBudgets(config.budget, () => performance.now());
const browserDocuments = createBrowserDocuments([]);
const gateway = await createGateway({
  supergraph,
  planner: unguarded ? 'rust' : 'js',
  ...(unguarded ? { unguarded } : {}),
  transports: hub.transports,
  sandbox: false,
  browserDocuments,
  browsersAreHeldToThem: false,
  budgets,
  metrics,
  subgraphAnswerMs: config.subgraphAnswerMs,
  logger,
});
const authenticate = await createHubAuthenticate({ hub, secrets, config: { ...config, operations: null }, clock: wallClock });
const host = { gateway, authenticate, ids, now: () => wallClock.now(), sandbox: false, browserDocuments, metrics, logger };
// In its own process, like the hub's.
if (unguarded) await hub.start();
const server = http.createServer(createGraphqlListener(host)).listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo; // A TCP server that listens has one.
  process.send?.({ url: `http://127.0.0.1:${port}${GRAPHQL_PATH}` });
});
process.once('disconnect', () => process.exit(0));
