import { z } from 'zod';

const aliasFacts = { aliasId: z.uuid(), bankGuid: z.uuid().nullable(), previousBankGuid: z.uuid().nullable() };

/** The log `aliases`. Audience: the bank that has the number now and the one that had it before. No numbers and no accounts. */
export const aliasEventSchemas = {
  AliasLinked: z.object(aliasFacts),
  AliasUnlinked: z.object(aliasFacts),
} as const;
export type AliasEventType = keyof typeof aliasEventSchemas;
export type AliasEventPayload<T extends AliasEventType> = z.infer<(typeof aliasEventSchemas)[T]>;
