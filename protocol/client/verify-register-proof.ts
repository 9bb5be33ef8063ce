import { fail, ok, type Result } from '../../kernel/core/result.ts';
import { sha256 } from '../digest.ts';
import type { TokenFailure } from '../errors.ts';
import { HUB_NAME } from '../header-token.ts';
import { decodeHex, encodeHex } from '../hex.ts';
import { leafInput, nodeInput, sidesOf } from '../merkle-tree.ts';
import { canonicalRow, type RegisterProof, proofSchema, proofText, type Seal, sealSchema } from '../register-proof.ts';
import { readStrictJson } from '../strict-json.ts';
import { readToken } from '../token.ts';
import { utf8 } from '../web-crypto.ts';
import { checkHubSignature, type HubKeys } from './hub-signature.ts';

/**
 * PROOF_FORM: not the one text of a proof. PROOF_SEAL: signed by the hub, but no seal of a register. PROOF_OF_ANOTHER_REGISTER: the row is of another register than
 * the seal. PROOF_PLACE: there is no such place in the sealed tree. PROOF_ROOT: the row does not lead to the sealed root.
 */
export type ProofFailure =
  TokenFailure | { readonly code: 'PROOF_FORM' | 'PROOF_SEAL' | 'PROOF_OF_ANOTHER_REGISTER' | 'PROOF_PLACE' | 'PROOF_ROOT' };

/** Characters. A path of 31 hashes, a row and a token are far below. */
export const PROOF_LENGTH_MAX = 32_768;

export interface ProvenRow {
  readonly row: RegisterProof['row'];
  readonly seal: Seal;
}

/** Checks a proof with the hub's keys alone. A byte more or less, or another one anywhere, and it proves nothing. */
export async function verifyRegisterProof(text: string, hubKeys: HubKeys): Promise<Result<ProvenRow, ProofFailure>> {
  const json = readStrictJson(text, { sizeMax: PROOF_LENGTH_MAX, depthMax: 3 });
  const read = proofSchema.safeParse(json.ok ? json.value.value : undefined);
  if (!read.success || proofText(read.data) !== text) return fail({ code: 'PROOF_FORM' });
  const { row, leaf_index: index, tree_size: size, path } = read.data;
  const sealed = await readSeal(read.data.seal, hubKeys);
  if (!sealed.ok) return sealed;
  const seal = sealed.value;
  if (row.register_id !== seal.register_id) return fail({ code: 'PROOF_OF_ANOTHER_REGISTER' });
  const sides = sidesOf(index, size);
  if (seal.payments_total !== size || sides?.length !== path.length) return fail({ code: 'PROOF_PLACE' });
  let hash: Uint8Array = await sha256(leafInput(utf8(canonicalRow(row))));
  for (const [level, side] of sides.entries()) {
    const sibling = decodeHex(path[level] ?? '', 32) ?? new Uint8Array();
    hash = await sha256(side === 'right' ? nodeInput(hash, sibling) : nodeInput(sibling, hash));
  }
  return encodeHex(hash) === seal.root ? ok({ row, seal }) : fail({ code: 'PROOF_ROOT' });
}

/** Reads a seal by itself: what the hub has signed about a register. */
export async function readSeal(text: string, hubKeys: HubKeys): Promise<Result<Seal, ProofFailure>> {
  const token = readToken(text);
  if (!token.ok) return token;
  const signed = await checkHubSignature(token.value, hubKeys);
  if (!signed.ok) return signed;
  const seal = sealSchema.safeParse(token.value.claims);
  return seal.success && seal.data.iss === HUB_NAME ? ok(seal.data) : fail({ code: 'PROOF_SEAL' });
}
