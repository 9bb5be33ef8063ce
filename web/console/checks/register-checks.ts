import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import type { HubKeys } from '../../../protocol/client/hub-signature.ts';
import { type ProofFailure, type ProvenRow, readSeal, verifyRegisterProof } from '../../../protocol/client/verify-register-proof.ts';
import type { Seal } from '../../../protocol/register-proof.ts';

// What the hub has signed about a register, checked where somebody looks at it: with the hub's published keys and nothing else of the hub.

/** The figures of a register as the screen shows them. */
export interface ShownRegister {
  readonly number: string;
  readonly businessDay: string;
  readonly paymentCount: number;
  readonly total: { readonly decimal: string; readonly currency: string };
  readonly fees: { readonly decimal: string };
  readonly seal: { readonly root: string; readonly token: string };
}

/** SEAL_OTHER_FIGURES: the hub signed something else than what the screen shows. */
export type SealFailure = ProofFailure | { readonly code: 'SEAL_OTHER_FIGURES' };

/** A seal that the hub has signed about this register, and about the figures that are shown of it. */
export async function checkSeal(register: ShownRegister, hubKeys: HubKeys): Promise<Result<Seal, SealFailure>> {
  const read = await readSeal(register.seal.token, hubKeys);
  if (!read.ok) return read;
  const seal = read.value;
  const asShown =
    seal.register_id === register.number &&
    seal.period_start === register.businessDay &&
    seal.period_end === register.businessDay &&
    seal.root === register.seal.root &&
    seal.payments_total === register.paymentCount &&
    seal.total_amount === register.total.decimal &&
    seal.total_fee_amount === register.fees.decimal &&
    seal.currency === register.total.currency;
  return asShown ? ok(seal) : fail({ code: 'SEAL_OTHER_FIGURES' });
}

/** PROOF_OF_ANOTHER_PAYMENT: whole in itself, and of a payment that nobody asked for. */
export type PaymentProofFailure = ProofFailure | { readonly code: 'PROOF_OF_ANOTHER_PAYMENT' };

/** The proof that the hub gave for a payment: what `dcm verify-proof` checks, and that it is of this payment. */
export async function checkProof(
  asked: { readonly paymentGuid: string; readonly proof: string },
  hubKeys: HubKeys,
): Promise<Result<ProvenRow, PaymentProofFailure>> {
  const proven = await verifyRegisterProof(asked.proof, hubKeys);
  if (!proven.ok) return proven;
  const isAsked = proven.value.row.payment_message_guid === asked.paymentGuid.toLowerCase();
  return isAsked ? proven : fail({ code: 'PROOF_OF_ANOTHER_PAYMENT' });
}
