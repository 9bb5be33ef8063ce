import { z } from 'zod';

import { defineCommand } from './define.ts';

/**
 * orders asks what became of a claim. For a guid that payments does not know it first writes a tombstone (REJECT, CLAIM_ABANDONED)
 * under the same unique key, so that a late accept fails; only then may the order be released.
 */
export const claimOutcome = defineCommand({
  subgraph: 'payments',
  name: 'claim-outcome',
  request: z.object({ paymentGuid: z.uuid(), orderId: z.uuid(), initiatorBankGuid: z.uuid() }),
  response: z.object({ state: z.enum(['PENDING', 'SUCCESS', 'REJECT']), reason: z.string().nullable() }),
});
