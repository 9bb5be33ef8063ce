import { Button, SegmentedControl, Select, TextInput } from '@mantine/core';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';

import { OrderListDocument, type OrderRowFragment, type OrderStatus } from '../generated/documents.ts';
import { ORDER_FEED } from '../live/order-source.ts';
import { useLiveRows } from '../live/use-live-rows.ts';
import { Amount, When } from '../parts/bits.tsx';
import { ORDER_WORDS, StateChip } from '../parts/chip.tsx';
import { DraftInput } from '../parts/draft-input.tsx';
import { type Column, KeysetTable } from '../parts/keyset-table.tsx';
import { withLive } from '../parts/live-rows.ts';
import { bankName, merchantName, type Names, useNames } from '../parts/names.ts';
import { PageHead } from '../parts/panel.tsx';
import { minorOf, typedAmount } from '../parts/words.ts';
import { useCan, useHub, useViewer } from '../session/hub.tsx';
import { P2pOrders } from './p2p-orders.tsx';
import { period } from './payment-filters.ts';

const PAGE_ROWS = 50;
const CURRENCY = 'UAH';
const route = getRouteApi('/orders');
const MERCHANTS = 'merchants';
const PEOPLE = 'people';

interface OrderFilters {
  /** Orders of merchants, unless it says `people`. */
  readonly of?: string | undefined;
  readonly status?: string | undefined;
  readonly reference?: string | undefined;
  readonly amount?: string | undefined;
  readonly merchant?: string | undefined;
  readonly from?: string | undefined;
  readonly until?: string | undefined;
}

/** Every order that the viewer may see, newest first, live. */
export function OrdersPage() {
  const { of, ...filters }: OrderFilters = route.useSearch();
  const navigate = route.useNavigate();
  const [mayRead, { kind }] = [useCan('payments'), useViewer()];
  const offersPeople = mayRead && kind !== 'MERCHANT';
  const isOfPeople = offersPeople && of === PEOPLE;
  const note = isOfPeople ? 'What people send each other.' : 'What merchants ask to be paid.';
  return (
    <>
      <PageHead
        title="Orders"
        note={`${note} Newest first, live.`}
        actions={
          offersPeople ? (
            <SegmentedControl
              aria-label="Whose orders"
              value={isOfPeople ? PEOPLE : MERCHANTS}
              onChange={(value) => void navigate({ search: value === PEOPLE ? { of: PEOPLE } : {}, replace: true })}
              data={[
                { value: MERCHANTS, label: 'Of merchants' },
                { value: PEOPLE, label: 'Between people' },
              ]}
            />
          ) : null
        }
      />
      {isOfPeople ? (
        <P2pOrders
          status={filters.status}
          onStatus={(status) => void navigate({ search: (before) => ({ ...before, status }), replace: true })}
        />
      ) : (
        <>
          <OrderFilterBar filters={filters} />
          <div className="panel">
            <OrderList filters={filters} />
          </div>
        </>
      )}
    </>
  );
}

