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

/** Objects of the edge that one participant may have. */
export const SHARDS_MAX = 16;

/**
 * How much a participant may send: `perSecond` in the long run, `burst` at once (a token bucket). Requests. `shards`: over how many objects
 * the edge spreads them; one takes about a thousand requests a second.
 */
export const participantLimitsSchema = z.object({
  perSecond: z.number().int().positive(),
  burst: z.number().int().positive(),
  shards: z.number().int().min(1).max(SHARDS_MAX).default(1),
});
export type ParticipantLimits = z.infer<typeof participantLimitsSchema>;

/** What a participant has unless operations decided otherwise. */
export const DEFAULT_LIMITS: ParticipantLimits = { perSecond: 200, burst: 1000, shards: 1 };

/**
 * Whether a participant's header tokens must name the request that they belong to (`aud`, method, path, body hash): enforced in any
 * case where a token does, and with `required` a token that does not is refused.
 */
export const boundTokensSchema = z.enum(['when-present', 'required']);
export type BoundTokens = z.infer<typeof boundTokensSchema>;

/**
 * Whether a participant's header tokens must name the request also under a body that it did not sign (`bound`), or whether the guide's bare
 * form is enough there: a compatibility mode, in which a stolen token can be put to another body for five minutes.
 */
export const plainBodiesSchema = z.enum(['bound', 'bare']);
export type PlainBodies = z.infer<typeof plainBodiesSchema>;

/** What the edge holds a participant to. Absent in snapshots of versions that did not know it. */
const terms = {
  limits: participantLimitsSchema.default(DEFAULT_LIMITS),
  boundTokens: boundTokensSchema.default('when-present'),
  plainBodies: plainBodiesSchema.default('bound'),
};

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
  ...terms,
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
  ...terms,
});
export type MerchantEntry = z.infer<typeof merchantEntrySchema>;

export const directorySnapshotSchema = z.object({
  version: z.number().int().nonnegative(),
  issuedAt: z.iso.datetime(),
  banks: z.array(bankEntrySchema),
  merchants: z.array(merchantEntrySchema),
});
export type DirectorySnapshot = z.infer<typeof directorySnapshotSchema>;

/**
 * What the token of `GET /directory` says: a snapshot, and the public Ed25519 keys that may sign the next ones. Whoever believes this
 * token believes those keys as well, so the core can change its key without anybody's configuration.
 */
export const signedDirectorySchema = directorySnapshotSchema.extend({
  directoryKeys: z
    .array(z.object({ kid: z.string(), publicJwk: z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string() }) }))
    .default([]),
});
export type SignedDirectory = z.infer<typeof signedDirectorySchema>;

/** What the parameter `keys` of a pull says: the directory's keys, the one that signs first. */
export function directoryKidsOf(keys: readonly { readonly kid: string }[]): string {
  return keys.map(({ kid }) => kid).join(',');
}

export const EMPTY_DIRECTORY: DirectorySnapshot = { version: 0, issuedAt: '1970-01-01T00:00:00.000Z', banks: [], merchants: [] };

/**
 * `GET /directory?after={version}&keys={kids}` on participants: 200 with a compact EdDSA token over the snapshot, 304 when nothing is
 * newer and the keys of the directory are those that the asker knows (`directoryKidsOf`, left out by who knows none).
 * Needs no envelope: it is on the internal address, and holds public keys and addresses only.
 */
export const DIRECTORY_PATH = '/directory';
