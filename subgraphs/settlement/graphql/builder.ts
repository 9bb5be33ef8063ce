import { GraphQLError } from 'graphql';

import type { BusinessDay } from '../../../kernel/core/time.ts';
import { createSubgraphBuilder } from '../../../kernel/runtime/graphql/builder.ts';
import type { RequestContext, SubgraphSchemaTypes } from '../../../kernel/runtime/graphql/schema-types.ts';
import type { LedgerReads } from '../app/ports.ts';
import type { ChainedTransaction } from '../domain/ledger-chain.ts';

/** The context of one operation; the loader gathers the payments of a page into one read. */
export interface SettlementContext extends RequestContext {
  readonly ledger: LedgerReads;
  loadTransactionOfPayment(paymentGuid: string): Promise<ChainedTransaction | null>;
}

type SettlementSchemaTypes = Omit<SubgraphSchemaTypes<SettlementContext>, 'Scalars'> & {
  Scalars: SubgraphSchemaTypes<SettlementContext>['Scalars'] & { BusinessDay: { Input: BusinessDay; Output: BusinessDay } };
};

export type SettlementTypes = PothosSchemaTypes.ExtendDefaultTypes<SettlementSchemaTypes>;
export type SettlementBuilder = PothosSchemaTypes.SchemaBuilder<SettlementTypes>;

const DAY = /^\d{4}-\d{2}-\d{2}$/;

export function createSettlementBuilder(): SettlementBuilder {
  // The enum needs a value; settlement has no mutation yet that could be refused.
  const shared = createSubgraphBuilder<SettlementContext>({ errorCodes: ['IDEMPOTENCY_MISMATCH'], mutations: false, subscriptions: false });
  const builder = shared.builder as unknown as SettlementBuilder; // The same builder, which knows one scalar more once it is added below.
  builder.scalarType('BusinessDay', {
    description: 'A calendar day in Kyiv, YYYY-MM-DD: the day on which payments are settled.',
    serialize: (value) => value,
    parseValue: (value) => {
      if (typeof value !== 'string' || !isDay(value))
        throw new GraphQLError('not a BusinessDay', { extensions: { code: 'BAD_USER_INPUT' } });
      return value;
    },
  });
  return builder;
}

function isDay(text: string): text is BusinessDay {
  const midnight = new Date(`${text}T00:00:00Z`);
  return DAY.test(text) && !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(text);
}
