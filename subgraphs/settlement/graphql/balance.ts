import { isUuid } from '../../../kernel/core/ids.ts';
import { visibleBalances, visibleOpenBalances } from '../app/visibility.ts';
import type { Balance, OpenBalance } from '../app/ports.ts';
import type { SettlementBuilder } from './builder.ts';
import type { BusinessDayRef } from './business-day.ts';
import { creditorField, debtorField, type BankStub } from './stubs.ts';

/** What banks owe each other. */
export function addBalance(builder: SettlementBuilder, { bank, businessDay }: { bank: BankStub; businessDay: BusinessDayRef }): void {
  const balance = builder.objectRef<Balance>('Balance').implement({
    description: 'What one bank owes another for a business day, gross: the other direction is a balance of its own.',
    fields: (t) => ({
      businessDay: t.field({ type: businessDay, description: 'The day.', resolve: (parent) => parent.businessDay }),
      debtorBank: t.field(debtorField(bank, 'The bank that owes.')),
      creditorBank: t.field(creditorField(bank, 'The bank that is owed.')),
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

/** What stands between banks now, whatever day it is of. */
export function addOpenBalance(builder: SettlementBuilder, bank: BankStub): void {
  const balance = builder.objectRef<OpenBalance>('OpenBalance').implement({
    description:
      'What one bank owes another now, less fees, in three parts that follow each other; the other direction is a balance of its own.',
    fields: (t) => ({
      debtorBank: t.field(debtorField(bank, 'The bank that owes.')),
      creditorBank: t.field(creditorField(bank, 'The bank that is owed.')),
      accrued: t.field({
        type: 'Money',
        description: 'Payments of days whose registers are not made.',
        resolve: ({ accruedMinor: minor, currency }) => ({ minor, currency }),
      }),
      due: t.field({
        type: 'Money',
        description: 'Registers that are to be paid.',
        resolve: ({ dueMinor: minor, currency }) => ({ minor, currency }),
      }),
      inTransit: t.field({
        type: 'Money',
        description: 'Settlement payments that were sent and that the local rails have not answered.',
        resolve: ({ inTransitMinor: minor, currency }) => ({ minor, currency }),
      }),
    }),
  });
  builder.queryField('openBalances', (t) =>
    t.field({
      type: [balance],
      requiresScopes: [['settlement:read']],
      description:
        'What stands between banks now, by pair and direction: all pairs for operations, its own for a bank. What is settled is not in it.',
      args: { bank: t.arg.string({ description: 'Only pairs with this bank, by its guid.' }) },
      resolve: async (_root, { bank: bankGuid }, { settlement: { ledger }, caller }) => {
        if (bankGuid && !isUuid(bankGuid)) return [];
        return [...(await visibleOpenBalances(ledger, caller, bankGuid ?? null))];
      },
    }),
  );
}
