import { z } from 'zod';

/**
 * The credential of the hosted payment page, a compact EdDSA token that the edge signs with its envelope key. It lets one browser watch
 * one order through the gateway, and nothing else. `aud` is what tells it from an envelope.
 */
export const PAGE_TOKEN_AUDIENCE = 'gateway';

export const pageTokenSchema = z.strictObject({
  aud: z.literal(PAGE_TOKEN_AUDIENCE),
  orderId: z.uuid(),
  merchantUid: z.string().min(1),
  /** Seconds since 1970. */
  iat: z.number().int(),
  /** Seconds since 1970: the order's expiry and PAGE_TOKEN_AFTER_EXPIRY_MS. */
  exp: z.number().int(),
});
export type PageToken = z.infer<typeof pageTokenSchema>;

/** How long the page may go on watching after the order's expiry: a payment that began in time still ends. Milliseconds. */
export const PAGE_TOKEN_AFTER_EXPIRY_MS = 15 * 60_000;

/** What orders tells the edge of an order before the edge signs a page token for it. */
export const pageGrantSchema = z.object({ orderId: z.uuid(), merchantUid: z.string().min(1), expiresAt: z.iso.datetime() });
export type PageGrant = z.infer<typeof pageGrantSchema>;
