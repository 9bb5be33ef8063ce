import type { OrderSnapshot } from '../../../schema/commands/orders.ts';
import type { Participants } from '../app/ports.ts';
import type { Delivery } from '../domain/delivery.ts';

/**
 * Where a callback goes now: a bank's route of the directory in use, a merchant's address as its order stored it. Null when the bank
 * has no such route (any more); that counts as a try without an answer, so it is retried and then shown.
 */
export function callbackAddress(delivery: Delivery, participants: Participants, order: OrderSnapshot | null): string | null {
  if (delivery.receiver.kind === 'merchant') return order?.merchantCallbackUrl ?? null;
  const routes = participants.bankByGuid(delivery.receiver.id)?.routes;
  if (!routes) return null;
  switch (delivery.callbackType) {
    case 'pay-in':
    case 'merchant-pay-in':
    case 'merchant-pay-out':
    case 'reject-notice':
      return routes.payIn;
    case 'pay-out':
      return routes.payOut;
    case 'credit':
      return routes.credit;
    default:
      return delivery.callbackType satisfies never;
  }
}
