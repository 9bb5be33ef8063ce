import { z } from 'zod';

import { boundTokensSchema, participantLimitsSchema } from '../directory.ts';

/** The log `participants`. The directory version says which snapshot includes the change. */
export const participantEventSchemas = {
  BankRegistered: z.object({ bankGuid: z.uuid(), directoryVersion: z.number().int() }),
  MerchantRegistered: z.object({ merchantUid: z.string(), directoryVersion: z.number().int() }),
  ParticipantKeyAdded: z.object({ participantId: z.string(), kid: z.string(), directoryVersion: z.number().int() }),
  ParticipantKeyRetired: z.object({ participantId: z.string(), kid: z.string(), directoryVersion: z.number().int() }),
  ParticipantTermsChanged: z.object({
    participantId: z.string(),
    limits: participantLimitsSchema,
    boundTokens: boundTokensSchema,
    keyUse: z.enum(['SEPARATE', 'SHARED']),
    directoryVersion: z.number().int(),
  }),
  ApiKeyCreated: z.object({ participantId: z.string(), keyId: z.uuid() }),
  ApiKeyRevoked: z.object({ participantId: z.string(), keyId: z.uuid() }),
} as const;
export type ParticipantEventType = keyof typeof participantEventSchemas;
export type ParticipantEventPayload<T extends ParticipantEventType> = z.infer<(typeof participantEventSchemas)[T]>;