function OrderList({ filters }: { readonly filters: OrderFilters }) {
  const { client } = useHub();
  const names = useNames();
  const { rows: live, resets } = useLiveRows(ORDER_FEED);
  const pages = useInfiniteQuery({
    queryKey: ['orders', filters, resets],
    queryFn: async ({ pageParam, signal }) => {
      const statuses = filters.status === undefined ? null : [filters.status as OrderStatus];
      const variables = { first: PAGE_ROWS, after: pageParam, statuses, merchantUid: filters.merchant, search: orderSearch(filters) };
      return (await client.ask(OrderListDocument, variables, { signal })).data.orders;
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
    placeholderData: keepPreviousData,
    staleTime: 0, // One who comes back sees what happened meanwhile.
  });
  const rows = withLive({
    loaded: pages.data?.pages.flatMap(({ nodes }) => nodes) ?? [],
    live: pages.data ? live : [],
    keyOf: ({ orderId }) => orderId,
    belongs: (row) => belongsTo(row, filters),
    order: (a, b) => (a.orderId < b.orderId ? 1 : -1),
  });
  return (
    <KeysetTable
      label="Orders"
      columns={orderColumns(names)}
      rows={rows}
      keyOf={({ orderId }) => orderId}
      pages={pages}
      empty="No order fits this"
    />
  );
}

function orderSearch({ reference, amount, from, until }: OrderFilters) {
  return {
    ...(reference ? { reference } : {}),
    ...(amount && /^\d{1,15}$/.test(amount) ? { amount: { minor: amount, currency: CURRENCY } } : {}),
    ...period({ from, until }),
  };
}

function belongsTo(row: OrderRowFragment, { status, reference, amount, merchant, from, until }: OrderFilters): boolean {
  if (from !== undefined || until !== undefined) return false;
  return (
    (status === undefined || row.status === status) &&
    (reference === undefined || row.reference === reference) &&
    (amount === undefined || row.amount.minor === amount) &&
    (merchant === undefined || row.merchant?.uid === merchant)
  );
}

function orderColumns(names: Names): readonly Column<OrderRowFragment>[] {
  return [
    {
      title: 'Made',
      cell: ({ orderId, createdAt }) => (
        <Link className="row-link" to="/orders/$orderId" params={{ orderId }}>
          <When at={createdAt} />
        </Link>
      ),
    },
    { title: 'Number', cell: ({ reference }) => <div className="mono ellipsis">{reference}</div> },
    { title: 'Merchant', cell: ({ merchant }) => merchantName(names, merchant) },
    { title: 'Purpose', cell: ({ purpose }) => <div className="ellipsis">{purpose}</div> },
    { title: 'To', cell: ({ receiverBank }) => bankName(names, receiverBank) },
    { title: 'Amount', end: true, cell: ({ amount }) => <Amount of={amount} /> },
    { title: 'State', end: true, cell: ({ status }) => <StateChip state={status} words={ORDER_WORDS} /> },
  ];
}

const STATUS_CHOICES = Object.entries(ORDER_WORDS).map(([value, [, label]]) => ({ value, label }));

function OrderFilterBar({ filters }: { readonly filters: OrderFilters }) {
  const navigate = route.useNavigate();
  const { merchants } = useNames();
  const change = (part: OrderFilters): void => void navigate({ search: (before) => ({ ...before, ...part }), replace: true });
  return (
    <div className="filters" role="group" aria-label="Filters">
      <Select
        label="State"
        placeholder="All"
        clearable
        data={STATUS_CHOICES}
        value={filters.status ?? null}
        onChange={(status) => change({ status: status ?? undefined })}
      />
      <DraftInput
        label="Number"
        placeholder="2026-004817"
        value={filters.reference ?? ''}
        read={(typed) => typed}
        onChange={(reference) => change({ reference })}
      />
      <DraftInput
        label="Amount"
        placeholder="2 480,50"
        value={filters.amount === undefined ? '' : typedAmount(filters.amount)}
        read={minorOf}
        onChange={(amount) => change({ amount })}
      />
      <Select
        label="Merchant"
        placeholder="All"
        clearable
        searchable
        data={[...merchants].map(([value, label]) => ({ value, label }))}
        value={filters.merchant ?? null}
        onChange={(merchant) => change({ merchant: merchant ?? undefined })}
      />
      <TextInput
        label="From"
        type="date"
        value={filters.from ?? ''}
        onChange={(event) => change({ from: event.currentTarget.value || undefined })}
      />
      <TextInput
        label="Until"
        type="date"
        value={filters.until ?? ''}
        onChange={(event) => change({ until: event.currentTarget.value || undefined })}
      />
      {Object.keys(filters).length === 0 ? null : (
        <Button variant="subtle" onClick={() => void navigate({ search: {}, replace: true })}>
          Clear
        </Button>
      )}
    </div>
  );
}
