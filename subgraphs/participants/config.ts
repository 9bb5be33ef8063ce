import path from 'node:path';

import { z } from 'zod';

import { logLevelVariable, portVariable, readConfig } from '../../kernel/runtime/config.ts';

const environmentSchema = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: portVariable.default(0),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// address' }),
  DCM_HOME: z.string().default('.dcm'),
  DCM_SECRETS: z.string().optional(),
  LOG_LEVEL: logLevelVariable.default('info'),
  SANDBOX: z.enum(['on', 'off']).default('off'),
});

/** What participants needs to run in a process of its own. */
export interface ParticipantsConfig {
  readonly host: string;
  readonly port: number;
  readonly databaseUrl: string;
  readonly secretsFolder: string;
  readonly logLevel: string;
  /** Participants may have plain http addresses, and API keys say `test`. */
  readonly sandbox: boolean;
}

/** Reads the environment of the process. Throws ConfigurationError naming every variable that is wrong. */
export function readParticipantsConfig(env: Record<string, string | undefined> = process.env): ParticipantsConfig {
  const read = readConfig(environmentSchema, env);
  return {
    host: read.HOST,
    port: read.PORT,
    databaseUrl: read.DATABASE_URL,
    secretsFolder: path.resolve(read.DCM_SECRETS ?? path.join(read.DCM_HOME, 'secrets')),
    logLevel: read.LOG_LEVEL,
    sandbox: read.SANDBOX === 'on',
  };
}
