import type { Instant } from '../../../kernel/core/time.ts';
import { leafInput, rootOf } from '../../../protocol/merkle-tree.ts';
import { canonicalRowOf, sealPayload } from '../../../protocol/register-proof.ts';
import type { KillSwitch } from './kill-points.ts';
import type { RegisterReads, RegisterRow, RegisterView } from './register-ports.ts';
import { wireRegisterOf, wireRowOf } from './register-on-wire.ts';

/** Payments in a block of a sealed register; a power of two, so that the roots of blocks make the register's own tree. */
export const SEAL_BLOCK = 1024;
/** Registers that are looked up at once. */
const SEAL_BATCH = 20;

/** Of a text its UTF-8 is hashed. */
export type Sha256Content = (content: string | Uint8Array) => Uint8Array;

/** `SEAL_BLOCK` payments of a register, fewer in the last one. */
export interface SealedBlock {
  readonly firstSequence: bigint;
  readonly root: Uint8Array;
}

export interface RegisterSeal {
  readonly size: number;
  readonly root: Uint8Array;
  /** A token of the hub, for whoever shall believe it without asking. */
  readonly token: string;
  readonly sealedAt: Instant;
}

export interface SealStore {
  /** Registers without a seal, by their numbers. */
  unsealed(limit: number): Promise<readonly RegisterView[]>;
  /** Keeps the first seal of a register for good. */
  save(number: string, seal: RegisterSeal, blocks: readonly SealedBlock[]): Promise<void>;
  seal(number: string): Promise<RegisterSeal | null>;
  blocks(number: string): Promise<readonly SealedBlock[]>;
  /** Registers with a seal, in the order of their numbers. */
  sealedAfter(number: string, limit: number): Promise<readonly RegisterView[]>;
}

export interface SealDeps {
  readonly seals: SealStore;
  readonly reads: Pick<RegisterReads, 'rowsAfter'>;
  /** The hub's name in what it signs. */
  readonly issuer: string;
  readonly sign: (payloadJson: string) => Promise<string>;
  /** Wall time. */
  readonly wallNow: () => Instant;
  readonly sha256Bytes: Sha256Content;
  readonly kill: KillSwitch;
}

/**
 * Seals every register that has no seal yet: its payments are read once, a block at a time, and never again. Any number of processes may do it, and be stopped
 * anywhere: the payments of a register do not change, so everybody comes to the same root.
 */
export async function sealRegisters(deps: SealDeps): Promise<void> {
  for (;;) {
    const registers = await deps.seals.unsealed(SEAL_BATCH);
    if (registers.length === 0) return;
    for (const register of registers) await sealRegister(deps, register);
  }
}

async function sealRegister(deps: SealDeps, register: RegisterView): Promise<void> {
  const { blocks, size, root } = await treeOf(deps, register);
  if (size !== register.paymentCount) throw new Error(`register ${register.number} has ${size} payments and not ${register.paymentCount}`);
  const sealedAt = deps.wallNow();
  const token = await deps.sign(sealPayload(wireRegisterOf(register), { issuer: deps.issuer, at: sealedAt, size, root }));
  await deps.kill('before-seal-commit');
  await deps.seals.save(register.number, { size, root, token, sealedAt }, blocks);
  await deps.kill('after-seal-commit');
}

/** The tree over a register's payments as the ledger has them now. */
export async function treeOf(
  deps: Pick<SealDeps, 'reads' | 'sha256Bytes'>,
  register: RegisterView,
): Promise<{ readonly blocks: readonly SealedBlock[]; readonly size: number; readonly root: Uint8Array }> {
  const blocks: SealedBlock[] = [];
  let size = 0;
  for (let sequence = 0n; ;) {
    const rows = await deps.reads.rowsAfter(register, { sequence, limit: SEAL_BLOCK });
    const [first, last] = [rows[0], rows.at(-1)];
    if (first && last) {
      blocks.push({ firstSequence: first.sequence, root: rootOf(leavesOf(deps, register, rows), deps.sha256Bytes) });
      sequence = last.sequence;
      size += rows.length;
    }
    if (rows.length < SEAL_BLOCK) break;
  }
  const roots = blocks.map((block) => block.root);
  return { blocks, size, root: rootOf(roots, deps.sha256Bytes) };
}

/** The hashes of payments as leaves of their register's tree. */
export function leavesOf(
  { sha256Bytes }: Pick<SealDeps, 'sha256Bytes'>,
  register: RegisterView,
  rows: readonly RegisterRow[],
): readonly Uint8Array[] {
  const wire = wireRegisterOf(register);
  return rows.map((row) => sha256Bytes(leafInput(new TextEncoder().encode(canonicalRowOf(wire, wireRowOf(row, sha256Bytes))))));
}
