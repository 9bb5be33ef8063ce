import { z } from 'zod';

import { decimalFromMinor } from '../kernel/core/money.ts';
import { registerRow, type WireRegister, type WireRegisterRow } from './gross-settlement.ts';
import { encodeHex } from './hex.ts';

/**
 * A register's seal is a token of the hub over the root of a Merkle tree (merkle-tree.ts) whose leaves are the register's payments in their order. With it and a
 * short path anybody can see, without the hub, that the register had this very payment.
 */
export const SEAL_KIND = 'dcm-register-seal-1';
export const PROOF_FORMAT = 'dcm-register-proof-1';

/** The members of a row that are proven, as the register lists them. */
const ROW_MEMBERS = [
  'amount',
  'amount_to_pay',
  'created_at',
  'currency',
  'debtor_agent_id',
  'debtor_iban',
  'fee_amount',
  'issuer_fee',
  'payment_message_external_id',
  'payment_message_guid',
  'pm_type',
  'purpose',
  'recipient_agent_id',
  'recipient_iban',
  'register_id',
  'uetr',
] as const;
type RowMember = (typeof ROW_MEMBERS)[number];

/** The one text of a row that is hashed: RFC 8785 over its members, all of which are strings. A bank makes it from the row as the register lists it. */
export function canonicalRow(row: Readonly<Record<RowMember, string>>): string {
  return JSON.stringify(Object.fromEntries(ROW_MEMBERS.map((name) => [name, row[name]])));
}

/** The same for a row that the hub has not written yet. */
export function canonicalRowOf(register: Pick<WireRegister, 'number' | 'debtor' | 'creditor'>, row: WireRegisterRow): string {
  return canonicalRow(registerRow(register, row));
}

/** The payload of a register's seal, as JSON text. `root` is lower-case hexadecimal. */
export function sealPayload(
  register: WireRegister,
  o: { readonly issuer: string; readonly at: Date; readonly size: number; readonly root: Uint8Array },
): string {
  return JSON.stringify({
    iss: o.issuer,
    iat: Math.floor(o.at.getTime() / 1000),
    kind: SEAL_KIND,
    register_id: register.number,
    period_start: register.day,
    period_end: register.day,
    debtor_bic: register.debtor.bic,
    creditor_bic: register.creditor.bic,
    total_amount: decimalFromMinor(register.totalMinor),
    total_fee_amount: decimalFromMinor(register.feeMinor),
    currency: register.currency,
    payments_total: o.size,
    root: encodeHex(o.root),
  });
}

const hash = z.string().regex(/^[0-9a-f]{64}$/);
/** A tree that banks of whatever language can count in. */
const size = z
  .number()
  .int()
  .min(0)
  .max(2 ** 31 - 1);

export const sealSchema = z.looseObject({
  iss: z.string(),
  iat: z.number().int().positive(),
  kind: z.literal(SEAL_KIND),
  register_id: z.string(),
  period_start: z.iso.date(),
  period_end: z.iso.date(),
  debtor_bic: z.string(),
  creditor_bic: z.string(),
  total_amount: z.string(),
  total_fee_amount: z.string(),
  currency: z.string(),
  payments_total: size,
  root: hash,
});
export type Seal = z.infer<typeof sealSchema>;

/** As deep as a tree of 2^31 leaves. */
const PATH_LENGTH_MAX = 31;

export const proofSchema = z.strictObject({
  format: z.literal(PROOF_FORMAT),
  leaf_index: size,
  tree_size: size,
  row: z.strictObject(Object.fromEntries(ROW_MEMBERS.map((name) => [name, z.string()])) as Record<RowMember, z.ZodString>), // One for each name.
  path: z.array(hash).max(PATH_LENGTH_MAX),
  seal: z.string(),
});
export type RegisterProof = z.infer<typeof proofSchema>;

/** The one text of a proof: its members and those of its row in this order, without white space. */
export function proofText(proof: RegisterProof): string {
  const { format, leaf_index: index, tree_size: treeSize, row, path, seal } = proof;
  const head = JSON.stringify({ format, leaf_index: index, tree_size: treeSize });
  return `${head.slice(0, -1)},"row":${canonicalRow(row)},"path":${JSON.stringify(path)},"seal":${JSON.stringify(seal)}}`;
}
