import { z } from 'zod';

import { readConfig, serviceConfigOf, serviceVariables, switchVariable, type ServiceConfig } from '../../kernel/runtime/config.ts';

const environmentSchema = z.object({ ...serviceVariables, SANDBOX: switchVariable });

/** What participants needs to run in a process of its own. */
export interface ParticipantsConfig extends ServiceConfig {
  /** Participants may have plain http addresses, and API keys say `test`. */
  readonly sandbox: boolean;
}

/** Reads the environment of the process. Throws ConfigurationError naming every variable that is wrong. */
export function readParticipantsConfig(env: Record<string, string | undefined> = process.env): ParticipantsConfig {
  const read = readConfig(environmentSchema, env);
  return { ...serviceConfigOf(read), sandbox: read.SANDBOX === 'on' };
}
