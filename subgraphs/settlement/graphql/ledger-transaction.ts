import { globalId, wireIdOf } from '../../../kernel/runtime/graphql/global-id.ts';
import { isUuid } from '../../../kernel/core/ids.ts';
import { maySee } from '../app/visibility.ts';
import type { ChainedTransaction } from '../domain/ledger-chain.ts';
import type { AccountKind, LedgerEntry } from '../domain/ledger.ts';
import type { SettlementBuilder, SettlementContext } from './builder.ts';
import type { BusinessDayRef } from './business-day.ts';
import { creditorField, debtorField, type BankStub, type PaymentStub } from './stubs.ts';

const PRIVATE = 'Null for everyone but the two banks and operations.';

interface LedgerRefs {
  readonly bank: BankStub;
  readonly payment: PaymentStub;
  readonly businessDay: BusinessDayRef;
}

/** Ledger transactions, and the one that belongs to a payment. */
export function addLedgerTransaction(builder: SettlementBuilder, refs: LedgerRefs): void {
  const entry = addLedgerEntry(builder, refs.bank);
  const transaction = builder.objectRef<ChainedTransaction>('LedgerTransaction').implement({
    interfaces: ['Node'],
    description:
      'A payment in the ledger, or a step of the settlement of a register: balanced, never changed. A return is a transaction of its own in the other direction.',
    fields: (t) => ({
      id: t.id({ description: 'Global id.', resolve: ({ id }) => globalId('LedgerTransaction', id) }),
      businessDay: t.field({
        type: refs.businessDay,
        description: 'The day that it is settled with.',
        resolve: (parent) => parent.businessDay,
      }),
      lateFrom: t.field({
        type: refs.businessDay,
        resolve: (parent) => parent.lateFrom,
        nullable: true,
        description: 'The day that it belonged to, when that was closed already.',
      }),
      amount: t.field({
        type: 'Money',
        description: 'What the debtor bank owes the creditor bank; in a settlement, what it pays.',
        resolve: ({ amount }) => amount,
      }),
      fee: t.field({
        type: 'Money',
        nullable: true,
        description: 'What the debtor bank keeps of a payment by agreement; null for a step of a settlement.',
        resolve: (parent) => (parent.kind === 'PAYMENT' ? { minor: parent.fee.minor, currency: parent.amount.currency } : null),
      }),
      entries: t.field({ type: [entry], description: 'Debits and credits; they sum to zero.', resolve: ({ entries }) => [...entries] }),
      payment: t.field({
        type: refs.payment,
        nullable: true,
        description: 'The payment; null for a step of a settlement.',
        resolve: (parent) => (parent.kind === 'PAYMENT' ? { guid: parent.paymentGuid } : null),
      }),
      debtorBank: t.field(debtorField(refs.bank, 'The bank that owes: the initiator of a payment.')),
      creditorBank: t.field(creditorField(refs.bank, 'The bank that is owed: the receiver of a payment.')),
      sequence: t.expose('sequence', { type: 'Sequence', description: 'Its place in the ledger, from 1 without gaps.' }),
      hash: t.exposeString('hash', { description: 'SHA-256 over the transaction and the hash before it, in hex.' }),
    }),
  });
  builder.asEntity(transaction, {
    key: builder.selection<{ id: string }>('id'),
    resolveReference: ({ id }, context) => visibleTransaction(id, context),
  });
  builder.queryField('ledgerTransaction', (t) =>
    t.field({
      type: transaction,
      nullable: true,
      requiresScopes: [['settlement:read']],
      description: 'One ledger transaction; null for everyone but its two banks and operations.',
      args: { id: t.arg.id({ required: true, description: 'The global id.' }) },
      resolve: (_root, { id }, context) => visibleTransaction(id, context),
    }),
  );
  addBookingOfPayment(refs.payment, transaction);
}

type TransactionRef = PothosSchemaTypes.ObjectRef<
  SettlementBuilder extends PothosSchemaTypes.SchemaBuilder<infer Types> ? Types : never,
  ChainedTransaction
>;

function addBookingOfPayment(payment: PaymentStub, transaction: TransactionRef): void {
  payment.implement({
    externalFields: (t) => ({ guid: t.string({ description: "The payment's id on the wire." }) }),
    fields: (t) => ({
      ledgerTransaction: t.field({
        type: transaction,
        nullable: true,
        description: `How it is booked; null until it is, a moment after it succeeded. ${PRIVATE}`,
        resolve: async ({ guid }, _args, context) => {
          const found = await context.loadTransactionOfPayment(guid);
          return found && maySee(context.caller, found) ? found : null;
        },
      }),
    }),
  });
}

async function visibleTransaction(id: string, { settlement: { ledger }, caller }: SettlementContext): Promise<ChainedTransaction | null> {
  const wireId = wireIdOf('LedgerTransaction', id);
  const found = wireId && isUuid(wireId) ? await ledger.transaction(wireId) : null;
  return found && maySee(caller, found) ? found : null;
}

function addLedgerEntry(builder: SettlementBuilder, bank: BankStub) {
  const accountKind = builder.enumType('LedgerAccountKind', {
    description: 'The accounts that each bank has towards each bank.',
    values: {
      OBLIGATION: { description: 'What the bank has to pay to the counterparty.' },
      CLAIM: { description: 'What the counterparty has to pay to the bank.' },
      FEE_WITHHELD: { description: 'What the bank keeps of that as its fee.' },
      FEE_CHARGED: { description: 'What the counterparty keeps as its fee.' },
      TRANSIT_OUT: { description: 'A settlement payment of the bank that the local rails have not answered.' },
      TRANSIT_IN: { description: 'A settlement payment of the counterparty that is on its way.' },
    } satisfies Record<AccountKind, object>,
  });
  const side = builder.enumType('LedgerSide', { description: 'Debit or credit.', values: ['DEBIT', 'CREDIT'] as const });
  return builder.objectRef<LedgerEntry>('LedgerEntry').implement({
    description: 'One side of a ledger transaction.',
    fields: (t) => ({
      accountKind: t.field({ type: accountKind, description: "Which of the bank's accounts.", resolve: ({ account }) => account.kind }),
      bank: t.field({
        type: bank,
        nullable: true,
        description: 'Whose account.',
        resolve: ({ account }) => ({ guid: account.bankGuid }),
      }),
      counterparty: t.field({
        type: bank,
        nullable: true,
        description: 'Towards whom.',
        resolve: ({ account }) => ({ guid: account.counterpartyGuid }),
      }),
      side: t.field({ type: side, description: 'Debit or credit.', resolve: ({ signedMinor }) => (signedMinor > 0n ? 'DEBIT' : 'CREDIT') }),
      amount: t.field({
        type: 'Money',
        description: 'How much, positive.',
        resolve: ({ signedMinor, currency }) => ({ minor: signedMinor < 0n ? -signedMinor : signedMinor, currency }),
      }),
    }),
  });
}
