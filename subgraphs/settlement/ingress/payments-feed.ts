import type { ConsumerOptions } from '../../../kernel/runtime/event-log/consumer.ts';
import { BOOKED_EVENT, bookPayments, readSucceededPayment } from '../app/book-payments.ts';
import type { BookingDeps, OpenLedger } from '../app/ports.ts';

type Handle = ConsumerOptions['handle'];

/** Books the successful payments among a page of the payments log, in the transaction that moves the inbox past the page. */
export function bookingHandler(
  deps: BookingDeps & {
    readonly openLedger: (client: Parameters<Handle>[0]) => Promise<OpenLedger>;
  },
): Handle {
  return async (client, events) => {
    const payments = events.filter((event) => event.type === BOOKED_EVENT).map((event) => readSucceededPayment(event.payload));
    if (payments.length === 0) return;
    await bookPayments(deps, await deps.openLedger(client), payments);
  };
}
