import DataLoader from 'dataloader';

import type { RequestContext } from '../../../kernel/runtime/graphql/schema-types.ts';
import type { RegisterView } from '../app/register-ports.ts';
import type { SettlementApi, SettlementContext } from './builder.ts';

/** The context of one operation, with loaders of its own. */
export function createSettlementContext(settlement: SettlementApi, request: RequestContext): SettlementContext {
  const transactions = new DataLoader((paymentGuids: readonly string[]) => settlement.ledger.transactionsOfPayments(paymentGuids));
  // It remembers nothing: a subscription lives long, and a register changes meanwhile.
  const registers = new DataLoader<string, RegisterView | null>(
    async (numbers) => {
      const found = await settlement.registers.byNumbers(numbers);
      return numbers.map((number) => found.get(number) ?? null);
    },
    { cache: false },
  );
  return {
    ...request,
    settlement,
    loadTransactionOfPayment: (paymentGuid) => transactions.load(paymentGuid),
    loadRegister: (number) => registers.load(number),
  };
}
