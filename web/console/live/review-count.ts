import { useQuery } from '@tanstack/react-query';

import type { TypedDocument } from '../../client/graphql-client.ts';
import { AliasReviewCountDocument, RegisterReviewCountDocument, ReviewCountDocument } from '../generated/documents.ts';
import type { Ability } from '../session/abilities.ts';
import { useCan, useHub } from '../session/hub.tsx';
import { useLiveCount } from './live-payments-context.tsx';

/** As many as are counted: more than that is simply too many. */
const COUNTED_MAX = 100;
/** Between events: decisions of others are no events of payments. */
const ASKED_EVERY_MS = 5_000;

export interface ReviewCount {
  readonly total: number;
  /** Some kind has more than are counted. */
  readonly more: boolean;
  /** By kind, in words; none that nothing waits of. */
  readonly kinds: readonly string[];
}

/** How much waits for a person, of what the viewer may see. A delivery that is parked is counted at once. */
export function useReviewCount(): ReviewCount {
  const parked = useLiveCount('parked');
  const payments = useCount('review', ReviewCountDocument, parked);
  const aliases = useCount('aliasHistory', AliasReviewCountDocument, 0);
  const registers = useCount('settle', RegisterReviewCountDocument, 0);
  const counts = [
    [payments?.deliveries.nodes.length ?? 0, 'deliveries'],
    [payments?.parkedMessages.nodes.length ?? 0, 'messages'],
    [registers?.registerCallbacks.nodes.length ?? 0, 'callbacks about registers'],
    [aliases?.aliasCallbacks.nodes.length ?? 0, 'callbacks about aliases'],
  ] as const;
  return {
    total: counts.reduce((sum, [count]) => sum + count, 0),
    more: counts.some(([count]) => count === COUNTED_MAX),
    kinds: counts.filter(([count]) => count > 0).map(([count, what]) => `${what}: ${count}`),
  };
}

function useCount<Result>(needs: Ability, document: TypedDocument<Result, Record<string, never>>, seen: number): Result | undefined {
  const { client } = useHub();
  return useQuery({
    queryKey: ['review', 'count', needs, seen],
    queryFn: async ({ signal }) => (await client.ask(document, {}, { signal })).data,
    placeholderData: (previous) => previous,
    refetchInterval: ASKED_EVERY_MS,
    enabled: useCan(needs),
  }).data;
}
