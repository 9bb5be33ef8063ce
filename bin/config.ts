import { z } from 'zod';

import { readCoreConfig } from '../gateway/config.ts';
import { databaseUrlVariable, logLevelVariable, portVariable, readConfig, readTogether } from '../kernel/runtime/config.ts';
import { readEdgeHostConfig } from '../workers/edge/host/config.ts';

const PORTS = [
  'GATEWAY_PORT',
  'INTERNAL_PORT',
  'EDGE_PORT',
  'EDGE_INTERNAL_PORT',
  'SANDBOX_PORT',
  'SANDBOX_SMTP_PORT',
  'POSTGRES_PORT',
] as const;

const hubConfigSchema = z
  .object({
    DCM_HOME: z.string().default('.dcm'),
    DCM_SECRETS: z.string().optional(),
    DATABASE_URL: databaseUrlVariable.optional(),
    HOST: z.string().default('127.0.0.1'),
    GATEWAY_PORT: portVariable.default(4000),
    INTERNAL_PORT: portVariable.default(0),
    EDGE_PORT: portVariable.default(8787),
    EDGE_INTERNAL_PORT: portVariable.default(0),
    SANDBOX_PORT: portVariable.default(4100),
    SANDBOX_SMTP_PORT: portVariable.default(0),
    POSTGRES_PORT: portVariable.default(0),
    LOG_LEVEL: logLevelVariable.default('warn'),
    SANDBOX: z.enum(['on', 'off']).default('on'),
  })
  .superRefine((read, context) => {
    for (const [index, name] of PORTS.entries()) {
      const same = PORTS.slice(0, index).find((other) => read[other] !== 0 && read[other] === read[name]);
      if (same) context.addIssue({ code: 'custom', path: [name], message: `is the port of ${same} already` });
    }
  });
export type HubConfig = z.infer<typeof hubConfigSchema>;

type Environment = Readonly<Record<string, string | undefined>>;

/** What the hub gives its parts whatever the environment says: these stand for it while the environment is only looked at. */
const GIVEN_TO_PARTS = { DATABASE_URL: 'postgres://embedded', CORE_URL: 'http://core' };
const GIVEN_BY_SANDBOX = { OPS_ISSUER: 'sandbox', OPS_AUDIENCE: 'hub', OPS_JWKS_URL: 'http://sandbox' };

/**
 * What `npm start` and the other commands read from the environment. Everything else in it is passed on to the parts as it is, so their
 * mistakes are reported here too: all at once, before anything starts. Throws ConfigurationError.
 */
export function readHubConfig(env: Environment): HubConfig {
  const said = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const forParts = { ...(said['SANDBOX'] === 'off' ? {} : GIVEN_BY_SANDBOX), ...said, ...GIVEN_TO_PARTS };
  return readTogether(
    () => readConfig(hubConfigSchema, env),
    () => readCoreConfig(forParts),
    () => readEdgeHostConfig(forParts),
  );
}
