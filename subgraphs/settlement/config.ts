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
  PARTICIPANTS_URL: baseUrlVariable,
  PAYMENTS_URL: baseUrlVariable,
});

/** What settlement needs to run in a process of its own. */
export interface SettlementConfig {
  readonly host: string;
  readonly port: number;
  readonly databaseUrl: string;
  readonly secretsFolder: string;
  readonly logLevel: string;
  readonly participantsUrl: string;
  readonly paymentsUrl: string;
}

/** Reads the environment of the process. Throws ConfigurationError naming every variable that is wrong. */
export function readSettlementConfig(env: Record<string, string | undefined> = process.env): SettlementConfig {
  const read = readConfig(environmentSchema, env);
  return {
    host: read.HOST,
    port: read.PORT,
    databaseUrl: read.DATABASE_URL,
    secretsFolder: path.resolve(read.DCM_SECRETS ?? path.join(read.DCM_HOME, 'secrets')),
    logLevel: read.LOG_LEVEL,
    participantsUrl: read.PARTICIPANTS_URL,
    paymentsUrl: read.PAYMENTS_URL,
  };
}
