import { Button, SegmentedControl } from '@mantine/core';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import {
  ParkedMessageListDocument,
  type ParkedMessageListQuery,
  ReviewListDocument,
  type ReviewListQuery,
} from '../generated/documents.ts';
import { useLivePayments } from '../live/live-payments-context.tsx';
import { Amount, When } from '../parts/bits.tsx';
import { PARKED_WORDS, StateChip } from '../parts/chip.tsx';
import { type Column, KeysetTable, Table } from '../parts/keyset-table.tsx';
import { bankName, merchantName, type Names, useNames } from '../parts/names.ts';
import { PageHead, Panel } from '../parts/panel.tsx';
import { Empty, Loading, Problem } from '../parts/states.tsx';
import { type AmountText, shortId } from '../parts/words.ts';
import { useCan, useHub } from '../session/hub.tsx';
import { AliasCallbacks, RegisterCallbacks } from './review-callbacks.tsx';
import { DecideMessage, ResolveDelivery, RetryDelivery } from './review-forms.tsx';
import { lastAnswer } from './last-answer.ts';
import { callbackTitle } from './timeline.ts';

export type ReviewRow = ReviewListQuery['deliveries']['nodes'][number];
export type ParkedRow = ParkedMessageListQuery['parkedMessages']['nodes'][number];

const REFRESH_MS = 10_000;

/** What the hub cannot decide by itself: receivers that never gave a clear answer, and messages that could not be taken. */
export function ReviewPage() {
  return (
    <>
      <PageHead
        title="Manual review"
        note="Nobody’s money moves here by itself. Try again, or say how it ended; the reason stays in the audit log."
      />
      <ParkedDeliveries />
      <ParkedMessages />
      {useCan('settle') ? <RegisterCallbacks /> : null}
      {useCan('aliasHistory') ? <AliasCallbacks /> : null}
    </>
  );
}

type Open = { readonly kind: 'retry' | 'resolve'; readonly row: ReviewRow };

function ParkedDeliveries() {
  const { client } = useHub();
  const names = useNames();
  const decides = useCan('decide');
  const { parked } = useLivePayments();
  const queries = useQueryClient();
  const [open, setOpen] = useState<Open | null>(null);
  const pages = useInfiniteQuery({
    queryKey: ['review', 'deliveries', parked],
    queryFn: async ({ pageParam, signal }) => (await client.ask(ReviewListDocument, { after: pageParam }, { signal })).data.deliveries,
    initialPageParam: null as string | null,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
    placeholderData: (previous) => previous,
    refetchInterval: REFRESH_MS,
  });
  const close = (): void => {
    setOpen(null);
    void queries.invalidateQueries({ queryKey: ['review'] });
  };
  return (
    <Panel title="Deliveries without a clear answer" flush>
      <KeysetTable
        label="Deliveries in manual review"
        columns={deliveryColumns(names, decides ? setOpen : null)}
        rows={pages.data?.pages.flatMap(({ nodes }) => nodes) ?? []}
        keyOf={({ deliveryId }) => deliveryId}
        pages={pages}
        empty="No delivery waits for a person"
      />
      {open?.kind === 'retry' ? <RetryDelivery key={open.row.deliveryId} row={open.row} onClose={close} /> : null}
      {open?.kind === 'resolve' ? <ResolveDelivery key={open.row.deliveryId} row={open.row} onClose={close} /> : null}
    </Panel>
  );
}

