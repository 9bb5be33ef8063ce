import { isUuid } from '../../../kernel/core/ids.ts';
import { stateTransaction } from '../app/state-transaction.ts';
import { maySee } from '../app/visibility.ts';
import type { SettlementBuilder } from './builder.ts';

/** The signed statement about a payment's ledger transaction, for evidence. */
export function addLedgerStatement(builder: SettlementBuilder): void {
  const statement = builder.objectRef<{ readonly token: string }>('LedgerStatement').implement({
    description: 'What the hub signs of the ledger transaction of a payment, its place in the chain of hashes included.',
    fields: (t) => ({ token: t.exposeString('token', { description: 'A JWT of the hub: the member `ledger` of an evidence file.' }) }),
  });
  builder.queryField('ledgerStatement', (t) =>
    t.field({
      type: statement,
      nullable: true,
      requiresScopes: [['settlement:read']],
      description: 'The signed ledger transaction of a payment; null for everyone but its banks and operations, and until it is booked.',
      args: { paymentGuid: t.arg.string({ required: true, description: 'The id of the payment on the wire.' }) },
      resolve: async (_root, { paymentGuid }, { settlement, caller, loadTransactionOfPayment }) => {
        const found = isUuid(paymentGuid) ? await loadTransactionOfPayment(paymentGuid) : null;
        return found && maySee(caller, found) ? { token: await stateTransaction(settlement.statements, found) } : null;
      },
    }),
  );
}
