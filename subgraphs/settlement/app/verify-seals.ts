import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import { encodeHex } from '../../../protocol/hex.ts';
import { sealSchema, type Seal } from '../../../protocol/register-proof.ts';
import { decimalFromMinor } from '../../../kernel/core/money.ts';
import type { RegisterView } from './register-ports.ts';
import { treeOf, type SealDeps, type SealStore } from './seal-registers.ts';

const VERIFY_BATCH = 100;

/** SEAL_TOKEN: not a seal that the hub has signed. SEAL_REGISTER: of another register, or of other sums. SEAL_ROOT: the payments are not those that were sealed. */
export interface SealBreak {
  readonly register: string;
  readonly kind: 'SEAL_TOKEN' | 'SEAL_REGISTER' | 'SEAL_ROOT';
}

export interface VerifySealsDeps {
  readonly seals: Pick<SealStore, 'sealedAfter' | 'seal'>;
  readonly reads: SealDeps['reads'];
  readonly sha256Bytes: SealDeps['sha256Bytes'];
  /** The claims of a token that the hub has signed; null for any other. */
  readonly open: (token: string) => Promise<unknown>;
}

/**
 * Reads the payments of every sealed register and compares them with what the hub has signed. It finds also what the chain cannot: a ledger whose hashes were all
 * made anew. The result is how many registers are as they were sealed.
 */
export async function verifySeals(deps: VerifySealsDeps): Promise<Result<number, SealBreak>> {
  let count = 0;
  for (let number = ''; ;) {
    const registers = await deps.seals.sealedAfter(number, VERIFY_BATCH);
    for (const register of registers) {
      const kind = await breakOf(deps, register);
      if (kind !== null) return fail({ register: register.number, kind });
      count += 1;
    }
    const last = registers.at(-1);
    if (!last) return ok(count);
    number = last.number;
  }
}

async function breakOf(deps: VerifySealsDeps, register: RegisterView): Promise<SealBreak['kind'] | null> {
  const kept = await deps.seals.seal(register.number);
  const seal = sealSchema.safeParse(kept ? await deps.open(kept.token) : null);
  if (!seal.success) return 'SEAL_TOKEN';
  if (!isOf(seal.data, register)) return 'SEAL_REGISTER';
  const { root, size } = await treeOf(deps, register);
  return encodeHex(root) === seal.data.root && size === seal.data.payments_total ? null : 'SEAL_ROOT';
}

function isOf(seal: Seal, { number, total, fee, debtor, creditor }: RegisterView): boolean {
  const same = seal.register_id === number && seal.debtor_bic === debtor.bic && seal.creditor_bic === creditor.bic;
  return same && seal.total_amount === decimalFromMinor(total.minor) && seal.total_fee_amount === decimalFromMinor(fee.minor);
}
