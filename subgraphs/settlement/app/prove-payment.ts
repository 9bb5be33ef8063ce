import { isUuid } from '../../../kernel/core/ids.ts';
import { registerRow } from '../../../protocol/gross-settlement.ts';
import { encodeHex } from '../../../protocol/hex.ts';
import { pathOf, rootOf } from '../../../protocol/merkle-tree.ts';
import { PROOF_FORMAT, proofText } from '../../../protocol/register-proof.ts';
import type { Caller } from '../../../schema/caller.ts';
import { visibleRegister } from './read-registers.ts';
import type { RegisterReads, RegisterView } from './register-ports.ts';
import { wireRegisterOf, wireRowOf } from './register-on-wire.ts';
import { leavesOf, SEAL_BLOCK, type RegisterSeal, type SealStore, type Sha256Content } from './seal-registers.ts';

export interface PaymentProof {
  readonly register: RegisterView;
  readonly leafIndex: number;
  readonly seal: RegisterSeal;
  /** The one text of the proof, for a file. */
  readonly text: string;
}

export interface ProveDeps {
  readonly seals: Pick<SealStore, 'seal' | 'blocks'>;
  readonly reads: Pick<RegisterReads, 'ofPayment' | 'rowsAfter'>;
  readonly sha256Bytes: Sha256Content;
}

/**
 * Proves that a payment is in its register, to whoever may see the register: null for everybody else, and until the register is sealed. Throws when the ledger
 * is not what was sealed.
 */
export async function provePayment(deps: ProveDeps, caller: Caller, paymentGuid: string): Promise<PaymentProof | null> {
  const found = isUuid(paymentGuid) ? await deps.reads.ofPayment(paymentGuid) : null;
  const register = visibleRegister(caller, found?.register ?? null);
  if (!found || !register) return null;
  const seal = await deps.seals.seal(register.number);
  if (!seal) return null;
  const blocks = await deps.seals.blocks(register.number);
  const block = blocks.findLastIndex(({ firstSequence }) => firstSequence <= found.sequence);
  const sealed = blocks[block];
  if (!sealed) throw new Error(`the seal of register ${register.number} has no block of the payment ${paymentGuid}`);
  const rows = await deps.reads.rowsAfter(register, { sequence: sealed.firstSequence - 1n, limit: SEAL_BLOCK });
  const place = rows.findIndex((row) => row.paymentGuid === paymentGuid);
  const row = rows[place];
  const leaves = leavesOf(deps, register, rows);
  if (!row || encodeHex(rootOf(leaves, deps.sha256Bytes)) !== encodeHex(sealed.root))
    throw new Error(`register ${register.number} is not as it was sealed`);
  const roots = blocks.map(({ root }) => root);
  const path = [...pathOf(leaves, place, deps.sha256Bytes), ...pathOf(roots, block, deps.sha256Bytes)];
  const leafIndex = block * SEAL_BLOCK + place;
  const text = proofText({
    format: PROOF_FORMAT,
    leaf_index: leafIndex,
    tree_size: seal.size,
    row: registerRow(wireRegisterOf(register), wireRowOf(row, deps.sha256Bytes)),
    path: path.map(encodeHex),
    seal: seal.token,
  });
  return { register, leafIndex, seal, text };
}
