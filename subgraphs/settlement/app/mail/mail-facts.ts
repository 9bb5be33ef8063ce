import { z } from 'zod';

import { CURRENCIES } from '../../../../kernel/core/money.ts';
import { REGISTER_STATES } from '../../domain/register.ts';

/** What settlement tells banks by mail. */
export const MAIL_KINDS = ['REGISTER', 'EMPTY_REGISTERS', 'DAILY_RECONCILIATION', 'MONTHLY_RECONCILIATION', 'MERCHANT_ONBOARDING'] as const;
export type MailKind = (typeof MAIL_KINDS)[number];

const minor = z.string().regex(/^-?\d+$/);
const bank = z.object({ name: z.string(), bic: z.string() });

const direction = z.object({
  registers: z.number().int(),
  payments: z.number().int(),
  obligations: minor,
  paid: minor,
  outstanding: minor,
  fees: minor,
  feesOfPaid: minor,
});
export type DirectionFacts = z.infer<typeof direction>;

const reconciliation = z.object({
  reportId: z.string(),
  from: z.string(),
  to: z.string(),
  currency: z.enum(CURRENCIES),
  recipient: bank,
  counterparty: bank.extend({ code: z.string() }),
  /** What the recipient owes the counterparty. */
  owes: direction,
  /** What the counterparty owes the recipient. */
  isOwed: direction,
  registers: z.array(
    z.object({
      number: z.string(),
      day: z.string(),
      payer: z.enum(['RECIPIENT', 'COUNTERPARTY']),
      state: z.enum(REGISTER_STATES),
      total: minor,
      fee: minor,
      payments: z.number().int(),
    }),
  ),
});
export type ReconciliationFacts = z.infer<typeof reconciliation>;

/**
 * What each mail is composed of when it is sent. A register's payments are not here: they are read from the ledger, which cannot change. What can change
 * until then is: a report says how things stood when it was made.
 */
export const MAIL_FACTS = {
  REGISTER: z.object({ number: z.string(), state: z.enum(REGISTER_STATES) }),
  EMPTY_REGISTERS: z.object({ day: z.string(), registers: z.array(z.object({ number: z.string(), debtor: bank, creditor: bank })) }),
  DAILY_RECONCILIATION: reconciliation,
  MONTHLY_RECONCILIATION: reconciliation,
  MERCHANT_ONBOARDING: z.object({
    uid: z.string(),
    name: z.string(),
    taxNumber: z.string(),
    iban: z.string(),
    mcc: z.number().int(),
    registeredAt: z.iso.datetime(),
    bank,
  }),
} as const satisfies Record<MailKind, z.ZodType>;
export type MailFacts<Kind extends MailKind> = z.infer<(typeof MAIL_FACTS)[Kind]>;
