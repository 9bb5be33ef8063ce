import { z } from 'zod';

import { logLevelVariable, portVariable, readConfig } from '../kernel/runtime/config.ts';

const hubConfigSchema = z.object({
  DCM_HOME: z.string().default('.dcm'),
  DCM_SECRETS: z.string().optional(),
  DATABASE_URL: z.string().optional(),
  HOST: z.string().default('127.0.0.1'),
  GATEWAY_PORT: portVariable.default(4000),
  INTERNAL_PORT: portVariable.default(0),
  EDGE_PORT: portVariable.default(8787),
  SANDBOX_PORT: portVariable.default(4100),
  POSTGRES_PORT: portVariable.default(0),
  LOG_LEVEL: logLevelVariable.default('warn'),
  SANDBOX: z.enum(['on', 'off']).default('on'),
});
export type HubConfig = z.infer<typeof hubConfigSchema>;

/** What `npm start` and the other commands read from the environment. Everything else in it is passed on to the parts as it is. */
export function readHubConfig(env: Readonly<Record<string, string | undefined>>): HubConfig {
  return readConfig(hubConfigSchema, env);
}
