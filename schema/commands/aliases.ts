import { z } from 'zod';

import { defineCommand } from './define.ts';

/**
 * payments asks where a number leads, for a payer who wants to pay it. `askedBy` is whoever wants to know: their bucket is charged, so that nobody
 * reads the directory out.
 */
export const findAlias = defineCommand({
  subgraph: 'aliases',
  name: 'find-alias',
  request: z.object({ phone: z.string(), askedBy: z.object({ bankGuid: z.uuid(), debtorAccount: z.string() }) }),
  response: z.object({
    account: z.object({ iban: z.string(), bankGuid: z.uuid() }).nullable(),
    /** Set where nothing was looked up because whoever asks has asked for too much. */
    limited: z.object({ retryAfterSeconds: z.number().int().positive() }).nullable().default(null),
  }),
});

/**
 * A bank's customer has consented, in a search for a receiver, that the number leads to this account. Idempotent. Whatever happened to the number
 * after `consentedAt` counts more: the command may come late.
 */
export const linkFoundAlias = defineCommand({
  subgraph: 'aliases',
  name: 'link-found-alias',
  request: z.object({ phone: z.string(), account: z.string(), bankGuid: z.uuid(), consentedAt: z.iso.datetime() }),
  response: z.object({ linked: z.boolean() }),
});
