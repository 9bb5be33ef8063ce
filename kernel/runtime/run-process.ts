import { flushCompileCache } from 'node:module';

import type { Logger } from './logger.ts';

/** How long to live and what to say first: the life of a process of the hub after it has started. */
export interface ProcessLife {
  readonly logger: Logger;
  /** Where the process listens, in the words that its starter waits for. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Ends what the process does. Called once. */
  readonly stop: () => Promise<void>;
  /** Ends last, because it tells of the rest. */
  readonly telemetry?: { stop(): Promise<void> };
}

/**
 * Says `{ type: 'ready', ...addresses }` to the supervisor, if there is one, and lives until SIGTERM, SIGINT or the supervisor's end:
 * then stops and exits with 0, or with 1 when stopping failed.
 */
export function runProcess({ logger, addresses, stop, telemetry }: ProcessLife): void {
  const stopAll = async (): Promise<void> => {
    await stop();
    await telemetry?.stop();
  };
  let stopping: Promise<void> | undefined;
  const end = (reason: string): void => {
    logger.info({ reason }, 'stopping');
    stopping ??= stopAll().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  };

  process.once('SIGTERM', () => end('SIGTERM'));
  process.once('SIGINT', () => end('SIGINT'));
  if (process.send) {
    // Without the supervisor nobody would stop this process any more.
    process.once('disconnect', () => end('the supervisor is gone'));
    if (process.connected) process.send({ type: 'ready', ...addresses });
    else end('the supervisor went away during the start');
  }
  logger.info(addresses, 'ready');
  // Node would write it at a good end only, and whoever is killed is started again in a hurry.
  flushCompileCache();
}