function deliveryColumns(names: Names, onOpen: ((open: Open) => void) | null): readonly Column<ReviewRow>[] {
  return [
    {
      title: 'About',
      cell: ({ payment, p2pOrder }) => {
        if (payment) {
          return (
            <Link to="/payments/$guid" params={{ guid: payment.guid }} className="mono">
              {shortId(payment.guid)}
            </Link>
          );
        }
        if (!p2pOrder) return '—';
        return (
          <span className="two-lines mono">
            {shortId(p2pOrder.guid)}
            <span>order between people</span>
          </span>
        );
      },
    },
    {
      title: 'Who waits',
      cell: ({ callbackType, receiverMerchant, receiverBank }) => (
        <span className="two-lines">
          {receiverMerchant ? merchantName(names, receiverMerchant) : bankName(names, receiverBank)}
          <span>{callbackTitle(callbackType)}</span>
        </span>
      ),
    },
    { title: 'Amount', end: true, cell: ({ payment, p2pOrder }) => <ReviewAmount of={payment?.amount ?? p2pOrder?.amount ?? null} /> },
    { title: 'Tries', end: true, cell: ({ attemptCount }) => <span className="num">{attemptCount}</span> },
    { title: 'Why', cell: ({ attempts }) => lastAnswer(attempts.map(({ httpStatus, error }) => ({ status: httpStatus, error }))) },
    { title: 'Since', cell: ({ updatedAt }) => <When at={updatedAt} /> },
    {
      title: 'Decision',
      end: true,
      cell: (row) =>
        onOpen && (
          <span className="row-actions">
            <Button size="compact-sm" variant="default" onClick={() => onOpen({ kind: 'retry', row })}>
              Try again
            </Button>
            <Button size="compact-sm" className="ink" onClick={() => onOpen({ kind: 'resolve', row })}>
              Resolve
            </Button>
          </span>
        ),
    },
  ];
}

function ReviewAmount({ of }: { readonly of: AmountText | null }) {
  return of ? <Amount of={of} /> : '—';
}

type Which = 'PARKED' | 'ALL';

function ParkedMessages() {
  const { client } = useHub();
  const names = useNames();
  const decides = useCan('decide');
  const queries = useQueryClient();
  const [which, setWhich] = useState<Which>('PARKED');
  const [open, setOpen] = useState<ParkedRow | null>(null);
  const { data, error, refetch } = useQuery({
    queryKey: ['review', 'messages', which],
    queryFn: async ({ signal }) =>
      (await client.ask(ParkedMessageListDocument, { state: which === 'ALL' ? null : which }, { signal })).data.parkedMessages.nodes,
    refetchInterval: REFRESH_MS,
  });
  const close = (): void => {
    setOpen(null);
    void queries.invalidateQueries({ queryKey: ['review'] });
  };
  const choice = (
    <SegmentedControl
      size="xs"
      aria-label="Which messages"
      value={which}
      onChange={(value) => setWhich(value as Which)}
      data={[
        { value: 'PARKED', label: 'Waiting' },
        { value: 'ALL', label: 'All' },
      ]}
    />
  );
  return (
    <Panel title="Messages that could not be taken" aside={choice} flush>
      {error && !data ? <Problem error={error} onAgain={() => void refetch()} /> : null}
      {!data && !error ? <Loading /> : null}
      {data?.length === 0 ? <Empty title="No message waits">Whatever banks were promised has been recorded.</Empty> : null}
      {data && data.length > 0 ? (
        <Table
          label="Parked messages"
          columns={messageColumns(names, decides ? setOpen : null)}
          rows={data}
          keyOf={({ paymentGuid }) => paymentGuid}
        />
      ) : null}
      {open ? <DecideMessage key={open.paymentGuid} row={open} onClose={close} /> : null}
    </Panel>
  );
}

function messageColumns(names: Names, onOpen: ((row: ParkedRow) => void) | null): readonly Column<ParkedRow>[] {
  return [
    { title: 'Payment', cell: ({ paymentGuid }) => <span className="mono">{shortId(paymentGuid)}</span> },
    { title: 'From', cell: ({ initiatorBank }) => bankName(names, initiatorBank) },
    { title: 'Amount', end: true, cell: ({ amount }) => (amount ? <Amount of={amount} /> : 'unreadable') },
    { title: 'Why it is parked', cell: ({ reason }) => reason },
    { title: 'Tries', end: true, cell: ({ tries }) => <span className="num">{tries}</span> },
    { title: 'Since', cell: ({ parkedAt }) => <When at={parkedAt} /> },
    { title: 'State', cell: ({ state }) => <StateChip state={state} words={PARKED_WORDS} /> },
    {
      title: 'Decision',
      end: true,
      cell: (row) =>
        onOpen && row.state === 'PARKED' ? (
          <Button size="compact-sm" className="ink" onClick={() => onOpen(row)}>
            Decide
          </Button>
        ) : (
          (row.decisionReason ?? null)
        ),
    },
  ];
}
