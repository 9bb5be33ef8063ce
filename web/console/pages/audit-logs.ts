import type { GraphqlClient, TypedDocument } from '../../client/graphql-client.ts';
import {
  AliasAuditDocument,
  type AliasAuditQuery,
  type AliasAuditQueryVariables,
  OrderAuditDocument,
  ParticipantAuditDocument,
  PaymentAuditDocument,
  SettlementAuditDocument,
} from '../generated/documents.ts';

/** Every log has the same questions under names of its own. */
type AuditDocument = TypedDocument<AliasAuditQuery, AliasAuditQueryVariables>;

export type LogName = 'participants' | 'payments' | 'orders' | 'aliases' | 'settlement';

export const LOGS: readonly { readonly name: LogName; readonly label: string; readonly document: AuditDocument }[] = [
  { name: 'participants', label: 'Participants', document: ParticipantAuditDocument },
  { name: 'payments', label: 'Payments', document: PaymentAuditDocument },
  { name: 'orders', label: 'Orders', document: OrderAuditDocument },
  { name: 'aliases', label: 'Aliases', document: AliasAuditDocument },
  { name: 'settlement', label: 'Settlement', document: SettlementAuditDocument },
];

/** Reads a page of one log, and where the log ends. Throws GatewayFailure also when its subgraph alone is away. */
export async function readAudit(
  client: GraphqlClient,
  log: LogName,
  variables: AliasAuditQueryVariables,
  signal: AbortSignal,
): Promise<AliasAuditQuery> {
  const document = LOGS.find(({ name }) => name === log)?.document ?? AliasAuditDocument;
  return (await client.ask(document, variables, { signal })).data;
}
