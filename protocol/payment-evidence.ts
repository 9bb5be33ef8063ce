import { z } from 'zod';

import { canonicalJson } from './canonical-json.ts';
import { sha256 } from './digest.ts';
import { encodeHex } from './hex.ts';
import { publicRsaJwkSchema } from './participant-key.ts';
import { utf8 } from './web-crypto.ts';

/**
 * Everything that is known of one payment as one file, which `dcm verify` checks without the hub. It has one text (canonical-json.ts). The hub signs a statement
 * with the hash of each part that payments tells; what settlement tells carries signatures of its own. docs/evidence.md has the words for an auditor.
 */
export const EVIDENCE_FORMAT = 'dcm-payment-evidence-1';
export const LEDGER_STATEMENT_KIND = 'dcm-ledger-statement-1';

/** Characters. A payment with every try of every callback, each answered at length, stays below. */
export const EVIDENCE_LENGTH_MAX = 1_048_576;
export const EVIDENCE_DEPTH_MAX = 6;

const text = z.string();
const maybe = z.string().nullable();
const instant = z.iso.datetime();
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.number().int().nonnegative();

const paymentSchema = z.strictObject({
  payment_message_guid: z.guid(),
  status: z.enum(['PENDING', 'SUCCESS', 'REJECT']),
  reason_code: maybe,
  pm_type: z.enum(['trade', 'p2p', 'return']),
  amount: z.string().regex(/^\d+\.\d{2}$/),
  currency: text,
  payment_message_external_id: text,
  purpose: text,
  order_id: maybe,
  merchant_uid: maybe,
  original_payment_message_guid: maybe,
  initiator_bank_guid: z.guid(),
  receiver_bank_guid: maybe,
  debtor_account: maybe,
  creditor_account: maybe,
  created_at: instant,
  updated_at: instant,
  version: count,
});

/** The sender's public key as the hub's directory has it, with the time in which it may sign. */
const senderKeySchema = z
  .strictObject({
    kid: text,
    kty: z.literal('RSA'),
    n: text,
    e: text,
    purpose: z.enum(['SIGN', 'ENCRYPT', 'BOTH']),
    valid_from: instant,
    valid_until: instant.nullable(),
    revoked_from: instant.nullable(),
  })
  .refine((key) => publicRsaJwkSchema.safeParse(key).success, { error: 'no RSA key that may sign' });

const messageSchema = z.strictObject({
  /** The body as it was received; null when its retention is over. */
  text: maybe,
  /** SHA-256 of the body, base64url. */
  sha256: z.string().length(43),
  kid: text,
  received_at: instant,
  mode: z.enum(['answer', 'promised', 'refused']).nullable(),
  sender_key: senderKeySchema.nullable(),
});

const eventSchema = z.strictObject({
  version: count,
  type: text,
  at: instant,
  /** Chains it to everything before it in the hub's log. */
  hash,
});

const attemptSchema = z.strictObject({
  attempt: count,
  started_at: instant,
  duration_ms: count,
  address: maybe,
  http_status: count.nullable(),
  answer: z.enum(['accepted', 'refused', 'unclear']),
  error: maybe,
  /** SHA-256 of the whole answer, base64url; `answer_text` is how it begins. */
  answer_sha256: maybe,
  answer_text: maybe,
  stray: z.boolean(),
});

const deliverySchema = z.strictObject({
  callback_guid: z.guid(),
  callback_type: text,
  sequence: count,
  receiver: z.strictObject({ kind: z.enum(['bank', 'merchant']), id: text }),
  state: text,
  outcome: maybe,
  outcome_reason: maybe,
  /** The signed payload; null when its retention is over. */
  token: maybe,
  attempts: z.array(attemptSchema),
});

export const evidenceSchema = z.strictObject({
  format: z.literal(EVIDENCE_FORMAT),
  payment: paymentSchema,
  /** Null for whoever may not read it. */
  message: messageSchema.nullable(),
  events: z.array(eventSchema),
  deliveries: z.array(deliverySchema),
  /** A token of the hub over the four parts above. */
  statement: text,
  /** A token of the hub over the payment's ledger transaction; null where it was not given. */
  ledger: maybe,
  /** As `registerProof` gives it; null where it was not given. */
  register_proof: maybe,
});
export type PaymentEvidence = z.infer<typeof evidenceSchema>;
export type EvidenceParts = Pick<PaymentEvidence, 'payment' | 'message' | 'events' | 'deliveries'>;

export const EVIDENCE_PARTS = ['payment', 'message', 'events', 'deliveries'] as const;

/** The one text of the file. */
export function evidenceText(evidence: PaymentEvidence): string {
  return canonicalJson(evidence);
}

/** SHA-256 over the one text of each part, in hex. */
export async function partHashes(parts: EvidenceParts): Promise<Record<(typeof EVIDENCE_PARTS)[number], string>> {
  const of = async (name: (typeof EVIDENCE_PARTS)[number]): Promise<string> => encodeHex(await sha256(utf8(canonicalJson(parts[name]))));
  return { payment: await of('payment'), message: await of('message'), events: await of('events'), deliveries: await of('deliveries') };
}

/** What the hub says of the parts. */
export const statementSchema = z.looseObject({
  iss: text,
  iat: z.number().int().positive(),
  kind: z.literal(EVIDENCE_FORMAT),
  payment_message_guid: text,
  /** Who asked for it: what they may not read is not in it. */
  given_to: z.looseObject({ kind: z.enum(['operations', 'bank', 'merchant']), id: text }),
  parts: z.strictObject({ payment: hash, message: hash, events: hash, deliveries: hash }),
});
export type EvidenceStatement = z.infer<typeof statementSchema>;

/** What the hub says of a ledger transaction: the record whose hash is chained to all before it. */
export const ledgerStatementSchema = z.looseObject({
  iss: text,
  iat: z.number().int().positive(),
  kind: z.literal(LEDGER_STATEMENT_KIND),
  payment_message_guid: text,
  sequence: z.string().regex(/^\d+$/),
  amount: text,
  currency: text,
  business_day: z.iso.date(),
  previous_hash: hash,
  hash,
  /** The text that was hashed: lines of the hash before it, the transaction, and its entries. */
  record: text,
});
export type LedgerStatement = z.infer<typeof ledgerStatementSchema>;

/** The file that payments gives, with what settlement gives of the payment. Throws for a text that is not evidence. */
export function evidenceWith(content: string, settlement: Pick<PaymentEvidence, 'ledger' | 'register_proof'>): string {
  return evidenceText({ ...evidenceSchema.parse(JSON.parse(content)), ...settlement });
}
