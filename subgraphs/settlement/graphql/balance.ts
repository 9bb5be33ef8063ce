import { isUuid } from '../../../kernel/core/ids.ts';
import { visibleBalances } from '../app/visibility.ts';
import type { Balance } from '../app/ports.ts';
import type { SettlementBuilder } from './builder.ts';
import type { BusinessDayRef } from './business-day.ts';
import type { BankStub } from './stubs.ts';

/** What banks owe each other. */
export function addBalance(builder: SettlementBuilder, { bank, businessDay }: { bank: BankStub; businessDay: BusinessDayRef }): void {
  const balance = builder.objectRef<Balance>('Balance').implement({
    description: 'What one bank owes another for a business day, gross: the other direction is a balance of its own.',
    fields: (t) => ({
      businessDay: t.field({ type: businessDay, description: 'The day.', resolve: (parent) => parent.businessDay }),
      debtorBank: t.field({
        type: bank,
        nullable: true,
        description: 'The bank that owes.',
        resolve: ({ debtorBankGuid }) => ({ guid: debtorBankGuid }),
      }),
      creditorBank: t.field({
        type: bank,
        nullable: true,
        description: 'The bank that is owed.',
        resolve: ({ creditorBankGuid }) => ({ guid: creditorBankGuid }),
      }),
      amount: t.field({
        type: 'Money',
        description: 'The sum of the ledger entries.',
        resolve: ({ minor, currency }) => ({ minor, currency }),
      }),
      fees: t.field({
        type: 'Money',
        description: 'What the bank that owes keeps of it by agreement.',
        resolve: ({ feeMinor, currency }) => ({ minor: feeMinor, currency }),
      }),
      paymentCount: t.exposeInt('paymentCount', { description: 'How many payments it sums.' }),
    }),
  });
  builder.queryField('balances', (t) =>
    t.field({
      type: [balance],
      requiresScopes: [['settlement:read']],
      description: 'What banks owe each other for a day, by pair and direction: all pairs for operations, its own for a bank.',
      args: {
        day: t.arg({ type: businessDay, required: true, description: 'The day.' }),
        bank: t.arg.string({ description: 'Only pairs with this bank, by its guid.' }),
      },
      resolve: async (_root, { day, bank: bankGuid }, { settlement: { ledger }, caller }) => {
        if (bankGuid && !isUuid(bankGuid)) return [];
        return [...(await visibleBalances(ledger, caller, { businessDay: day, bankGuid: bankGuid ?? null }))];
      },
    }),
  );
}
