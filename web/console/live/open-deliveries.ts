import { useQuery } from '@tanstack/react-query';

import { OpenDeliveriesDocument, type OpenDeliveriesQuery } from '../generated/documents.ts';
import { useCan, useHub } from '../session/hub.tsx';
import { useLiveCount } from './live-payments-context.tsx';

export type OpenDeliveries = OpenDeliveriesQuery['openDeliveries'][number];

/** Between events: that a try failed and another is due, no event tells, or a receiver that is down would fill the log. */
const ASKED_EVERY_MS = 5_000;

/** What receivers still have to answer, asked anew with every event that changes it; null for whoever may not see all receivers. */
export function useOpenDeliveries(): readonly OpenDeliveries[] | null {
  const { client } = useHub();
  const enabled = useCan('review');
  const [parked, recovered] = [useLiveCount('parked'), useLiveCount('recovered')];
  const { data } = useQuery({
    queryKey: ['review', 'open', parked, recovered],
    queryFn: async ({ signal }) => (await client.ask(OpenDeliveriesDocument, {}, { signal })).data.openDeliveries,
    placeholderData: (previous) => previous,
    refetchInterval: ASKED_EVERY_MS,
    enabled,
  });
  return enabled ? (data ?? []) : null;
}

export function receiverOf({ receiverBank, receiverMerchant }: OpenDeliveries): string {
  return receiverBank?.guid ?? receiverMerchant?.uid ?? '';
}
