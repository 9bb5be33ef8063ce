import { GraphQLError } from 'graphql';

import { rangesOf, visiblePeriod, type PairRange, type PeriodTotals, type ReconciledPeriod } from '../app/reconcile-pair.ts';
import type { SettlementBuilder } from './builder.ts';
import type { BusinessDayRef } from './business-day.ts';
import { creditorField, debtorField, type BankStub, type PaymentStub } from './stubs.ts';

interface Refs {
  readonly bank: BankStub;
  readonly payment: PaymentStub;
  readonly businessDay: BusinessDayRef;
}

type Reconciliation = ReconciledPeriod & PeriodTotals;

/** What the hub has of a pair, as its banks compare it with their own books. */
export function addReconciliation(builder: SettlementBuilder, { bank, payment, businessDay }: Refs): void {
  const range = addRange(builder, payment);
  const reconciliation = builder.objectRef<Reconciliation>('Reconciliation').implement({
    description:
      'The payments of one direction of a pair on the closed days of a period, to be compared with a bank’s own book by digests (protocol/reconciliation.ts).',
    fields: (t) => ({
      debtorBank: t.field(debtorField(bank, 'The bank that owes.')),
      creditorBank: t.field(creditorField(bank, 'The bank that is owed.')),
      from: t.field({ type: businessDay, description: 'Its first day.', resolve: (parent) => parent.from }),
      to: t.field({ type: businessDay, description: 'Its last day, which is closed.', resolve: (parent) => parent.to }),
      paymentCount: t.exposeInt('count', { description: 'How many payments it has.' }),
      total: t.field({
        type: 'Money',
        description: 'The sum of their amounts, without fees.',
        resolve: ({ amount }) => amount,
      }),
      ranges: t.field({
        type: [range],
        description: 'Ranges of its payments, in the order of the question.',
        args: {
          prefixes: t.arg.stringList({
            required: true,
            description: 'Prefixes of guids without hyphens, in lower case; the empty one is everything. At most 16.',
          }),
        },
        resolve: async (parent, { prefixes }, { settlement }) => {
          const found = await rangesOf(settlement.reconciliation, parent, prefixes);
          if (found.ok) return [...found.value];
          throw new GraphQLError('prefixes are up to 16, each of up to 32 hexadecimal digits', { extensions: { code: 'BAD_USER_INPUT' } });
        },
      }),
    }),
  });
  builder.queryField('reconciliation', (t) =>
    t.field({
      type: reconciliation,
      nullable: true,
      requiresScopes: [['settlement:read']],
      description:
        'What is booked from one bank to another in a period; null for everyone but the two banks and operations, and until the last day of the period is closed.',
      args: {
        debtorBank: t.arg.string({ required: true, description: 'The bank that owes, by its guid.' }),
        creditorBank: t.arg.string({ required: true, description: 'The bank that is owed, by its guid.' }),
        from: t.arg({ type: businessDay, required: true, description: 'The first day.' }),
        to: t.arg({ type: businessDay, required: true, description: 'The last day.' }),
      },
      resolve: async (_root, { debtorBank: debtorBankGuid, creditorBank: creditorBankGuid, from, to }, { settlement, caller }) => {
        const asked = { debtorBankGuid, creditorBankGuid, from, to };
        const period = await visiblePeriod(settlement.operations.dayState, caller, asked);
        return period && { ...period, ...(await settlement.reconciliation.totals(period)) };
      },
    }),
  );
}

function addRange(builder: SettlementBuilder, payment: PaymentStub) {
  const part = builder.objectRef<PairRange['parts'][number]>('ReconciliationPart').implement({
    description: 'A sixteenth of a range: the payments whose guids go on with one digit.',
    fields: (t) => ({
      prefix: t.exposeString('prefix', { description: 'The digits that its guids begin with.' }),
      paymentCount: t.exposeInt('count', { description: 'How many payments it has.' }),
      digest: t.exposeString('digest', { description: 'The digest of its payments, in hex.' }),
    }),
  });
  const row = builder.objectRef<PairRange['payments'][number]>('ReconciledPayment').implement({
    description: 'A payment as it is compared.',
    fields: (t) => ({
      payment: t.field({ type: payment, nullable: true, description: 'The payment.', resolve: ({ guid }) => ({ guid }) }),
      paymentGuid: t.exposeString('guid', { description: 'Its id on the wire.' }),
      pmType: t.exposeString('pmType', { description: '`trade`, `p2p` or `return`.' }),
      amount: t.field({
        type: 'Money',
        description: 'Its amount, without fees.',
        resolve: ({ amountMinor, currency }) => ({ minor: amountMinor, currency }),
      }),
    }),
  });
  return builder.objectRef<PairRange>('ReconciliationRange').implement({
    description: 'The payments whose guids begin with a prefix: up to 32 are listed, more are given in parts.',
    fields: (t) => ({
      prefix: t.exposeString('prefix', { description: 'The digits that its guids begin with.' }),
      paymentCount: t.exposeInt('count', { description: 'How many payments it has.' }),
      digest: t.exposeString('digest', { description: 'The digest of its payments, in hex.' }),
      parts: t.field({
        type: [part],
        description: 'Its parts that have payments; none where it is listed.',
        resolve: ({ parts }) => [...parts],
      }),
      payments: t.field({
        type: [row],
        description: 'Its payments in the order of their guids; none where it is given in parts.',
        resolve: ({ payments }) => [...payments],
      }),
    }),
  });
}
