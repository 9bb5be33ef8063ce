import type { LoggedEvent } from '../../../kernel/runtime/event-log/feed.ts';
import { p2pEventSchemas } from '../../../schema/events/payments.ts';
import type { PaidLookUp } from '../app/look-up.ts';

/** Of the log of payments only this concerns look-ups. */
export function isOrderPaid({ type }: Pick<LoggedEvent, 'type'>): boolean {
  return type === 'P2pOrderPaid';
}

/** What the log of payments says about look-ups: which were paid. Throws for an event that is not as published. */
export function paidLookUps(events: readonly LoggedEvent[]): readonly PaidLookUp[] {
  return events.filter(isOrderPaid).flatMap(({ payload }) => {
    const { askedBy } = p2pEventSchemas.P2pOrderPaid.parse(payload);
    return askedBy ?? [];
  });
}
