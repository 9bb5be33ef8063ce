import { z } from 'zod';

import { baseUrlVariable, readConfig, serviceConfigOf, serviceVariables, type ServiceConfig } from '../../kernel/runtime/config.ts';

const environmentSchema = z.object({ ...serviceVariables, PARTICIPANTS_URL: baseUrlVariable, PAYMENTS_URL: baseUrlVariable });

/** What settlement needs to run in a process of its own. */
export interface SettlementConfig extends ServiceConfig {
  readonly participantsUrl: string;
  readonly paymentsUrl: string;
}

/** Reads the environment of the process. Throws ConfigurationError naming every variable that is wrong. */
export function readSettlementConfig(env: Record<string, string | undefined> = process.env): SettlementConfig {
  const read = readConfig(environmentSchema, env);
  return { ...serviceConfigOf(read), participantsUrl: read.PARTICIPANTS_URL, paymentsUrl: read.PAYMENTS_URL };
}
