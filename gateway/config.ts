import { z } from 'zod';

import { mailSettingsOf, mailVariables, needsSender, type MailSettings } from '../kernel/mail/mail-settings.ts';
import {
  baseUrlVariable,
  databaseUrlVariable,
  homeVariables,
  lookUpLimitsOf,
  lookUpVariables,
  portVariable,
  readConfig,
  retentionDaysVariable,
  secretsFolderOf,
  streamLimitsOf,
  streamVariables,
  switchVariable,
  telemetrySettingsOf,
  type TelemetrySettings,
} from '../kernel/runtime/config.ts';
import type { StreamLimits } from '../kernel/runtime/event-log/stream-limits.ts';
import type { SubgraphName } from '../schema/subgraphs.ts';
import type { ConsoleSettings } from './console-files.ts';
import type { BudgetSettings } from './limits/cost-budget.ts';

const environmentSchema = z
  .object({
    ...homeVariables,
    ...streamVariables,
    ...lookUpVariables,
    ...mailVariables,
    GATEWAY_PORT: portVariable.default(4000),
    INTERNAL_PORT: portVariable.default(0),
    DATABASE_URL: databaseUrlVariable,
    EDGE_PUBLIC_URL: baseUrlVariable.default('http://127.0.0.1:8787'),
    MESSAGE_RETENTION_DAYS: retentionDaysVariable,
    HUB_ISSUER: z.string().max(100).default('dcm-hub'),
    SANDBOX: switchVariable,
    PARTICIPANTS_URL: baseUrlVariable.optional(),
    ORDERS_URL: baseUrlVariable.optional(),
    PAYMENTS_URL: baseUrlVariable.optional(),
    ALIASES_URL: baseUrlVariable.optional(),
    SETTLEMENT_URL: baseUrlVariable.optional(),
    SUBGRAPH_ANSWER_MS: z.coerce.number().int().positive().default(10_000),
    BROWSER_DOCUMENTS: z.string().optional(),
    COST_PER_SECOND: z.coerce.number().int().positive().optional(),
    STREAMS_PER_KEY: z.coerce.number().int().positive().optional(),
    BRAND_NAME: z.string().max(60).default('DCM Hub'),
    SANDBOX_URL: baseUrlVariable.optional(),
    OPS_ISSUER: z.string().optional(),
    OPS_AUDIENCE: z.string().optional(),
    OPS_JWKS_URL: z.url({ protocol: /^(https?|file)$/, error: 'must be an http, https or file address' }).optional(),
  })
  .superRefine((environment, context) => {
    needsSender(environment, context);
    const operations = ['OPS_ISSUER', 'OPS_AUDIENCE', 'OPS_JWKS_URL'] as const;
    if (operations.every((variable) => environment[variable] === undefined)) return;
    for (const variable of operations.filter((variable) => environment[variable] === undefined)) {
      context.addIssue({ code: 'custom', path: [variable], message: `is required because another of ${operations.join(', ')} is set` });
    }
  });

export interface CoreConfig {
  readonly host: string;
  /** Where the public listens; 0 takes any free port. */
  readonly gatewayPort: number;
  /** Where the edge and sister processes come in: never reachable from outside. */
  readonly internalPort: number;
  readonly databaseUrl: string;
  readonly secretsFolder: string;
  readonly logLevel: string;
  readonly telemetry: TelemetrySettings;
  /** Where banks and merchants' customers reach the edge: the beginning of every payment link. */
  readonly edgePublicUrl: string;
  /** The hub's name in the tokens that it signs. */
  readonly issuer: string;
  /** How long payments keeps the signed texts of messages; for ever without it. */
  readonly retentionDays?: number;
  /** How fast banks and their payers may ask where numbers lead. */
  readonly lookUps: ReturnType<typeof lookUpLimitsOf>;
  readonly sandbox: boolean;
  readonly mail: MailSettings;
  readonly console: ConsoleSettings;
  /** Subgraphs that run elsewhere. The others run in this process. */
  readonly remote: Readonly<Partial<Record<SubgraphName, string>>>;
  readonly streamLimits: Partial<StreamLimits>;
  /** How long a subgraph may take for its part of an answer. */
  readonly subgraphAnswerMs: number;
  /** What browser keys may run beside the hub's own documents: those of a folder, or any document. */
  readonly browserDocuments: { readonly folder: string | null } | 'any';
  /** What each key may ask of the public endpoint. */
  readonly budget: BudgetSettings;
  /** How many live streams each key may have open at this process. */
  readonly streamsPerKeyMax: number;
  /** Whose tokens make an operations caller; null: nobody's. */
  readonly operations: { readonly issuer: string; readonly audience: string; readonly jwksUrl: URL } | null;
}

