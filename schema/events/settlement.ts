import { z } from 'zod';

import { CURRENCIES } from '../../kernel/core/money.ts';

/** The states of the guide, as settlement stores and publishes them. `SENT_INTRABANK` is printed `Sent (Interbank)` there. */
export const REGISTER_STATES = ['SENT', 'SENT_NO_PM', 'SENT_INTRABANK', 'PROCESSING', 'PAID'] as const;

const registerFacts = {
  number: z.string(),
  businessDay: z.string(),
  debtorBankGuid: z.uuid(),
  creditorBankGuid: z.uuid(),
  totalMinor: z.string(),
  feeMinor: z.string(),
  currency: z.enum(CURRENCIES),
  paymentCount: z.number().int(),
  /** After the event. */
  state: z.enum(REGISTER_STATES),
};
const settlementStep = {
  ...registerFacts,
  /** Null inside one bank. */
  settlementPaymentId: z.string().nullable(),
  /** Why operations said it and not the bank; null where the bank said it. Absent in what was published before it was kept. */
  reason: z.string().nullable().default(null),
};

/** The log `settlement`. Audience: the two banks of the pair. */
export const settlementEventSchemas = {
  PaymentBooked: z.object({
    ledgerTransactionId: z.uuid(),
    paymentGuid: z.uuid(),
    debtorBankGuid: z.uuid(),
    creditorBankGuid: z.uuid(),
    businessDay: z.string(),
    amountMinor: z.string(),
    currency: z.enum(CURRENCIES),
  }),
  /** A closed day got this register. */
  RegisterMade: z.object(registerFacts),
  /** The debtor bank has sent the money over the local rails. */
  RegisterPaymentSent: z.object(settlementStep),
  /** The rails turned it down: the register is to be paid again, by another settlement payment. */
  RegisterPaymentRejected: z.object(settlementStep),
  RegisterPaid: z.object(settlementStep),
} as const;
export type SettlementEventType = keyof typeof settlementEventSchemas;
export type SettlementEventPayload<T extends SettlementEventType> = z.infer<(typeof settlementEventSchemas)[T]>;
