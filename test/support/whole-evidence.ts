import { evidenceWith } from '../../protocol/payment-evidence.ts';

const WHOLE = `query ($id: ID!, $guid: String!) {
  paymentEvidence(paymentGuid: $id) { text } ledgerStatement(paymentGuid: $guid) { token } registerProof(paymentGuid: $guid) { proof } }`;

/** The evidence of a payment as a client puts it together from the two subgraphs that know of it. */
export async function wholeEvidence(
  ask: (document: string, variables: Record<string, unknown>) => Promise<Record<string, any>>, // oxlint-disable-line typescript/no-explicit-any -- the shape is the document's
  guid: string,
): Promise<string> {
  const { paymentEvidence, ledgerStatement, registerProof } = await ask(WHOLE, { id: guid, guid });
  return evidenceWith(paymentEvidence.text, { ledger: ledgerStatement?.token ?? null, register_proof: registerProof?.proof ?? null });
}
