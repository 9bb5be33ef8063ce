import type { ProofFailure } from '../client/verify-register-proof.ts';
import { registerRow, type WireRegister, type WireRegisterRow } from '../gross-settlement.ts';
import { encodeHex } from '../hex.ts';
import { leafInput, pathOf, rootOf } from '../merkle-tree.ts';
import { canonicalRow, canonicalRowOf, PROOF_FORMAT, proofText, type RegisterProof, sealPayload } from '../register-proof.ts';
import { utf8 } from '../web-crypto.ts';
import type { Sha256 } from '../tagged-bytes.ts';
import { rawToken } from './raw-token.ts';
import type { VectorSigner } from './vector-keys.ts';

export interface RegisterProofVector {
  readonly name: string;
  /** The one text of the proof. */
  readonly proof: string;
  /** Of the row's text, as it is hashed for a leaf; null where the proof has no row. */
  readonly leaf: string | null;
  readonly expect: 'OK' | ProofFailure['code'];
}

const AT = new Date('2026-11-29T22:01:00Z');

const REGISTER: WireRegister = {
  number: '2911260001',
  day: '2026-11-29',
  state: 'SENT',
  debtor: { name: 'Bank Kalyna', bic: '980101' },
  creditor: { name: 'Bank Veresen', bic: '980202', taxCode: '90000202' },
  chargingAccount: 'UA289802020000037390000000002',
  purpose: 'Розрахунки за 29.11.2026 за реєстром 2911260001',
  totalMinor: 0n,
  feeMinor: 0n,
  currency: 'UAH',
  createdAt: AT,
  updatedAt: AT,
};

function aRow(n: number): WireRegisterRow {
  const last = String(n).padStart(12, '0');
  return {
    externalId: `external-${n}`,
    guid: `7c0a3f52-96b1-8d4e-9a2b-${last}`,
    uetr: `7c0a3f52-96b1-4d4e-9a2b-${last}`,
    pmType: n % 4 === 3 ? 'return' : 'trade',
    amountMinor: BigInt(10_050 + n),
    feeMinor: BigInt(n),
    feePercent: '0.2500',
    currency: 'UAH',
    purpose: n === 1 ? 'Книга «Сова»\n"\u2028"' : `Книга ${n}`,
    debtorAccount: 'UA769801010000026200000000011',
    creditorAccount: 'UA289802020000026000000000099',
    createdAt: new Date('2026-11-29T10:00:00.120Z'),
  };
}

interface Edits {
  readonly register?: Partial<WireRegister>;
  readonly signer?: VectorSigner;
  readonly claims?: object;
  readonly proof?: Partial<RegisterProof>;
}

async function makeProof(sha256: Sha256, size: number, index: number, edits: Edits = {}): Promise<RegisterProof> {
  const rows = Array.from({ length: size }, (_, n) => aRow(n));
  const leaves = rows.map((row) => sha256(leafInput(utf8(canonicalRowOf(REGISTER, row)))));
  const totals = {
    totalMinor: rows.reduce((sum, row) => sum + row.amountMinor, 0n),
    feeMinor: rows.reduce((sum, row) => sum + row.feeMinor, 0n),
  };
  const sealed = { ...REGISTER, ...totals, ...edits.register };
  const payload = sealPayload(sealed, { issuer: 'dcm-hub', at: AT, size, root: rootOf(leaves, sha256) });
  const claims: object = { ...(JSON.parse(payload) as object), ...edits.claims };
  return {
    format: PROOF_FORMAT,
    leaf_index: index,
    tree_size: size,
    row: registerRow(REGISTER, aRow(index)),
    path: pathOf(leaves, index, sha256).map(encodeHex),
    seal: await rawToken({ signer: edits.signer ?? 'hub', payload: claims }),
    ...edits.proof,
  };
}

/** Proofs of payments in registers of several sizes, and what proves nothing. */
export async function registerProofVectors(sha256: Sha256): Promise<RegisterProofVector[]> {
  const aProof = (size: number, index: number, edits?: Edits): Promise<RegisterProof> => makeProof(sha256, size, index, edits);
  const good = await aProof(7, 4);
  const row = { ...good.row };
  const [first = '', ...others] = good.path;
  const cases: [name: string, proof: RegisterProof | string, expect: RegisterProofVector['expect']][] = [
    ['the only payment', await aProof(1, 0), 'OK'],
    ['the first of two', await aProof(2, 0), 'OK'],
    ['a purpose with quotation marks and line ends', await aProof(2, 1), 'OK'],
    ['the last of three', await aProof(3, 2), 'OK'],
    ['the fifth of seven', good, 'OK'],
    ['a return', await aProof(8, 3), 'OK'],
    ['with claims of the seal that come later', await aProof(2, 0, { claims: { later: 1 } }), 'OK'],
    ['with another amount', { ...good, row: { ...row, amount: '100.55' } }, 'PROOF_ROOT'],
    ['with another account', { ...good, row: { ...row, recipient_iban: row.debtor_iban } }, 'PROOF_ROOT'],
    ['with another sibling', { ...good, path: ['0'.repeat(64), ...others] }, 'PROOF_ROOT'],
    ['with its siblings in another order', { ...good, path: [...others, first] }, 'PROOF_ROOT'],
    ['at another place', { ...good, leaf_index: 5 }, 'PROOF_ROOT'],
    ['with a sibling too many', { ...good, path: [...good.path, first] }, 'PROOF_PLACE'],
    ['with a sibling too few', { ...good, path: others }, 'PROOF_PLACE'],
    ['outside the tree', { ...good, leaf_index: 7 }, 'PROOF_PLACE'],
    ['in a tree of another size', { ...good, tree_size: 8 }, 'PROOF_PLACE'],
    ['of another register than the seal', await aProof(7, 4, { register: { number: '2911260002' } }), 'PROOF_OF_ANOTHER_REGISTER'],
    ['under a seal of another root', await aProof(7, 4, { claims: { root: '0'.repeat(64) } }), 'PROOF_ROOT'],
    ['under what is no seal', await aProof(7, 4, { claims: { kind: 'receipt' } }), 'PROOF_SEAL'],
    ['under a seal of another hub', await aProof(7, 4, { claims: { iss: 'another' } }), 'PROOF_SEAL'],
    ['signed by a bank', await aProof(7, 4, { signer: 'bank' }), 'TOKEN_KEY_UNKNOWN'],
    ['signed by the edge', await aProof(7, 4, { signer: 'edge' }), 'TOKEN_KEY_PURPOSE'],
    ['without a member of the row', proofText(good).replace(/"uetr":"[^"]*"/, '"uetr":null'), 'PROOF_FORM'],
    ['with a member more', proofText(good).replace(/\}$/, ',"more":1}'), 'PROOF_FORM'],
    ['in another spelling', `${proofText(good)}\n`, 'PROOF_FORM'],
    ['in another order', JSON.stringify(Object.fromEntries(Object.entries(good).toReversed())), 'PROOF_FORM'],
    ['that is no JSON', 'proof', 'PROOF_FORM'],
  ];
  return cases.map(([name, proof, expect]) => ({
    name,
    proof: typeof proof === 'string' ? proof : proofText(proof),
    leaf: typeof proof === 'string' ? null : encodeHex(sha256(leafInput(utf8(canonicalRow(proof.row))))),
    expect,
  }));
}
