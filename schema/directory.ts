import { z } from 'zod';

/**
 * The directory of participants: one versioned snapshot, published by the participants subgraph, signed where it leaves the core.
 * The edge and every subgraph hold it in memory and refresh it by pull. It has public keys and addresses only, never a secret.
 */
export const directoryKeySchema = z.object({
  kid: z.string(),
  jwk: z.looseObject({ kty: z.literal('RSA'), n: z.string(), e: z.string() }),
  purpose: z.enum(['SIGN', 'ENCRYPT', 'BOTH']),
  encryptionProfiles: z.array(z.enum(['dcm-1', 'dcm-2'])),
  /** ISO 8601 instants. A key is used from `validFrom` until `validUntil`; two keys may overlap while a participant rotates. */
  validFrom: z.iso.datetime(),
  validUntil: z.iso.datetime().nullable(),
  /** Set when the key was revoked: messages received at or after this instant are refused, also those already waiting. */
  revokedFrom: z.iso.datetime().nullable(),
});
export type DirectoryKey = z.infer<typeof directoryKeySchema>;

export const bankRoutesSchema = z.object({
  payIn: z.url().nullable(),
  payOut: z.url().nullable(),
  credit: z.url().nullable(),
  payRequest: z.url().nullable(),
  aliasUpdated: z.url().nullable(),
  linkCreditor: z.url().nullable(),
  receiverData: z.url().nullable(),
  grossSettlement: z.url().nullable(),
  returnRequest: z.url().nullable(),
});

export const bankEntrySchema = z.object({
  guid: z.uuid(),
  /** The bank's own six-digit code, which the guide calls BIC. */
  bic: z.string(),
  /** Every six-digit bank code whose accounts belong to this bank (characters 5-10 of a Ukrainian IBAN); contains `bic`. */
  bankCodes: z.array(z.string()),
  name: z.string(),
  taxCode: z.string(),
  chargingAccount: z.string(),
  email: z.string(),
  appScheme: z.string().nullable(),
  logoUrl: z.string().nullable(),
  routes: bankRoutesSchema,
  keys: z.array(directoryKeySchema),
});
export type BankEntry = z.infer<typeof bankEntrySchema>;

export const merchantEntrySchema = z.object({
  uid: z.string(),
  name: z.string(),
  taxNumber: z.string(),
  iban: z.string(),
  mcc: z.number().int(),
  bankGuid: z.uuid(),
  callbackUrl: z.url(),
  redirectOrigins: z.array(z.string()),
  logoUrl: z.string().nullable(),
  keys: z.array(directoryKeySchema),
});
export type MerchantEntry = z.infer<typeof merchantEntrySchema>;

export const directorySnapshotSchema = z.object({
  version: z.number().int().nonnegative(),
  issuedAt: z.iso.datetime(),
  banks: z.array(bankEntrySchema),
  merchants: z.array(merchantEntrySchema),
});
export type DirectorySnapshot = z.infer<typeof directorySnapshotSchema>;

export const EMPTY_DIRECTORY: DirectorySnapshot = { version: 0, issuedAt: '1970-01-01T00:00:00.000Z', banks: [], merchants: [] };

/**
 * `GET /directory?after={version}` on participants: 200 with a compact EdDSA token over the snapshot, 304 when nothing is newer.
 * Needs no envelope: it is on the internal address, and holds public keys and addresses only.
 */
export const DIRECTORY_PATH = '/directory';
