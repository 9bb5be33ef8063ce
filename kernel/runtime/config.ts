import path from 'node:path';

import { z } from 'zod';

import { STREAM_LIMITS, type StreamLimits } from './event-log/stream-limits.ts';

/** Every mistake in the environment at once. The message names the variables and never shows a value: it may be a secret. */
export class ConfigurationError extends Error {
  readonly problems: readonly { readonly variable: string; readonly problem: string }[];

  constructor(problems: ConfigurationError['problems']) {
    super(['the configuration is not usable:', ...problems.map((p) => `  ${p.variable}: ${p.problem}`)].join('\n'));
    this.name = 'ConfigurationError';
    this.problems = problems;
  }
}

/**
 * Reads the environment with a zod object whose keys are the variables' names. An empty variable counts as unset.
 * Throws ConfigurationError with every problem.
 */
export function readConfig<S extends z.ZodType>(schema: S, env: Record<string, string | undefined>): z.infer<S> {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const read = schema.safeParse(present);
  if (read.success) return read.data;
  throw new ConfigurationError(
    read.error.issues.map((issue) => {
      const variable = issue.path.join('.') || '(environment)';
      const missing = issue.code === 'invalid_type' && issue.path.length === 1 && present[variable] === undefined;
      return { variable, problem: missing ? 'is required' : issue.message };
    }),
  );
}

/**
 * Reads one environment in several ways, for a process that starts others: the mistakes of all of them are reported in one
 * ConfigurationError, each once. Gives what the first one read.
 */
export function readTogether<First>(first: () => First, ...others: readonly (() => unknown)[]): First {
  const problems = [first, ...others].flatMap(problemsOf);
  const once = problems.filter(({ variable }, index) => problems.findIndex((other) => other.variable === variable) === index);
  if (once.length > 0) throw new ConfigurationError(once);
  return first();
}

function problemsOf(read: () => unknown): ConfigurationError['problems'] {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

/** A TCP port as an environment variable writes it; 0 means any free port. */
export const portVariable = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port number, 0 to 65535')
  .transform(Number)
  .refine((port) => port <= 65_535, 'must be a port number, 0 to 65535');

/** A base URL of a service, without a slash at its end. */
export const baseUrlVariable = z
  .url({ protocol: /^https?$/, error: 'must be an http or https address' })
  .transform((url) => url.replace(/\/+$/, ''));

/** How much is logged. */
export const logLevelVariable = z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']);

/** Where Postgres is. */
export const databaseUrlVariable = z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// address' });

/** `on` or `off`; off when unset. */
/** Whole days, longer than anybody looks at a message again; left out: for ever. */
export const retentionDaysVariable = z.coerce.number().int().min(40).optional();
export const switchVariable = z.enum(['on', 'off']).default('off');

/** Where traces are sent and how many of them, in OpenTelemetry's own words. */
const telemetryVariables = {
  OTEL_EXPORTER_OTLP_ENDPOINT: baseUrlVariable.optional(),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0, 'must be a ratio, 0 to 1').max(1, 'must be a ratio, 0 to 1').default(0.1),
};

/** What of the bounds of a stream (event-log/stream-limits.ts) may be set from outside. */
export const streamVariables = { STREAM_HEARTBEAT_MS: z.coerce.number().int().min(100).default(STREAM_LIMITS.heartbeatMs) };

export function streamLimitsOf(read: z.infer<z.ZodObject<typeof streamVariables>>): Pick<StreamLimits, 'heartbeatMs'> {
  return { heartbeatMs: read.STREAM_HEARTBEAT_MS };
}

const tokensVariable = z.coerce.number().int().min(20).max(1_000_000_000);
const refillVariable = z.coerce.number().int().positive().max(60_000_000);

/** How fast the phone directory may be asked, for processes that run aliases: tokens of a full bucket, and how many come back in a minute. */
export const lookUpVariables = {
  LOOK_UP_BANK_TOKENS: tokensVariable.default(20_000),
  LOOK_UP_BANK_REFILL: refillVariable.default(2_000),
  LOOK_UP_ACCOUNT_TOKENS: tokensVariable.default(200),
  LOOK_UP_ACCOUNT_REFILL: refillVariable.default(2),
};

export function lookUpLimitsOf(read: z.infer<z.ZodObject<typeof lookUpVariables>>) {
  return {
    bank: { capacity: read.LOOK_UP_BANK_TOKENS, refillPerMinute: read.LOOK_UP_BANK_REFILL },
    account: { capacity: read.LOOK_UP_ACCOUNT_TOKENS, refillPerMinute: read.LOOK_UP_ACCOUNT_REFILL },
  };
}

/** What every process says about its own machine, with the defaults of `npm start`. */
export const homeVariables = {
  HOST: z.string().default('127.0.0.1'),
  DCM_HOME: z.string().default('.dcm'),
  DCM_SECRETS: z.string().optional(),
  LOG_LEVEL: logLevelVariable.default('info'),
  ...telemetryVariables,
};

/** What a process does with its traces. */
export interface TelemetrySettings {
  /** Base URL of a collector that takes OTLP over HTTP; null: traces are only named in logs and rows. */
  readonly endpoint: string | null;
  /** Which part of the traces that begin here is recorded, from 0 to 1. */
  readonly sampleRatio: number;
}

export function telemetrySettingsOf(read: z.infer<z.ZodObject<typeof telemetryVariables>>): TelemetrySettings {
  return { endpoint: read.OTEL_EXPORTER_OTLP_ENDPOINT ?? null, sampleRatio: read.OTEL_TRACES_SAMPLER_ARG };
}

/** Where the secrets lie: DCM_SECRETS, or a folder of DCM_HOME. */
export function secretsFolderOf(read: { readonly DCM_HOME: string; readonly DCM_SECRETS?: string | undefined }): string {
  return path.resolve(read.DCM_SECRETS ?? path.join(read.DCM_HOME, 'secrets'));
}

/** The variables of a subgraph that runs alone; those of its own come on top. */
export const serviceVariables = {
  ...homeVariables,
  ...streamVariables,
  PORT: portVariable.default(0),
  DATABASE_URL: databaseUrlVariable,
};

/** What every subgraph needs to run in a process of its own. */
export interface ServiceConfig {
  readonly host: string;
  readonly port: number;
  readonly databaseUrl: string;
  readonly secretsFolder: string;
  readonly streamLimits: Partial<StreamLimits>;
  readonly logLevel: string;
  readonly telemetry: TelemetrySettings;
}

export function serviceConfigOf(read: z.infer<z.ZodObject<typeof serviceVariables>>): ServiceConfig {
  return {
    host: read.HOST,
    port: read.PORT,
    databaseUrl: read.DATABASE_URL,
    secretsFolder: secretsFolderOf(read),
    streamLimits: streamLimitsOf(read),
    logLevel: read.LOG_LEVEL,
    telemetry: telemetrySettingsOf(read),
  };
}
