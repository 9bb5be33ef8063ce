import type { GraphQLSchema } from 'graphql';

import { buildSubgraph } from '../../../kernel/runtime/graphql/builder.ts';
import { addBalance } from './balance.ts';
import { addBusinessDay } from './business-day.ts';
import { createSettlementBuilder } from './builder.ts';
import { addLedgerTransaction } from './ledger-transaction.ts';
import { addStubs } from './stubs.ts';

/** The subgraph's schema. Needs no database: resolvers find everything in their context. */
export function createSettlementSchema(): GraphQLSchema {
  const builder = createSettlementBuilder();
  const stubs = addStubs(builder);
  const businessDay = addBusinessDay(builder);
  addLedgerTransaction(builder, { ...stubs, businessDay });
  addBalance(builder, { bank: stubs.bank, businessDay });
  return buildSubgraph(builder);
}
