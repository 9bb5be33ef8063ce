import { z } from 'zod';

import { boundTokensSchema, participantLimitsSchema, plainBodiesSchema } from '../directory.ts';

/** The log `participants`. The directory version says which snapshot includes the change. */
export const participantEventSchemas = {
  BankRegistered: z.object({ bankGuid: z.uuid(), directoryVersion: z.number().int() }),
  MerchantRegistered: z.object({ merchantUid: z.string(), directoryVersion: z.number().int() }),
  ParticipantKeyAdded: z.object({ participantId: z.string(), kid: z.string(), directoryVersion: z.number().int() }),
  ParticipantKeyRetired: z.object({ participantId: z.string(), kid: z.string(), directoryVersion: z.number().int() }),
  /** What a participant publishes as its keys was read, and changed something. */
  ParticipantKeySetFollowed: z.object({
    participantId: z.string(),
    added: z.array(z.string()),
    vanished: z.array(z.string()),
    directoryVersion: z.number().int(),
  }),
  ParticipantKeySourceChanged: z.object({ participantId: z.string(), url: z.string().nullable() }),
  /** A key in use ends soon and nothing replaces it. Once for each end that a key has. */
  ParticipantKeyExpiring: z.object({ participantId: z.string(), kid: z.string(), validUntil: z.iso.datetime() }),
  ParticipantTermsChanged: z.object({
    participantId: z.string(),
    limits: participantLimitsSchema,
    boundTokens: boundTokensSchema,
    plainBodies: plainBodiesSchema.default('bound'),
    keyUse: z.enum(['SEPARATE', 'SHARED']),
    directoryVersion: z.number().int(),
  }),
  ApiKeyCreated: z.object({ participantId: z.string(), keyId: z.uuid() }),
  ApiKeyRevoked: z.object({ participantId: z.string(), keyId: z.uuid() }),
} as const;
export type ParticipantEventType = keyof typeof participantEventSchemas;
export type ParticipantEventPayload<T extends ParticipantEventType> = z.infer<(typeof participantEventSchemas)[T]>;
