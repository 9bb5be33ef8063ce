import { z } from 'zod';

import { readConfig } from '../kernel/runtime/config.ts';

const port = (fallback: number) => z.coerce.number().int().min(0).max(65_535).default(fallback);

const hubConfigSchema = z.object({
  DCM_HOME: z.string().default('.dcm'),
  DCM_SECRETS: z.string().optional(),
  DATABASE_URL: z.string().optional(),
  HOST: z.string().default('127.0.0.1'),
  GATEWAY_PORT: port(4000),
  INTERNAL_PORT: port(0),
  EDGE_PORT: port(8787),
  SANDBOX_PORT: port(4100),
  POSTGRES_PORT: port(0),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('warn'),
  SANDBOX: z.enum(['on', 'off']).default('on'),
});
export type HubConfig = z.infer<typeof hubConfigSchema>;

/** What `npm start` and the other commands read from the environment. Everything else in it is passed on to the parts as it is. */
export function readHubConfig(env: Readonly<Record<string, string | undefined>>): HubConfig {
  return readConfig(hubConfigSchema, env);
}
