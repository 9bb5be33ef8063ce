import path from 'node:path';

import { z } from 'zod';

import { baseUrlVariable, logLevelVariable, portVariable, readConfig } from '../../kernel/runtime/config.ts';

const environmentSchema = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: portVariable.default(0),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// address' }),
  DCM_HOME: z.string().default('.dcm'),
  DCM_SECRETS: z.string().optional(),
  LOG_LEVEL: logLevelVariable.default('info'),
  HUB_ISSUER: z.string().max(100).default('dcm-hub'),
  SANDBOX: z.enum(['on', 'off']).default('off'),
  PARTICIPANTS_URL: baseUrlVariable,
  ORDERS_URL: baseUrlVariable,
});

/** What payments needs to run in a process of its own. */
export interface PaymentsConfig {
  readonly host: string;
  readonly port: number;
  readonly databaseUrl: string;
  readonly secretsFolder: string;
  readonly logLevel: string;
  /** The hub's name in the tokens that it signs. */
  readonly issuer: string;
  /** Callbacks may go to private addresses and over plain http. */
  readonly sandbox: boolean;
  readonly participantsUrl: string;
  readonly ordersUrl: string;
}

/** Reads the environment of the process. Throws ConfigurationError naming every variable that is wrong. */
export function readPaymentsConfig(env: Record<string, string | undefined> = process.env): PaymentsConfig {
  const read = readConfig(environmentSchema, env);
  return {
    host: read.HOST,
    port: read.PORT,
    databaseUrl: read.DATABASE_URL,
    secretsFolder: path.resolve(read.DCM_SECRETS ?? path.join(read.DCM_HOME, 'secrets')),
    logLevel: read.LOG_LEVEL,
    issuer: read.HUB_ISSUER,
    sandbox: read.SANDBOX === 'on',
    participantsUrl: read.PARTICIPANTS_URL,
    ordersUrl: read.ORDERS_URL,
  };
}
