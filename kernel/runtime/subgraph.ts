import type { GraphQLSchema } from 'graphql';

import type { SubgraphName } from '../../schema/subgraphs.ts';
import type { BusinessClock, Clock } from './clock.ts';
import type { CommandHandler } from './command.ts';
import type { Database } from './database.ts';
import type { Bell } from './event-log/bell.ts';
import type { Feed } from './event-log/feed.ts';
import type { StreamLimits } from './event-log/stream-limits.ts';
import type { RequestContext } from './graphql/schema-types.ts';
import type { IdSource } from './id-source.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import type { HubSecrets } from './secrets.ts';
import type { Readiness } from './readiness.ts';
import type { HttpRoute } from './service-host.ts';

/**
 * One deployable service as the process that hosts it sees it: what it answers, what it publishes, and its life.
 * A host calls `start` once before anything else and `stop` once after the last request has been answered.
 */
export interface Subgraph {
  readonly name: SubgraphName;
  readonly schema: GraphQLSchema;
  /** The context of one GraphQL operation, with loaders that live as long as it does. */
  contextFor(request: RequestContext): object;
  /** HTTP that is not GraphQL. Each route verifies its sender itself. */
  readonly routes: readonly HttpRoute[];
  /** What sister subgraphs may ask for. */
  readonly commands: readonly CommandHandler[];
  /** Its event log, for sister subgraphs, and the bell that says when to read it again. */
  readonly feed: Feed;
  readonly bell: Bell;
  readiness(): Promise<Readiness[]>;
  /** Runs migrations, then background work. Fails when the database cannot be reached. */
  start(): Promise<void>;
  /** Lets the readers of live streams go, each with a notice and a cursor. A subgraph without streams has none to let go. */
  drain?(): void;
  /** Ends background work; what was begun is finished or left for another process to find. */
  stop(): Promise<void>;
}

/** What every subgraph is built of, whatever process it runs in. */
export interface CommonParts {
  /** With the schema of the subgraph's name. */
  readonly database: Database;
  readonly clock: Clock;
  readonly businessClock: BusinessClock;
  readonly ids: IdSource;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly secrets: HubSecrets;
  /** What is not the default of the bounds of live streams. */
  readonly streamLimits?: Partial<StreamLimits>;
}
