import { businessDayOf } from '../../../kernel/core/time.ts';
import { paymentEventSchemas, type PaymentEventType } from '../../../schema/events/payments.ts';
import { bookingDayFor } from '../domain/business-day.ts';
import { chain } from '../domain/ledger-chain.ts';
import { createFeeTable, feeOf } from '../domain/fee.ts';
import { bookPayment, type LedgerTransaction, type SucceededPayment } from '../domain/ledger.ts';
import type { BookingDeps, OpenLedger } from './ports.ts';

/** The event of payments that is booked. */
export const BOOKED_EVENT = 'PaymentSucceeded' satisfies PaymentEventType;

/** Reads a PaymentSucceeded. Throws when it is not one: then the event is parked for people to look at. */
export function readSucceededPayment(payload: unknown): SucceededPayment {
  const event = paymentEventSchemas.PaymentSucceeded.parse(payload);
  const { paymentGuid, pmType, initiatorBankGuid, receiverBankGuid, currency } = event;
  const { externalId, debtorAccount, creditorAccount, purpose } = event;
  return {
    paymentGuid,
    pmType,
    initiatorBankGuid,
    receiverBankGuid,
    amount: { minor: BigInt(event.amountMinor), currency },
    succeededAt: new Date(event.succeededAt),
    details: { externalId, debtorAccount, creditorAccount, purpose },
  };
}

/**
 * Books payments, each once however often it comes, in the order given, with the fee that its banks agreed on for the day of its success. Runs inside the
 * transaction of `ledger`. Throws when a payment cannot be booked, which only a malformed event can cause.
 */
export async function bookPayments(deps: BookingDeps, ledger: OpenLedger, payments: readonly SucceededPayment[]): Promise<void> {
  const dayOf = new Map(payments.map((payment) => [payment.paymentGuid, businessDayOf(payment.succeededAt)]));
  const now = deps.now();
  const today = businessDayOf(now);
  const { booked, days } = await ledger.look([...dayOf.keys()], [...new Set([...dayOf.values(), today])]);
  const due = new Map(payments.filter(({ paymentGuid }) => !booked.has(paymentGuid)).map((payment) => [payment.paymentGuid, payment]));
  if (due.size === 0) return;

  const ruleFor = createFeeTable(await ledger.feeRules());
  const transactions = [...due.values()].map((payment): LedgerTransaction => {
    const dayOfSuccess = dayOf.get(payment.paymentGuid) ?? today;
    const fee = feeOf(payment.amount.minor, ruleFor(payment, dayOfSuccess));
    const transaction = bookPayment(payment, deps.nextId(), bookingDayFor(dayOfSuccess, days, today), fee);
    if (!transaction.ok) throw new Error(`payment ${payment.paymentGuid} cannot be booked: ${transaction.failure.code}`);
    return transaction.value;
  });
  await ledger.append(chain(ledger.head, transactions, deps.sha256), now);
}
