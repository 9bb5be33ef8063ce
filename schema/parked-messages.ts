import { z } from 'zod';

/**
 * What the edge and payments say to each other about parked messages: promised ones that payments would not take. The edge reports them
 * again and again while it has any, and hears in the answer what operations have decided. It is always the edge that calls: it can
 * reach the core, and nobody has to be able to reach an object of the edge.
 */
export const PARKED_REPORT_MAX = 100;

/** What the message says, nothing of a person. */
export const parkedAboutSchema = z.object({
  bankGuid: z.uuid(),
  receivedAt: z.iso.datetime(),
  orderId: z.string(),
  /** Digits. */
  amountMinor: z.string().regex(/^\d{1,18}$/),
  currency: z.string().length(3),
});

/** Characters. */
export const PARKED_REASON_MAX = 500;

const parkedSchema = z.object({
  /** Payment guid. */
  guid: z.uuid(),
  /** dismissed: operations refused it, and the core could not record even that; the edge answers for it. */
  state: z.enum(['parked', 'dismissed']),
  /** When it was parked (this time). A decision is about one parking. */
  parkedAt: z.iso.datetime(),
  /** What the core answered, in words for operations. */
  reason: z.string().max(PARKED_REASON_MAX),
  tries: z.number().int().nonnegative(),
  /** Null where the row itself cannot be read, which is then the reason. */
  about: parkedAboutSchema.nullable(),
});
export type ReportedMessage = z.infer<typeof parkedSchema>;

export const parkedReportSchema = z.object({ messages: z.array(parkedSchema).max(PARKED_REPORT_MAX) });

const decisionSchema = z.object({
  guid: z.uuid(),
  /** The parking that was decided about. */
  parkedAt: z.iso.datetime(),
  operation: z.enum(['replay', 'refuse']),
  /** The same decision again has the same id. */
  operationId: z.string(),
  /** What the person gave as the reason; null where nobody had to decide, because the core has the payment. */
  reason: z.string().nullable(),
});
export type ParkedDecision = z.infer<typeof decisionSchema>;

export const parkedDecisionsSchema = z.object({ decisions: z.array(decisionSchema).max(PARKED_REPORT_MAX) });
