import { decimalFromMinor } from '../../core/money.ts';
import type { RequestContext, SubgraphBuilder } from './schema-types.ts';

export function addMoney(builder: SubgraphBuilder<RequestContext>): void {
  builder.objectType('Money', {
    description: 'An amount with its currency.',
    shareable: true,
    fields: (t) => ({
      minor: t.expose('minor', { type: 'MinorUnits', description: 'In minor units: the exact value.' }),
      currency: t.expose('currency', { type: 'CurrencyCode', description: 'The currency that the minor units belong to.' }),
      decimal: t.string({
        description: 'The same amount for people to read, always with two decimals, such as "1500.75".',
        resolve: (money) => decimalFromMinor(money.minor),
      }),
    }),
  });
  builder.inputType('MoneyInput', {
    description: 'An amount with its currency.',
    fields: (t) => ({
      minor: t.field({ type: 'MinorUnits', required: true, description: 'In minor units, as a string of digits.' }),
      currency: t.field({ type: 'CurrencyCode', required: true, description: 'The currency that the minor units belong to.' }),
    }),
  });
}
