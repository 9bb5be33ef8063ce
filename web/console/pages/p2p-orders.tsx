import { Select } from '@mantine/core';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';

import { P2pOrderListDocument, type P2pOrderRowFragment, type P2pOrderStatus, type P2pOrderType } from '../generated/documents.ts';
import { P2P_ORDER_FEED } from '../live/p2p-order-source.ts';
import { useLiveRows } from '../live/use-live-rows.ts';
import { Amount, When } from '../parts/bits.tsx';
import { P2P_ORDER_WORDS, StateChip } from '../parts/chip.tsx';
import { type Column, KeysetTable } from '../parts/keyset-table.tsx';
import { withLive } from '../parts/live-rows.ts';
import { bankName, type Names, useNames } from '../parts/names.ts';
import { shortId } from '../parts/words.ts';
import { useHub } from '../session/hub.tsx';

const TYPES: Readonly<Record<P2pOrderType, string>> = { PHONE: 'By phone', LINK: 'By link' };

/** Orders between people, newest first, live. Phone numbers and names are the banks' business and not in it. */
export function P2pOrders(o: { readonly status: string | undefined; readonly onStatus: (status: string | undefined) => void }) {
  const { status } = o;
  const { client } = useHub();
  const names = useNames();
  const { rows: live, resets } = useLiveRows(P2P_ORDER_FEED);
  const pages = useInfiniteQuery({
    queryKey: ['p2p-orders', status, resets],
    queryFn: async ({ pageParam, signal }) => {
      const statuses = status === undefined ? null : [status as P2pOrderStatus];
      return (await client.ask(P2pOrderListDocument, { after: pageParam, statuses }, { signal })).data.p2pOrders;
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
    placeholderData: keepPreviousData,
    staleTime: 0, // One who comes back sees what happened meanwhile.
  });
  const rows = withLive({
    loaded: pages.data?.pages.flatMap(({ nodes }) => nodes) ?? [],
    live: pages.data ? live : [],
    keyOf: ({ guid }) => guid,
    belongs: (row) => status === undefined || row.status === status,
    order: (a, b) => (a.guid < b.guid ? 1 : -1),
  });
  return (
    <>
      <div className="filters" role="group" aria-label="Filters">
        <Select
          label="State"
          placeholder="All"
          clearable
          data={Object.entries(P2P_ORDER_WORDS).map(([value, [, label]]) => ({ value, label }))}
          value={status ?? null}
          onChange={(value) => o.onStatus(value ?? undefined)}
        />
      </div>
      <div className="panel">
        <KeysetTable
          label="Orders between people"
          columns={columns(names)}
          rows={rows}
          keyOf={({ guid }) => guid}
          pages={pages}
          empty="No order between people fits this"
        />
      </div>
    </>
  );
}

function columns(names: Names): readonly Column<P2pOrderRowFragment>[] {
  return [
    { title: 'Made', cell: ({ createdAt }) => <When at={createdAt} /> },
    {
      title: 'Order',
      cell: ({ guid, externalId }) => (
        <span className="two-lines mono">
          {shortId(guid)}
          <span>{externalId}</span>
        </span>
      ),
    },
    { title: 'How', cell: ({ type }) => TYPES[type] },
    { title: 'Made by', cell: ({ bank }) => bankName(names, bank) },
    { title: 'Purpose', cell: ({ purpose }) => <div className="ellipsis">{purpose}</div> },
    {
      title: 'Payment',
      cell: ({ payment }) =>
        payment ? (
          <Link to="/payments/$guid" params={{ guid: payment.guid }} className="mono">
            {shortId(payment.guid)}
          </Link>
        ) : (
          ''
        ),
    },
    { title: 'Amount', end: true, cell: ({ amount }) => (amount ? <Amount of={amount} /> : 'by its payer') },
    {
      title: 'State',
      end: true,
      cell: ({ status, rejectReasonCode }) => (
        <span title={rejectReasonCode ?? undefined}>
          <StateChip state={status} words={P2P_ORDER_WORDS} />
        </span>
      ),
    },
  ];
}
