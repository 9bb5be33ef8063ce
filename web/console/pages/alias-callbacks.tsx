import { Select } from '@mantine/core';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { AliasCallbackListDocument, type AliasCallbackListQuery, type AliasCallbackState } from '../generated/documents.ts';
import { When } from '../parts/bits.tsx';
import { CALLBACK_WORDS, StateChip } from '../parts/chip.tsx';
import { type Column, KeysetTable } from '../parts/keyset-table.tsx';
import { bankName, type Names, useNames } from '../parts/names.ts';
import { Panel } from '../parts/panel.tsx';
import { useHub } from '../session/hub.tsx';
import { lastAnswer } from './last-answer.ts';

type Row = AliasCallbackListQuery['aliasCallbacks']['nodes'][number];

/** How banks that lost a number were told of it. */
export function AliasCallbackPanel({ changes }: { readonly changes: number }) {
  const { client } = useHub();
  const names = useNames();
  const [state, setState] = useState<AliasCallbackState>('DELIVERED');
  const pages = useInfiniteQuery({
    queryKey: ['alias-callbacks', state, changes],
    queryFn: async ({ pageParam, signal }) =>
      (await client.ask(AliasCallbackListDocument, { state, after: pageParam }, { signal })).data.aliasCallbacks,
    initialPageParam: null as string | null,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
    staleTime: 0, // One who comes back sees what happened meanwhile.
    placeholderData: keepPreviousData,
  });
  const choice = (
    <Select
      size="xs"
      aria-label="State of the callbacks"
      allowDeselect={false}
      data={Object.entries(CALLBACK_WORDS).map(([value, [, label]]) => ({ value, label }))}
      value={state}
      onChange={(value) => value && setState(value as AliasCallbackState)}
    />
  );
  return (
    <Panel title="Banks that were told they lost a number" aside={choice} flush>
      <KeysetTable
        label="Callbacks of changes"
        columns={columns(names)}
        rows={pages.data?.pages.flatMap(({ nodes }) => nodes) ?? []}
        keyOf={({ callbackGuid }) => callbackGuid}
        pages={pages}
        empty="No callback stands so"
      />
    </Panel>
  );
}

function columns(names: Names): readonly Column<Row>[] {
  return [
    { title: 'Changed', cell: ({ createdAt }) => <When at={createdAt} /> },
    { title: 'Number', cell: ({ alias }) => <span className="num">{alias?.phone ?? '—'}</span> },
    { title: 'Bank', cell: ({ bank }) => bankName(names, bank) },
    { title: 'Tries', end: true, cell: ({ attempts }) => <span className="num">{attempts.length}</span> },
    { title: 'Last answer', cell: ({ attempts }) => lastAnswer(attempts) },
    { title: 'Decided', cell: ({ outcomeReason }) => outcomeReason ?? '' },
    { title: 'State', end: true, cell: ({ state }) => <StateChip state={state} words={CALLBACK_WORDS} /> },
  ];
}
