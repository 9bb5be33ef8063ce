import { useQuery } from '@tanstack/react-query';

import { ReviewCountDocument } from '../generated/documents.ts';
import { useCan, useHub } from '../session/hub.tsx';
import { useLivePayments } from './live-payments-context.tsx';

/** As many as are counted: more than that is simply too many. */
const COUNTED_MAX = 100;
/** Between events: decisions of others are no events of payments. */
const ASKED_EVERY_MS = 15_000;

/** How many deliveries and messages wait for a person. A delivery that is parked is counted at once. */
export function useReviewCount(): { readonly total: number; readonly more: boolean } {
  const { client } = useHub();
  const enabled = useCan('review');
  const { parked } = useLivePayments();
  const { data } = useQuery({
    queryKey: ['review', 'count', parked],
    queryFn: async ({ signal }) => (await client.ask(ReviewCountDocument, {}, { signal })).data,
    placeholderData: (previous) => previous,
    refetchInterval: ASKED_EVERY_MS,
    enabled,
  });
  if (!data) return { total: 0, more: false };
  const counts = [data.deliveries.nodes.length, data.parkedMessages.nodes.length];
  return { total: counts.reduce((sum, count) => sum + count, 0), more: counts.includes(COUNTED_MAX) };
}
