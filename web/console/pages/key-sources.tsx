import { useInfiniteQuery } from '@tanstack/react-query';

import { KeySourceListDocument, type KeySourceListQuery } from '../generated/documents.ts';
import { When } from '../parts/bits.tsx';
import { KEY_SOURCE_WORDS, StateChip } from '../parts/chip.tsx';
import { type Column, KeysetTable } from '../parts/keyset-table.tsx';
import { type Names, useNames } from '../parts/names.ts';
import { Panel } from '../parts/panel.tsx';
import { useHub } from '../session/hub.tsx';

type Source = KeySourceListQuery['keySources']['nodes'][number];

const REFRESH_MS = 15_000;

/** The key sets that the hub reads again and again, and whether it still can. */
export function KeySources() {
  const { client } = useHub();
  const names = useNames();
  const pages = useInfiniteQuery({
    queryKey: ['key-sources'],
    queryFn: async ({ pageParam, signal }) => (await client.ask(KeySourceListDocument, { after: pageParam }, { signal })).data.keySources,
    initialPageParam: null as string | null,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
    refetchInterval: REFRESH_MS,
  });
  const rows = pages.data?.pages.flatMap(({ nodes }) => nodes) ?? [];
  if (rows.length === 0) return null;
  return (
    <Panel title="Key sets that the hub follows" flush>
      <KeysetTable
        label="Key sets"
        columns={columns(names)}
        rows={rows}
        keyOf={({ participantId }) => participantId}
        pages={pages}
        empty="No key set is followed"
      />
    </Panel>
  );
}

function columns(names: Names): readonly Column<Source>[] {
  return [
    {
      title: 'Participant',
      cell: ({ participantId, url }) => (
        <span className="two-lines">
          {names.banks.get(participantId) ?? names.merchants.get(participantId) ?? participantId}
          <span className="ellipsis">{url}</span>
        </span>
      ),
    },
    { title: 'Last read', cell: ({ lastReadAt }) => (lastReadAt === null ? 'never' : <When at={lastReadAt} />) },
    { title: 'Next', cell: ({ nextPollAt }) => (nextPollAt === null ? 'not any more' : <When at={nextPollAt} />) },
    {
      title: 'What is wrong',
      cell: ({ lastFailure, failures, unusedKeys }) => (
        <>
          {failures > 0 ? `${lastFailure ?? 'it could not be read'}, ${failures} in a row. ` : ''}
          {unusedKeys.map(({ kid, code }) => `${kid ?? 'a key without kid'}: ${code}`).join('; ')}
        </>
      ),
    },
    { title: 'State', end: true, cell: ({ state }) => <StateChip state={state} words={KEY_SOURCE_WORDS} /> },
  ];
}
