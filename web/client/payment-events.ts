import { type EventSource, reading, type StreamBegin } from './event-source.ts';
import { GatewayFailure } from './failure.ts';
import { followEvents } from './follow-events.ts';
import { type EntityFollowing, followingOf } from './following.ts';
import {
  type PaymentEventFragment,
  PaymentEventPageDocument,
  PaymentEventsDocument,
  PaymentSnapshotDocument,
  type PaymentSnapshotQuery,
} from './generated/documents.ts';

export type PaymentEvent = PaymentEventFragment & { readonly __typename: 'PaymentStatusChanged' };
export type PaymentSnapshot = NonNullable<PaymentSnapshotQuery['payment']>;

/** As `followOrders`, for one payment or for all payments of the credential. */
export async function followPayments(
  following: EntityFollowing<PaymentEvent, PaymentSnapshot> & { readonly paymentGuid?: string },
): Promise<void> {
  const { paymentGuid, ...rest } = following;
  await followEvents(followingOf(paymentEvents(paymentGuid ?? null), rest));
}

function paymentEvents(paymentGuid: string | null): EventSource<PaymentEvent, PaymentSnapshot> {
  return {
    live: (begin: StreamBegin) =>
      reading(PaymentEventsDocument, { paymentGuid, ...begin }, ({ paymentStatusChanged }) => paymentStatusChanged),
    async page(client, { after, first, signal }) {
      const { data } = await client.ask(PaymentEventPageDocument, { paymentGuid, after, first }, { signal });
      const { nodes, pageInfo } = data.paymentEvents;
      return { events: nodes, ...pageInfo };
    },
    snapshot:
      paymentGuid === null
        ? null
        : async (client, signal) => {
            const { payment } = (await client.ask(PaymentSnapshotDocument, { guid: paymentGuid }, { signal })).data;
            if (!payment) throw new GatewayFailure('NOT_FOUND', 'There is no such payment', { retryable: false });
            return { value: payment, cursor: payment.eventCursor, includes: ({ paymentVersion }) => paymentVersion <= payment.version };
          },
  };
}
