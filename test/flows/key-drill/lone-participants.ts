import { join } from 'node:path';

import { graphql } from 'graphql';

import { createBusinessClock, wallClock } from '../../../kernel/runtime/clock.ts';
import { createDatabase } from '../../../kernel/runtime/database.ts';
import { createIdSource } from '../../../kernel/runtime/id-source.ts';
import { createLogger } from '../../../kernel/runtime/logger.ts';
import { createMetrics } from '../../../kernel/runtime/metrics.ts';
import { createOutboundClient } from '../../../kernel/runtime/outbound.ts';
import { loadSecrets } from '../../../kernel/runtime/secrets.ts';
import type { Caller } from '../../../schema/caller.ts';
import { createParticipantsSubgraph } from '../../../subgraphs/participants/index.ts';
import type { HubUnderTest } from '../hub-under-test.ts';

const OPERATIONS: Caller = { kind: 'operations', subject: 'night-shift', scopes: ['participants:write'] };

/**
 * Participants in a process of its own, over the database of a hub whose core is down: how operations revoke a key then. It runs in the
 * process of the test.
 */
export async function startLoneParticipants({ hub }: HubUnderTest) {
  const database = createDatabase({ url: hub.databaseUrl, schema: 'participants', applicationName: 'lone-participants' });
  const outbound = createOutboundClient({ sandbox: { host: '127.0.0.1' } });
  const subgraph = createParticipantsSubgraph({
    database,
    clock: wallClock,
    businessClock: createBusinessClock({ pool: database.pool, wallClock }),
    ids: createIdSource(wallClock),
    logger: createLogger({ level: 'error', name: 'lone-participants' }),
    metrics: createMetrics({ processMetrics: false }),
    secrets: await loadSecrets(join(hub.home, 'secrets')),
    outbound,
    settings: { allowPlainHttp: true, apiKeyMode: 'test' },
  });
  await subgraph.start();
  return {
    async mutate(document: string, input: Record<string, unknown>): Promise<Record<string, unknown>> {
      const contextValue = subgraph.contextFor({ caller: OPERATIONS, requestId: 'drill' });
      const result = await graphql({ schema: subgraph.schema, source: document, variableValues: { input }, contextValue });
      if (result.errors?.[0]) throw result.errors[0];
      return { ...result.data };
    },
    async stop() {
      await subgraph.stop();
      await outbound.close();
      await database.close();
    },
  };
}
