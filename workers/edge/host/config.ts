import path from 'node:path';
import { z } from 'zod';
import {
  baseUrlVariable,
  homeVariables,
  portVariable,
  readConfig,
  secretsFolderOf,
  telemetrySettingsOf,
  type TelemetrySettings,
} from '../../../kernel/runtime/config.ts';

const environmentSchema = z.object({
  ...homeVariables,
  EDGE_PORT: portVariable.default(8787),
  EDGE_INTERNAL_PORT: portVariable.default(0),
  EDGE_PUBLIC_URL: baseUrlVariable.optional(),
  GATEWAY_PUBLIC_URL: z.url().optional(),
  BRAND_NAME: z.string().min(1).optional(),
  CORE_URL: baseUrlVariable,
  ORDERS_URL: baseUrlVariable.optional(),
  PAYMENTS_URL: baseUrlVariable.optional(),
  ALIASES_URL: baseUrlVariable.optional(),
  SETTLEMENT_URL: baseUrlVariable.optional(),
  PARTICIPANTS_URL: baseUrlVariable.optional(),
});

export interface EdgeHostConfig {
  readonly host: string;
  readonly port: number;
  /** Where the process says whether it is ready, and what it has counted; 0 takes any free port. */
  readonly internalPort: number;
  readonly stateDir: string;
  readonly secretsFolder: string;
  readonly logLevel: string;
  readonly telemetry: TelemetrySettings;
  readonly publicUrl?: string;
  readonly gatewayUrl?: string;
  readonly brand?: string;
  readonly coreUrl: string;
  readonly ordersUrl?: string;
  readonly paymentsUrl?: string;
  readonly aliasesUrl?: string;
  readonly settlementUrl?: string;
  readonly participantsUrl?: string;
}

/** Reads the edge process's environment. Throws ConfigurationError naming every variable that is wrong. */
export function readEdgeHostConfig(env: Record<string, string | undefined> = process.env): EdgeHostConfig {
  const read = readConfig(environmentSchema, env);
  return {
    host: read.HOST,
    port: read.EDGE_PORT,
    internalPort: read.EDGE_INTERNAL_PORT,
    stateDir: path.resolve(read.DCM_HOME, 'edge'),
    secretsFolder: secretsFolderOf(read),
    logLevel: read.LOG_LEVEL,
    telemetry: telemetrySettingsOf(read),
    ...(read.EDGE_PUBLIC_URL === undefined ? {} : { publicUrl: read.EDGE_PUBLIC_URL }),
    ...(read.GATEWAY_PUBLIC_URL === undefined ? {} : { gatewayUrl: read.GATEWAY_PUBLIC_URL }),
    ...(read.BRAND_NAME === undefined ? {} : { brand: read.BRAND_NAME }),
    coreUrl: read.CORE_URL,
    ...(read.ORDERS_URL === undefined ? {} : { ordersUrl: read.ORDERS_URL }),
    ...(read.PAYMENTS_URL === undefined ? {} : { paymentsUrl: read.PAYMENTS_URL }),
    ...(read.ALIASES_URL === undefined ? {} : { aliasesUrl: read.ALIASES_URL }),
    ...(read.SETTLEMENT_URL === undefined ? {} : { settlementUrl: read.SETTLEMENT_URL }),
    ...(read.PARTICIPANTS_URL === undefined ? {} : { participantsUrl: read.PARTICIPANTS_URL }),
  };
}

/**
 * The environment of a wrangler that stays on this machine: no telemetry, no update check, no look-up of request metadata, no log
 * files.
 */
export function offlineWranglerEnvironment(env: Record<string, string | undefined> = process.env): Record<string, string | undefined> {
  return {
    ...env,
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_SEND_ERROR_REPORTS: 'false',
    WRANGLER_HIDE_BANNER: 'true',
    WRANGLER_WRITE_LOGS: 'false',
    WRANGLER_NO_SKILLS_UPDATE_PROMPTS: 'true',
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  };
}

/**
 * V8 lets about 40 MB of garbage come together, and what workerd keeps for each object of a request is then destroyed in one go, for which
 * everybody waits a tenth of a second and more. A smaller nursery and a heap that grows in smaller steps make it many short pauses, for
 * the same processor time.
 */
const WORKERD_V8_FLAGS = '--max-semi-space-size=2 --heap-growing-percent=30';

/** Lets workerd pause often and shortly. Miniflare takes the flags of V8 from this variable only; whoever has set it knows better. */
export function setWorkerdFlags(env: Record<string, string | undefined> = process.env): void {
  env['MINIFLARE_WORKERD_V8_FLAGS'] ??= WORKERD_V8_FLAGS;
}
