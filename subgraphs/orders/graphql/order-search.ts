import type { Money } from '../../../kernel/core/money.ts';
import type { OrderFilter } from '../app/ports.ts';
import type { OrdersBuilder } from './builder.ts';

interface OrderSearchArgument {
  readonly reference?: string | null | undefined;
  readonly amount?: Money | null | undefined;
  readonly from?: Date | null | undefined;
  readonly until?: Date | null | undefined;
}

export function addOrderSearch(builder: OrdersBuilder) {
  return builder.inputType('OrderSearchInput', {
    description: 'What is known of an order. All of it has to fit.',
    fields: (t) => ({
      reference: t.string({ description: 'The merchant’s own order number, whole.' }),
      amount: t.field({ type: 'MoneyInput', description: 'Exactly this amount.' }),
      from: t.field({ type: 'DateTime', description: 'Made at this moment or later.' }),
      until: t.field({ type: 'DateTime', description: 'Made before this moment.' }),
    }),
  });
}

export function orderSearchOf(asked: OrderSearchArgument | null | undefined): Pick<OrderFilter, 'reference' | 'amount' | 'from' | 'until'> {
  const { reference, amount, from, until } = asked ?? {};
  return { reference: reference ?? undefined, amount: amount ?? undefined, from: from ?? undefined, until: until ?? undefined };
}
