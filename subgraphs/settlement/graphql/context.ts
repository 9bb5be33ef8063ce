import DataLoader from 'dataloader';

import type { RequestContext } from '../../../kernel/runtime/graphql/schema-types.ts';
import type { LedgerReads } from '../app/ports.ts';
import type { SettlementContext } from './builder.ts';

/** The context of one operation, with a loader of its own: what it knows is as old as the operation. */
export function createSettlementContext(ledger: LedgerReads, request: RequestContext): SettlementContext {
  const transactions = new DataLoader((paymentGuids: readonly string[]) => ledger.transactionsOfPayments(paymentGuids));
  return { ...request, ledger, loadTransactionOfPayment: (paymentGuid) => transactions.load(paymentGuid) };
}
