import type { Logger as HiveLogger } from '@graphql-hive/gateway-runtime';

import type { Logger } from '../kernel/runtime/logger.ts';

/**
 * What Hive has to say, in the hub's log: its warnings and errors only, because requests are logged by the host. Hive's own logger reads
 * LOG_LEVEL itself, refuses levels that the hub knows, and makes two of itself for every step of a plan.
 */
export function createHiveLogger(logger: Logger): HiveLogger {
  const silent = () => undefined;
  const hiveLogger = {
    level: 'warn',
    prefix: undefined,
    attrs: undefined,
    child: () => hiveLogger,
    setLevel: silent,
    write: silent,
    flush: silent,
    log: silent,
    trace: silent,
    debug: silent,
    info: silent,
    warn: (...said: readonly unknown[]) => logger.warn({ said: said.map(text) }, 'Hive warns'),
    error: (...said: readonly unknown[]) => logger.error({ said: said.map(text) }, 'Hive failed'),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return hiveLogger as unknown as HiveLogger; // The class has private fields, so nothing else can have its type; every public member is here.
}

function text(said: unknown): string {
  if (said instanceof Error) return said.stack ?? said.message;
  return typeof said === 'string' ? said : (JSON.stringify(said) ?? String(said));
}
