import { z } from 'zod';

import { baseUrlVariable } from '../runtime/config.ts';

/** Where mails go, who sends them, and what they say of the hub. */
export interface MailSettings {
  /** `smtp://user:password@host:587` or `smtps://…:465`; null: mails wait. Never logged. */
  readonly smtpUrl: string | null;
  /** Of the hub, in the header From. */
  readonly from: string;
  /** What links in mails begin with; null: there are none. */
  readonly linkBase: string | null;
  /** Who the mails say that they are from. */
  readonly brandName: string;
}

/** Of the environment of whoever sends mails. */
export const mailVariables = {
  SMTP_URL: z.url({ protocol: /^smtps?$/, error: 'must be an smtp:// or smtps:// address' }).optional(),
  MAIL_FROM: z.email('must be an e-mail address').optional(),
  MAIL_LINK_BASE: baseUrlVariable.optional(),
  BRAND_NAME: z.string().max(60).default('DCM Hub'),
};

type MailEnvironment = z.infer<z.ZodObject<typeof mailVariables>>;

/** For `superRefine`: no mail leaves without a sender. */
export function needsSender(read: Pick<MailEnvironment, 'SMTP_URL' | 'MAIL_FROM'>, context: z.core.$RefinementCtx): void {
  if (read.SMTP_URL === undefined || read.MAIL_FROM !== undefined) return;
  context.addIssue({ code: 'custom', path: ['MAIL_FROM'], message: 'is required because SMTP_URL is set' });
}

const NOBODY = 'hub@localhost';

export function mailSettingsOf(read: MailEnvironment): MailSettings {
  const { SMTP_URL: smtpUrl = null, MAIL_FROM: from = NOBODY, MAIL_LINK_BASE: linkBase = null, BRAND_NAME: brandName } = read;
  return { smtpUrl, from, linkBase, brandName };
}
