import { z } from 'zod';

import { CURRENCIES } from '../../kernel/core/money.ts';
import { defineCommand } from './define.ts';

/** The order as it was made: the merchant and receiver-bank facts that a payment of it uses, whatever the directory says later. */
export const orderSnapshotSchema = z.object({
  orderId: z.uuid(),
  merchantUid: z.string(),
  merchantName: z.string(),
  receiverBankGuid: z.uuid(),
  /** The merchant's own order number (`ref`). */
  reference: z.string(),
  purpose: z.string(),
  amountMinor: z.string(),
  currency: z.enum(CURRENCIES),
  creditorAccount: z.string(),
  creditorAgentBic: z.string(),
  merchantCallbackUrl: z.url(),
  expiresAt: z.iso.datetime(),
  ultimateBeneficiary: z
    .object({
      name: z.string(),
      taxNumber: z.string(),
      iban: z.string(),
      bic: z.string(),
      mcc: z.number().int(),
    })
    .nullable(),
});
export type OrderSnapshot = z.infer<typeof orderSnapshotSchema>;

export const CLAIM_REFUSALS = [
  'ORDER_NOT_FOUND',
  'ORDER_IS_EXPIRED',
  'ORDER_CANCELED',
  'ORDER_ALREADY_HELD',
  'ORDER_ATTEMPTS_EXHAUSTED',
  'AMOUNT_MISMATCH',
  'CURRENCY_MISMATCH',
  'CREDITOR_ACCOUNT_MISMATCH',
  'CREDITOR_AGENT_MISMATCH',
] as const;
export type ClaimRefusal = (typeof CLAIM_REFUSALS)[number];

/**
 * A payment asks to hold an order. Idempotent per payment guid; at most one payment holds an order. After `granted`, payments may only
 * create the payment as PENDING, or say in answer to `claimOutcome` that it never will.
 */
export const claimOrder = defineCommand({
  subgraph: 'orders',
  name: 'claim-order',
  request: z.object({
    orderId: z.string(),
    paymentGuid: z.uuid(),
    initiatorBankGuid: z.uuid(),
    paymentExternalId: z.string(),
    amountMinor: z.string(),
    currency: z.string(),
    creditorAccount: z.string(),
    creditorAgentBic: z.string(),
    debtorAccount: z.string(),
    /** The holder that an earlier answer named, if payments has rejected it: orders may not have heard of that yet. */
    rejected: z.object({ paymentGuid: z.uuid(), reason: z.string() }).nullable().default(null),
  }),
  response: z.discriminatedUnion('outcome', [
    z.object({ outcome: z.literal('granted'), order: orderSnapshotSchema }),
    /** `holderGuid` is set for ORDER_ALREADY_HELD: the payment whose guid the sender is told. */
    z.object({ outcome: z.literal('refused'), code: z.enum(CLAIM_REFUSALS), holderGuid: z.string().nullable() }),
  ]),
});

/** The payment that asks for an order, and the facts that must be those of the order. Every id is a UUID but `orderId`, which may be anything. */
export type ClaimRequest = Readonly<z.infer<typeof claimOrder.request>>;
export type ClaimResponse = Readonly<z.infer<typeof claimOrder.response>>;
