import type { GraphQLSchema } from 'graphql';

import { buildSubgraph } from '../../../kernel/runtime/graphql/builder.ts';
import type { SubgraphBuilder } from '../../../kernel/runtime/graphql/schema-types.ts';
import { addBalance } from './balance.ts';
import { createSettlementBuilder, type SettlementContext } from './builder.ts';
import { addLedgerTransaction } from './ledger-transaction.ts';
import { addStubs } from './stubs.ts';

/** The subgraph's schema. Needs no database: resolvers find everything in their context. */
export function createSettlementSchema(): GraphQLSchema {
  const builder = createSettlementBuilder();
  const stubs = addStubs(builder);
  addLedgerTransaction(builder, stubs);
  addBalance(builder, stubs.bank);
  return buildSubgraph(builder as unknown as SubgraphBuilder<SettlementContext>); // The same builder, see builder.ts.
}
