import type { GraphqlClient } from '../../client/graphql-client.ts';
import { evidenceWith } from '../../../protocol/payment-evidence.ts';
import { PaymentEvidenceDocument, SettlementEvidenceDocument } from '../generated/documents.ts';
import { saveFile } from '../parts/save-file.ts';

/** Gives the evidence of a payment as one file, which `dcm verify` checks. `withSettlement`: the viewer may read ledger and registers. */
export async function saveEvidence(client: GraphqlClient, o: { readonly guid: string; readonly withSettlement: boolean }): Promise<void> {
  const { guid, withSettlement } = o;
  const [{ data }, settlement] = await Promise.all([
    client.ask(PaymentEvidenceDocument, { id: guid }),
    withSettlement ? client.ask(SettlementEvidenceDocument, { guid }) : null,
  ]);
  if (!data.paymentEvidence) throw new Error('there is no such payment');
  const text = evidenceWith(data.paymentEvidence.text, {
    ledger: settlement?.data.ledgerStatement?.token ?? null,
    register_proof: settlement?.data.registerProof?.proof ?? null,
  });
  saveFile(`payment-${guid}.evidence.json`, 'application/json', [text]);
}
