import { type EvidenceReport, verifyPaymentEvidence } from '../../protocol/client/verify-payment-evidence.ts';
import { importJwkSet, JWK_SET_PATH, type JwkSet } from '../../protocol/jwk-set.ts';
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

/** What the hub's published keys say of the evidence that operations are given. */
export async function checkedEvidence(
  hub: {
    readonly sandbox: { readonly edge: string; readonly ops: { readonly token: string } };
    graphql(document: string, variables: Record<string, unknown>, token: string): Promise<{ readonly data: any }>; // oxlint-disable-line typescript/no-explicit-any -- the shape is the document's
  },
  guid: string,
): Promise<EvidenceReport> {
  const text = await wholeEvidence(
    async (document, variables) => (await hub.graphql(document, variables, hub.sandbox.ops.token)).data,
    guid,
  );
  const jwks = (await (await fetch(`${hub.sandbox.edge}${JWK_SET_PATH}`)).json()) as JwkSet; // The hub's own.
  return verifyPaymentEvidence(text, await importJwkSet(jwks));
}
