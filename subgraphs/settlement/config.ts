import { z } from 'zod';

import { mailSettingsOf, mailVariables, needsSender, type MailSettings } from '../../kernel/mail/mail-settings.ts';
import {
  baseUrlVariable,
  databaseUrlVariable,
  readConfig,
  serviceConfigOf,
  serviceVariables,
  switchVariable,
  type ServiceConfig,
} from '../../kernel/runtime/config.ts';

const environmentSchema = z
  .object({
    ...serviceVariables,
    ...mailVariables,
    HUB_ISSUER: z.string().max(100).default('dcm-hub'),
    SANDBOX: switchVariable,
    PARTICIPANTS_URL: baseUrlVariable,
    PAYMENTS_URL: baseUrlVariable,
  })
  .superRefine(needsSender);

/** What settlement needs to run in a process of its own. */
export interface SettlementConfig extends ServiceConfig {
  readonly issuer: string;
  /** Callbacks may go to private addresses and over plain http. */
  readonly sandbox: boolean;
  readonly participantsUrl: string;
  readonly paymentsUrl: string;
  readonly mail: MailSettings;
}

/** Reads the environment of the process. Throws ConfigurationError naming every variable that is wrong. */
export function readSettlementConfig(env: Record<string, string | undefined> = process.env): SettlementConfig {
  const read = readConfig(environmentSchema, env);
  const { HUB_ISSUER: issuer, PARTICIPANTS_URL: participantsUrl, PAYMENTS_URL: paymentsUrl } = read;
  return { ...serviceConfigOf(read), issuer, sandbox: read.SANDBOX === 'on', participantsUrl, paymentsUrl, mail: mailSettingsOf(read) };
}

const verifySchema = z.object({ DATABASE_URL: databaseUrlVariable.optional(), DCM_HOME: z.string().min(1).default('.dcm') });

/** Where the command that verifies the ledger finds it. Throws ConfigurationError. */
export function readVerifyLedgerConfig(env: Record<string, string | undefined> = process.env): z.infer<typeof verifySchema> {
  return readConfig(verifySchema, env);
}
