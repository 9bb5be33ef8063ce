import type { PaymentPageView } from '../../schema/payment-page.ts';

/** What the page says of the order. Every state but the first three is the end of the page's work. */
export type PageState = 'WAITING' | 'REJECTED' | 'IN_PROGRESS' | 'PAID' | 'EXPIRED' | 'CANCELED';

type OrderFacts = Pick<PaymentPageView, 'status' | 'cause' | 'rejected'>;

/** As the core tells it. */
export function pageStateOf({ status, cause, rejected }: OrderFacts): PageState {
  switch (status) {
    case 'CREATED':
      return rejected ? 'REJECTED' : 'WAITING';
    case 'IN_PROGRESS':
      return 'IN_PROGRESS';
    case 'SUCCESS':
      return 'PAID';
    case 'CANCELED':
      return cause === 'EXPIRED' ? 'EXPIRED' : 'CANCELED';
    default:
      return status satisfies never;
  }
}

/** What an order's status on the stream means, `version` being its number: an order that is free again has been refused a payment. */
export function pageStateAfter(
  { status, version }: { readonly status: PaymentPageView['status']; readonly version: number },
  { expired }: { readonly expired: boolean },
): PageState {
  return pageStateOf({ status, rejected: version > 1, cause: expired ? 'EXPIRED' : 'MERCHANT' });
}

/** Whether the customer can pay now. */
export function isPayable(state: PageState): boolean {
  return state === 'WAITING' || state === 'REJECTED';
}

/** Whether nothing more will happen. */
export function isOver(state: PageState): boolean {
  return state === 'PAID' || state === 'EXPIRED' || state === 'CANCELED';
}
