import { z } from 'zod';

import {
  baseUrlVariable,
  readConfig,
  retentionDaysVariable,
  serviceConfigOf,
  serviceVariables,
  switchVariable,
  type ServiceConfig,
} from '../../kernel/runtime/config.ts';

const environmentSchema = z.object({
  ...serviceVariables,
  MESSAGE_RETENTION_DAYS: retentionDaysVariable,
  HUB_ISSUER: z.string().max(100).default('dcm-hub'),
  SANDBOX: switchVariable,
  PARTICIPANTS_URL: baseUrlVariable,
  ORDERS_URL: baseUrlVariable,
  ALIASES_URL: baseUrlVariable,
  EDGE_PUBLIC_URL: baseUrlVariable.default('http://127.0.0.1:8787'),
});

/** What payments needs to run in a process of its own. */
export interface PaymentsConfig extends ServiceConfig {
  /** The hub's name in the tokens that it signs. */
  readonly issuer: string;
  /** How long the signed texts of messages are kept; for ever without it. */
  readonly retentionDays?: number;
  /** Callbacks may go to private addresses and over plain http. */
  readonly sandbox: boolean;
  readonly participantsUrl: string;
  readonly ordersUrl: string;
  readonly aliasesUrl: string;
  readonly publicEdgeUrl: string;
}

/** Reads the environment of the process. Throws ConfigurationError naming every variable that is wrong. */
export function readPaymentsConfig(env: Record<string, string | undefined> = process.env): PaymentsConfig {
  const read = readConfig(environmentSchema, env);
  return {
    ...serviceConfigOf(read),
    issuer: read.HUB_ISSUER,
    ...(read.MESSAGE_RETENTION_DAYS === undefined ? {} : { retentionDays: read.MESSAGE_RETENTION_DAYS }),
    sandbox: read.SANDBOX === 'on',
    participantsUrl: read.PARTICIPANTS_URL,
    ordersUrl: read.ORDERS_URL,
    aliasesUrl: read.ALIASES_URL,
    publicEdgeUrl: read.EDGE_PUBLIC_URL,
  };
}
