import { GraphQLError } from 'graphql';

import type { BusinessDay } from '../../../kernel/core/time.ts';
import type { SubgraphSchemaTypes } from '../../../kernel/runtime/graphql/schema-types.ts';
import type { SettlementBuilder, SettlementContext } from './builder.ts';

type WithBusinessDay = Omit<SubgraphSchemaTypes<SettlementContext>, 'Scalars'> & {
  Scalars: SubgraphSchemaTypes<SettlementContext>['Scalars'] & { BusinessDay: { Input: BusinessDay; Output: BusinessDay } };
};

const DAY = /^\d{4}-\d{2}-\d{2}$/;

export function addBusinessDay(builder: SettlementBuilder) {
  const own = builder as unknown as PothosSchemaTypes.SchemaBuilder<PothosSchemaTypes.ExtendDefaultTypes<WithBusinessDay>>; // The same builder, which may name one scalar more.
  return own.scalarType('BusinessDay', {
    description: 'A calendar day in Kyiv, YYYY-MM-DD: the day on which payments are settled.',
    serialize: (value) => value,
    parseValue: (value) => {
      if (typeof value !== 'string' || !isDay(value))
        throw new GraphQLError('not a BusinessDay', { extensions: { code: 'BAD_USER_INPUT' } });
      return value;
    },
  });
}

export type BusinessDayRef = ReturnType<typeof addBusinessDay>;

function isDay(text: string): text is BusinessDay {
  const midnight = new Date(`${text}T00:00:00Z`);
  return DAY.test(text) && !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(text);
}
