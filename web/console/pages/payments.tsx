import { Button, Select, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';

import { PaymentListDocument, type PaymentRowFragment, type PaymentStatus } from '../generated/documents.ts';
import { useLivePayments } from '../live/live-payments-context.tsx';
import { Amount, When } from '../parts/bits.tsx';
import { PAYMENT_WORDS, StateChip } from '../parts/chip.tsx';
import { DraftInput } from '../parts/draft-input.tsx';
import { type Column, KeysetTable } from '../parts/keyset-table.tsx';
import { withLive } from '../parts/live-rows.ts';
import { bankName, merchantName, type Names, useNames } from '../parts/names.ts';
import { PageHead } from '../parts/panel.tsx';
import { minorOf, shortId, typedAmount } from '../parts/words.ts';
import { useHub } from '../session/hub.tsx';
import { belongsTo, paymentSearch, type PaymentFilters } from './payment-filters.ts';

const PAGE_ROWS = 50;
const route = getRouteApi('/payments');

/** Every payment that the viewer may see, newest first, with what happens while one looks. */
export function PaymentsPage() {
  const filters: PaymentFilters = route.useSearch();
  return (
    <>
      <PageHead title="Payments" note="Newest first. Rows change while you look." />
      <PaymentFilterBar filters={filters} />
      <div className="panel">
        <PaymentList filters={filters} />
      </div>
    </>
  );
}

function PaymentList({ filters }: { readonly filters: PaymentFilters }) {
  const { client } = useHub();
  const names = useNames();
  const { rows: live, resets } = useLivePayments();
  const pages = useInfiniteQuery({
    queryKey: ['payments', filters, resets],
    queryFn: async ({ pageParam, signal }) => {
      const statuses = filters.status === undefined ? null : [filters.status as PaymentStatus];
      const variables = { first: PAGE_ROWS, after: pageParam, statuses, search: paymentSearch(filters) };
      return (await client.ask(PaymentListDocument, variables, { signal })).data.payments;
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
  });
  const rows = withLive({
    loaded: pages.data?.pages.flatMap(({ nodes }) => nodes) ?? [],
    live: pages.data ? live : [],
    keyOf: ({ guid }) => guid,
    belongs: (row) => belongsTo(row, filters),
    order: newestFirst,
  });
  return (
    <KeysetTable
      label="Payments"
      columns={paymentColumns(names)}
      rows={rows}
      keyOf={({ guid }) => guid}
      pages={pages}
      empty="No payment fits this"
    />
  );
}

function newestFirst(a: PaymentRowFragment, b: PaymentRowFragment): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? 1 : -1;
  return a.guid < b.guid ? 1 : -1;
}

export function paymentColumns(names: Names): readonly Column<PaymentRowFragment>[] {
  return [
    {
      title: 'Taken',
      cell: ({ guid, createdAt }) => (
        <Link className="row-link" to="/payments/$guid" params={{ guid }}>
          <When at={createdAt} />
        </Link>
      ),
    },
    { title: 'Payment', cell: ({ guid }) => <span className="mono">{shortId(guid)}</span> },
    { title: 'From', cell: ({ initiatorBank }) => bankName(names, initiatorBank) },
    { title: 'To', cell: ({ receiverBank }) => bankName(names, receiverBank) },
    { title: 'Merchant', cell: ({ merchant }) => <span className="ellipsis">{merchantName(names, merchant)}</span> },
    { title: 'Amount', end: true, cell: ({ amount }) => <Amount of={amount} /> },
    { title: 'State', end: true, cell: ({ status }) => <StateChip state={status} words={PAYMENT_WORDS} /> },
  ];
}

const STATUS_CHOICES = Object.entries(PAYMENT_WORDS).map(([value, [, label]]) => ({ value, label }));

function PaymentFilterBar({ filters }: { readonly filters: PaymentFilters }) {
  const navigate = route.useNavigate();
  const names = useNames();
  const change = (part: PaymentFilters): void => void navigate({ search: (before) => ({ ...before, ...part }), replace: true });
  const choices = (of: ReadonlyMap<string, string>) => [...of].map(([value, label]) => ({ value, label }));
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
        label="Amount"
        placeholder="2 480,50"
        value={filters.amount === undefined ? '' : typedAmount(filters.amount)}
        read={minorOf}
        onChange={(amount) => change({ amount })}
      />
      <DraftInput
        label="IBAN or phone tail"
        placeholder="4417"
        value={filters.tail ?? ''}
        read={(typed) => (/^[0-9A-Z]{4}$/.test(typed) ? typed : null)}
        onChange={(tail) => change({ tail })}
      />
      <Select
        label="Bank"
        placeholder="All"
        clearable
        searchable
        data={choices(names.banks)}
        value={filters.bank ?? null}
        onChange={(bank) => change({ bank: bank ?? undefined })}
      />
      <Select
        label="Merchant"
        placeholder="All"
        clearable
        searchable
        data={choices(names.merchants)}
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
