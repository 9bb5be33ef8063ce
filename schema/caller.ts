import { z } from 'zod';

/**
 * Who asks, as the gateway established it from a credential. Subgraphs get it with every request (signed, when the request crosses
 * a socket) and check ownership against it; they never look at a credential themselves.
 */
export const callerSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('anonymous') }),
  z.object({ kind: z.literal('operations'), subject: z.string(), scopes: z.array(z.string()) }),
  z.object({ kind: z.literal('merchant'), merchantUid: z.string(), keyId: z.string() }),
  z.object({ kind: z.literal('bank'), bankGuid: z.string(), keyId: z.string() }),
  /** A customer's browser: a publishable key, with an order once it shows the order's client secret; or the hosted page's token. */
  z.object({ kind: z.literal('customer'), merchantUid: z.string(), orderId: z.string().nullable(), keyId: z.string() }),
]);
export type Caller = z.infer<typeof callerSchema>;

export const ANONYMOUS: Caller = { kind: 'anonymous' };

/**
 * The participant id that a caller acts as, or null: operations sees all participants, an anonymous caller none. A customer acts for
 * nobody: it watches one order of the merchant.
 */
export function participantOf(caller: Caller): string | null {
  switch (caller.kind) {
    case 'merchant':
      return caller.merchantUid;
    case 'bank':
      return caller.bankGuid;
    case 'operations':
    case 'customer':
    case 'anonymous':
      return null;
    default:
      return caller satisfies never;
  }
}
