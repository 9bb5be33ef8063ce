import { z } from 'zod';

import {
  baseUrlVariable,
  lookUpLimitsOf,
  lookUpVariables,
  readConfig,
  serviceConfigOf,
  serviceVariables,
  switchVariable,
  type ServiceConfig,
} from '../../kernel/runtime/config.ts';
import type { LookUpLimits } from './domain/look-up-limit.ts';

const environmentSchema = z.object({
  ...serviceVariables,
  ...lookUpVariables,
  HUB_ISSUER: z.string().max(100).default('dcm-hub'),
  SANDBOX: switchVariable,
  PARTICIPANTS_URL: baseUrlVariable,
  PAYMENTS_URL: baseUrlVariable,
});

/** What aliases needs to run in a process of its own. */
export interface AliasesConfig extends ServiceConfig {
  readonly issuer: string;
  /** Callbacks may go to private addresses and over plain http. */
  readonly sandbox: boolean;
  readonly participantsUrl: string;
  readonly paymentsUrl: string;
  readonly lookUps: LookUpLimits;
}

/** Reads the environment of the process. Throws ConfigurationError naming every variable that is wrong. */
export function readAliasesConfig(env: Record<string, string | undefined> = process.env): AliasesConfig {
  const read = readConfig(environmentSchema, env);
  const { HUB_ISSUER: issuer, PARTICIPANTS_URL: participantsUrl, PAYMENTS_URL: paymentsUrl } = read;
  return { ...serviceConfigOf(read), issuer, sandbox: read.SANDBOX === 'on', participantsUrl, paymentsUrl, lookUps: lookUpLimitsOf(read) };
}
