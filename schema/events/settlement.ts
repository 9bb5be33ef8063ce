import { z } from 'zod';

import { CURRENCIES } from '../../kernel/core/money.ts';

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
} as const;
export type SettlementEventType = keyof typeof settlementEventSchemas;
export type SettlementEventPayload<T extends SettlementEventType> = z.infer<(typeof settlementEventSchemas)[T]>;
