import type pg from 'pg';

import { fail, ok } from '../../../kernel/core/result.ts';
import type { Database } from '../../../kernel/runtime/database.ts';
import { insertEvents } from '../../../kernel/runtime/event-log/outbox.ts';
import type { InRegisterTransaction, LockedRegister, RegisterTransaction } from '../app/register-ports.ts';
import type { RegisterEvent } from '../domain/register.ts';
import { openLedger } from './open-ledger.ts';
import { registerFacts } from './register-events.ts';
import { readSettlementPayments } from './register.reads.ts';
import { REGISTER_COLUMNS, registerOf, viewOf, type RegisterTableRow } from './register-row.ts';

export function createRegisterTransaction(database: Database): InRegisterTransaction {
  return (work) => database.transaction((client) => work(lockedRegisters(client)));
}

/** Locks, in order: the register's row FOR UPDATE (its standing and its settlement payments), then the ledger (open-ledger.ts). */
export function lockedRegisters(client: pg.ClientBase): RegisterTransaction {
  return {
    async lock(number) {
      const { rows } = await client.query<RegisterTableRow>({ name: 'lock-register', text: LOCK, values: [number] });
      const [row] = rows;
      if (!row) return null;
      const view = viewOf(row);
      return { view, register: registerOf(view, await readSettlementPayments(client, number)) };
    },
    async save(locked, event, { after, version, creationDate, operation }) {
      // First, because it alone can find that the id is taken; nothing is written then.
      if (!(await saveSettlementPayment(client, locked, event, creationDate))) return fail({ code: 'SETTLEMENT_PAYMENT_USED' });
      const { number, debtorBankGuid, creditorBankGuid } = locked.view;
      const { state } = after.standing;
      await client.query({ name: 'update-register', text: UPDATE, values: [number, state, version, event.at] });
      const paymentId = event.paymentId;
      if (operation) {
        const { subject, outcome, reason } = operation;
        await client.query({
          name: 'insert-register-operation',
          text: INSERT_OPERATION,
          values: [number, event.at, subject, outcome, reason],
        });
      }
      await insertEvents(client, [
        {
          audience: [debtorBankGuid, creditorBankGuid],
          subject: number,
          version,
          type: event.type,
          payload: { ...registerFacts(locked.view, state), settlementPaymentId: paymentId, reason: operation?.reason ?? null },
          at: event.at,
        },
      ]);
      return ok(undefined);
    },
    openLedger: () => openLedger(client),
  };
}

const LOCK = `select ${REGISTER_COLUMNS} from register where number = $1 for update`;
const UPDATE = 'update register set state = $2, version = $3, updated_at = $4 where number = $1';
const INSERT_OPERATION = 'insert into register_operation (register, at, subject, outcome, reason) values ($1, $2, $3, $4, $5)';
const INSERT_PAYMENT = `
insert into settlement_payment (register, debtor_bank, external_id, state, creation_date, sent_at) values ($1, $2, $3, 'SENT', $4, $5)
on conflict (debtor_bank, external_id) do nothing`;
const END_PAYMENT = `
update settlement_payment set state = $4, ended_at = $5 where register = $1 and debtor_bank = $2 and external_id = $3 and state = 'SENT'`;

/** False when the id was used for another register. */
async function saveSettlementPayment(
  client: pg.ClientBase,
  { view }: LockedRegister,
  event: RegisterEvent,
  creationDate: string | null,
): Promise<boolean> {
  if (event.paymentId === null) return true;
  const key = [view.number, view.debtorBankGuid, event.paymentId];
  switch (event.type) {
    case 'RegisterPaymentSent': {
      const { rowCount } = await client.query({
        name: 'insert-settlement-payment',
        text: INSERT_PAYMENT,
        values: [...key, creationDate, event.at],
      });
      return rowCount === 1;
    }
    case 'RegisterPaymentRejected':
    case 'RegisterPaid': {
      const state = event.type === 'RegisterPaid' ? 'PAID' : 'REJECTED';
      const { rowCount } = await client.query({ name: 'end-settlement-payment', text: END_PAYMENT, values: [...key, state, event.at] });
      if (rowCount !== 1) throw new Error(`register ${view.number} has no settlement payment ${event.paymentId} on its way`);
      return true;
    }
    default:
      return event satisfies never;
  }
}
