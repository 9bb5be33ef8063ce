import { type EventSource, reading } from '../../client/event-source.ts';
import { LivePaymentPageDocument, type LivePaymentFragment, LivePaymentsDocument } from '../generated/documents.ts';

export type LivePayment = LivePaymentFragment & { readonly __typename: 'PaymentStatusChanged' };

/** Every event of every payment that the viewer may see, with what a row of a list shows. */
export const PAYMENT_SOURCE: EventSource<LivePayment, never> = {
  live: (begin) => reading(LivePaymentsDocument, { ...begin }, ({ paymentStatusChanged }) => paymentStatusChanged),
  async page(client, { after, first, signal }) {
    const { nodes, pageInfo } = (await client.ask(LivePaymentPageDocument, { after, first }, { signal })).data.paymentEvents;
    return { events: nodes, ...pageInfo };
  },
  snapshot: null,
};