/** A page of ten orders with payment, merchant and banks costs about 80. In the sandbox the hub is one developer's own. */
const COST_PER_SECOND = { off: 10_000, on: 1_000_000 };
const SAVED_SECONDS = 30;
const STREAMS_PER_KEY = { off: 1_000, on: 20_000 };

function budgetOf(pointsPerSecond: number): BudgetSettings {
  return { pointsPerSecond, pointsMax: pointsPerSecond * SAVED_SECONDS };
}

const ANY_DOCUMENT = 'any';

function browserDocumentsOf(said: string | undefined): CoreConfig['browserDocuments'] {
  return said === ANY_DOCUMENT ? 'any' : { folder: said ?? null };
}

/** Reads the core process's environment. Throws ConfigurationError naming every variable that is wrong. */
export function readCoreConfig(env: Record<string, string | undefined> = process.env): CoreConfig {
  const read = readConfig(environmentSchema, env);
  const addresses = {
    participants: read.PARTICIPANTS_URL,
    orders: read.ORDERS_URL,
    payments: read.PAYMENTS_URL,
    aliases: read.ALIASES_URL,
    settlement: read.SETTLEMENT_URL,
  } satisfies Record<SubgraphName, string | undefined>;
  return {
    host: read.HOST,
    gatewayPort: read.GATEWAY_PORT,
    internalPort: read.INTERNAL_PORT,
    databaseUrl: read.DATABASE_URL,
    secretsFolder: secretsFolderOf(read),
    logLevel: read.LOG_LEVEL,
    telemetry: telemetrySettingsOf(read),
    edgePublicUrl: read.EDGE_PUBLIC_URL,
    issuer: read.HUB_ISSUER,
    ...(read.MESSAGE_RETENTION_DAYS === undefined ? {} : { retentionDays: read.MESSAGE_RETENTION_DAYS }),
    lookUps: lookUpLimitsOf(read),
    sandbox: read.SANDBOX === 'on',
    mail: mailSettingsOf(read),
    console: {
      brand: read.BRAND_NAME,
      sandboxUrl: read.SANDBOX === 'on' ? (read.SANDBOX_URL ?? null) : null,
      edgeUrl: read.EDGE_PUBLIC_URL,
    },
    streamLimits: streamLimitsOf(read),
    subgraphAnswerMs: read.SUBGRAPH_ANSWER_MS,
    browserDocuments: browserDocumentsOf(read.BROWSER_DOCUMENTS ?? (read.SANDBOX === 'on' ? ANY_DOCUMENT : undefined)),
    budget: budgetOf(read.COST_PER_SECOND ?? COST_PER_SECOND[read.SANDBOX]),
    streamsPerKeyMax: read.STREAMS_PER_KEY ?? STREAMS_PER_KEY[read.SANDBOX],
    remote: Object.fromEntries(Object.entries(addresses).filter(([, url]) => url !== undefined)),
    operations:
      read.OPS_ISSUER && read.OPS_AUDIENCE && read.OPS_JWKS_URL
        ? { issuer: read.OPS_ISSUER, audience: read.OPS_AUDIENCE, jwksUrl: new URL(read.OPS_JWKS_URL) }
        : null,
  };
}
