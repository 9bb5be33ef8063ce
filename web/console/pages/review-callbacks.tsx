import { Button } from '@mantine/core';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';

import { AliasCallbackListDocument, RegisterCallbackListDocument } from '../generated/documents.ts';
import { When } from '../parts/bits.tsx';
import { type Column, KeysetTable, type Pages } from '../parts/keyset-table.tsx';
import { bankName, type Names, useNames } from '../parts/names.ts';
import { Panel } from '../parts/panel.tsx';
import { useCan, useHub } from '../session/hub.tsx';
import { type CallbackKind, ResolveCallback, RetryCallback } from './callback-forms.tsx';
import { lastAnswer } from './last-answer.ts';

const REFRESH_MS = 10_000;

/** A callback that a bank would not hear, whatever it tells of. */
export interface CallbackRow {
  readonly callbackGuid: string;
  readonly bank: { readonly guid: string } | null;
  readonly createdAt: string;
  readonly attempts: readonly { readonly status: number | null; readonly error: string | null; readonly startedAt: string }[];
  readonly about: ReactNode;
}

/** "Gross settlement": registers that a bank was not told of. */
export function RegisterCallbacks() {
  const { client } = useHub();
  const pages = useInfiniteQuery({
    queryKey: ['review', 'registers'],
    queryFn: async ({ pageParam, signal }) =>
      (await client.ask(RegisterCallbackListDocument, { after: pageParam }, { signal })).data.registerCallbacks,
    initialPageParam: null as string | null,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
    refetchInterval: REFRESH_MS,
  });
  const rows = pages.data?.pages.flatMap(({ nodes }) => nodes) ?? [];
  return (
    <CallbacksInReview
      title="Registers that banks were not told of"
      kind="REGISTER"
      decides={useCan('settle')}
      pages={pages}
      rows={rows.map((row) => ({
        ...row,
        about: row.register ? (
          <Link to="/registers/$id" params={{ id: row.register.id }} className="mono">
            {row.register.number}
          </Link>
        ) : (
          '—'
        ),
      }))}
    />
  );
}

/** "Alias updated": numbers that a bank was not told it has lost. */
export function AliasCallbacks() {
  const { client } = useHub();
  const pages = useInfiniteQuery({
    queryKey: ['review', 'aliases'],
    queryFn: async ({ pageParam, signal }) =>
      (await client.ask(AliasCallbackListDocument, { state: 'MANUAL_REVIEW', after: pageParam }, { signal })).data.aliasCallbacks,
    initialPageParam: null as string | null,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
    refetchInterval: REFRESH_MS,
  });
  const rows = pages.data?.pages.flatMap(({ nodes }) => nodes) ?? [];
  return (
    <CallbacksInReview
      title="Phone numbers that banks were not told they lost"
      kind="ALIAS"
      decides={useCan('aliasDecide')}
      pages={pages}
      rows={rows.map((row) => ({ ...row, about: <span className="num">{row.alias?.phone ?? '—'}</span> }))}
    />
  );
}

type Open = { readonly how: 'retry' | 'resolve'; readonly row: CallbackRow };

function CallbacksInReview(o: {
  readonly title: string;
  readonly kind: CallbackKind;
  readonly decides: boolean;
  readonly pages: Pages;
  readonly rows: readonly CallbackRow[];
}) {
  const names = useNames();
  const queries = useQueryClient();
  const [open, setOpen] = useState<Open | null>(null);
  const close = (): void => {
    setOpen(null);
    void queries.invalidateQueries({ queryKey: ['review'] });
  };
  const form = open && { key: open.row.callbackGuid, kind: o.kind, callbackGuid: open.row.callbackGuid, onClose: close };
  return (
    <Panel title={o.title} flush>
      <KeysetTable
        label={o.title}
        columns={columns(names, o.decides ? setOpen : null)}
        rows={o.rows}
        keyOf={({ callbackGuid }) => callbackGuid}
        pages={o.pages}
        empty="No callback waits for a person"
      />
      {form && open?.how === 'retry' ? <RetryCallback {...form} key={form.key} /> : null}
      {form && open?.how === 'resolve' ? <ResolveCallback {...form} key={form.key} /> : null}
    </Panel>
  );
}

function columns(names: Names, onOpen: ((open: Open) => void) | null): readonly Column<CallbackRow>[] {
  return [
    { title: 'About', cell: ({ about }) => about },
    { title: 'Who waits', cell: ({ bank }) => bankName(names, bank) },
    { title: 'Tries', end: true, cell: ({ attempts }) => <span className="num">{attempts.length}</span> },
    { title: 'Why', cell: ({ attempts }) => lastAnswer(attempts) },
    { title: 'Since', cell: ({ createdAt }) => <When at={createdAt} /> },
    {
      title: 'Decision',
      end: true,
      cell: (row) =>
        onOpen && (
          <span className="row-actions">
            <Button size="compact-sm" variant="default" onClick={() => onOpen({ how: 'retry', row })}>
              Try again
            </Button>
            <Button size="compact-sm" className="ink" onClick={() => onOpen({ how: 'resolve', row })}>
              Resolve
            </Button>
          </span>
        ),
    },
  ];
}
