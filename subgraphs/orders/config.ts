import { z } from 'zod';

import {
  baseUrlVariable,
  readConfig,
  serviceConfigOf,
  serviceVariables,
  switchVariable,
  type ServiceConfig,
} from '../../kernel/runtime/config.ts';

const environmentSchema = z.object({
  ...serviceVariables,
  EDGE_PUBLIC_URL: baseUrlVariable.default('http://127.0.0.1:8787'),
  SANDBOX: switchVariable,
  PARTICIPANTS_URL: baseUrlVariable,
  PAYMENTS_URL: baseUrlVariable,
});

/** What orders needs to run in a process of its own. */
export interface OrdersConfig extends ServiceConfig {
  readonly publicEdgeUrl: string;
  /** Callbacks may go to private addresses and over plain http. */
  readonly sandbox: boolean;
  readonly participantsUrl: string;
  readonly paymentsUrl: string;
}

/** Reads the environment of the process. Throws ConfigurationError naming every variable that is wrong. */
export function readOrdersConfig(env: Record<string, string | undefined> = process.env): OrdersConfig {
  const read = readConfig(environmentSchema, env);
  return {
    ...serviceConfigOf(read),
    publicEdgeUrl: read.EDGE_PUBLIC_URL,
    sandbox: read.SANDBOX === 'on',
    participantsUrl: read.PARTICIPANTS_URL,
    paymentsUrl: read.PAYMENTS_URL,
  };
}
