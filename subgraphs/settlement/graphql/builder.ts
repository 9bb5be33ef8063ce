import { createSubgraphBuilder } from '../../../kernel/runtime/graphql/builder.ts';
import type { RequestContext, SubgraphBuilder } from '../../../kernel/runtime/graphql/schema-types.ts';
import type { LedgerReads } from '../app/ports.ts';
import type { ChainedTransaction } from '../domain/ledger-chain.ts';

/** The context of one operation; the loader gathers the payments of a page into one read. */
export interface SettlementContext extends RequestContext {
  readonly ledger: LedgerReads;
  loadTransactionOfPayment(paymentGuid: string): Promise<ChainedTransaction | null>;
}

export type SettlementBuilder = SubgraphBuilder<SettlementContext>;

export function createSettlementBuilder(): SettlementBuilder {
  // The enum needs a value; settlement has no mutation yet that could be refused.
  return createSubgraphBuilder<SettlementContext>({ errorCodes: ['IDEMPOTENCY_MISMATCH'], mutations: false, subscriptions: false }).builder;
}
