import { Select, TextInput } from '@mantine/core';
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';

import {
  OpenBalancesDocument,
  type OpenBalancesQuery,
  type RegisterFactsFragment,
  RegisterListDocument,
  type RegisterStatus,
  SettlementDaysDocument,
} from '../generated/documents.ts';
import { REGISTER_FEED } from '../live/register-source.ts';
import { useLiveRows } from '../live/use-live-rows.ts';
import { Amount } from '../parts/bits.tsx';
import { Chip, REGISTER_WORDS, StateChip } from '../parts/chip.tsx';
import { type Column, KeysetTable, Table } from '../parts/keyset-table.tsx';
import { withLive } from '../parts/live-rows.ts';
import { bankName, type Names, useNames } from '../parts/names.ts';
import { PageHead, Panel } from '../parts/panel.tsx';
import { useCan, useHub } from '../session/hub.tsx';

const route = getRouteApi('/registers');
/** Payments that go to a register later have no event of it: what is open is asked for now and then. */
const REFRESH_MS = 15_000;

interface RegisterFilters {
  readonly day?: string | undefined;
  readonly status?: string | undefined;
  readonly bank?: string | undefined;
}

/** Gross registers: what each bank pays each other bank for a business day. */
export function RegistersPage() {
  const filters: RegisterFilters = route.useSearch();
  const names = useNames();
  const { rows: live, changes, resets } = useLiveRows(REGISTER_FEED);
  return (
    <>
      <PageHead title="Registers" note="What banks owe each other for a business day, and how far it is paid. Live." />
      {useCan('settlementDays') ? <Days changes={changes} /> : null}
      <OpenBalances bank={filters.bank} changes={changes} />
      <RegisterFilterBar filters={filters} banks={names.banks} />
      <div className="panel">
        <RegisterList filters={filters} live={live} resets={resets} />
      </div>
    </>
  );
}

function RegisterFilterBar({ filters, banks }: { readonly filters: RegisterFilters; readonly banks: Names['banks'] }) {
  const navigate = route.useNavigate();
  const change = (part: RegisterFilters): void => void navigate({ search: (before) => ({ ...before, ...part }), replace: true });
  return (
    <div className="filters" role="group" aria-label="Filters">
      <TextInput
        label="Business day"
        type="date"
        value={filters.day ?? ''}
        onChange={(event) => change({ day: event.currentTarget.value || undefined })}
      />
      <Select
        label="State"
        placeholder="All"
        clearable
        data={Object.entries(REGISTER_WORDS).map(([value, [, label]]) => ({ value, label }))}
        value={filters.status ?? null}
        onChange={(status) => change({ status: status ?? undefined })}
      />
      <Select
        label="Bank"
        placeholder="All"
        clearable
        searchable
        data={[...banks].map(([value, label]) => ({ value, label }))}
        value={filters.bank ?? null}
        onChange={(bank) => change({ bank: bank ?? undefined })}
      />
    </div>
  );
}

function RegisterList(o: { readonly filters: RegisterFilters; readonly live: readonly RegisterFactsFragment[]; readonly resets: number }) {
  const { filters, live, resets } = o;
  const { client } = useHub();
  const names = useNames();
  const pages = useInfiniteQuery({
    queryKey: ['registers', filters, resets],
    queryFn: async ({ pageParam, signal }) => {
      const variables = { after: pageParam, ...filters, status: filters.status as RegisterStatus | undefined };
      return (await client.ask(RegisterListDocument, variables, { signal })).data.registers;
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
    placeholderData: keepPreviousData,
    staleTime: 0, // One who comes back sees what happened meanwhile.
  });
  const rows = withLive({
    loaded: pages.data?.pages.flatMap(({ nodes }) => nodes) ?? [],
    live: pages.data ? live : [],
    keyOf: ({ id }) => id,
    belongs: (row) => belongsTo(row, filters),
    order: newestFirst,
  });
  return (
    <KeysetTable
      label="Registers"
      columns={columns(names)}
      rows={rows}
      keyOf={({ id }) => id}
      pages={pages}
      empty="No register fits this. They are made when a business day has closed"
    />
  );
}

function belongsTo({ businessDay, status, debtorBank, creditorBank }: RegisterFactsFragment, filters: RegisterFilters): boolean {
  return (
    (filters.day === undefined || businessDay === filters.day) &&
    (filters.status === undefined || status === filters.status) &&
    (filters.bank === undefined || debtorBank?.guid === filters.bank || creditorBank?.guid === filters.bank)
  );
}

function newestFirst(a: RegisterFactsFragment, b: RegisterFactsFragment): number {
  return Date.parse(b.createdAt) - Date.parse(a.createdAt) || (a.number < b.number ? 1 : -1);
}

function columns(names: Names): readonly Column<RegisterFactsFragment>[] {
  return [
    {
      title: 'Register',
      cell: ({ id, number }) => (
        <Link className="row-link mono" to="/registers/$id" params={{ id }}>
          {number}
        </Link>
      ),
    },
    { title: 'Day', cell: ({ businessDay }) => <span className="num">{businessDay}</span> },
    { title: 'Pays', cell: ({ debtorBank }) => bankName(names, debtorBank) },
    { title: 'Receives', cell: ({ creditorBank }) => bankName(names, creditorBank) },
    { title: 'Payments', end: true, cell: ({ paymentCount }) => <span className="num">{paymentCount}</span> },
    { title: 'To pay', end: true, cell: ({ amountToPay }) => <Amount of={amountToPay} /> },
    { title: 'State', end: true, cell: ({ status }) => <StateChip state={status} words={REGISTER_WORDS} /> },
  ];
}

type OpenBalance = OpenBalancesQuery['openBalances'][number];

/** What stands between banks at this moment. What is settled is gone from it. */
function OpenBalances({ bank, changes }: { readonly bank: string | undefined; readonly changes: number }) {
  const { client } = useHub();
  const names = useNames();
  const { data = [] } = useQuery({
    queryKey: ['open-balances', bank, changes],
    queryFn: async ({ signal }) => (await client.ask(OpenBalancesDocument, { bank }, { signal })).data.openBalances,
    placeholderData: keepPreviousData,
    staleTime: 0,
    refetchInterval: REFRESH_MS,
  });
  const open = data.filter((row) => [row.accrued, row.due, row.inTransit].some(({ minor }) => minor !== '0'));
  if (open.length === 0) return null;
  return (
    <Panel title="Open balances" flush>
      <Table
        label="Open balances"
        columns={balanceColumns(names)}
        rows={open}
        keyOf={({ debtorBank, creditorBank, due }) => `${debtorBank?.guid} ${creditorBank?.guid} ${due.currency}`}
      />
    </Panel>
  );
}

function balanceColumns(names: Names): readonly Column<OpenBalance>[] {
  return [
    { title: 'Owes', cell: ({ debtorBank }) => bankName(names, debtorBank) },
    { title: 'Is owed', cell: ({ creditorBank }) => bankName(names, creditorBank) },
    { title: 'Not yet in a register', end: true, cell: ({ accrued }) => <Amount of={accrued} /> },
    { title: 'To be paid', end: true, cell: ({ due }) => <Amount of={due} /> },
    { title: 'Under way', end: true, cell: ({ inTransit }) => <Amount of={inTransit} /> },
  ];
}

/** The days and how they closed, for operations. */
function Days({ changes }: { readonly changes: number }) {
  const { client } = useHub();
  const { data = [] } = useQuery({
    queryKey: ['settlement-days', changes],
    queryFn: async ({ signal }) => (await client.ask(SettlementDaysDocument, {}, { signal })).data.settlementDays.nodes,
    placeholderData: keepPreviousData,
    staleTime: 0,
    refetchInterval: REFRESH_MS,
  });
  if (data.length === 0) return null;
  return (
    <Panel title="Business days">
      <ul className="days">
        {data.map(({ day, status, registersMadeAt, complete, missing }) => (
          <li key={day}>
            <Link to="/registers" search={{ day }}>
              <span className="num">{day}</span>
            </Link>
            <Chip tone={status === 'OPEN' ? 'wait' : registersMadeAt === null ? 'warn' : 'ok'}>
              {status === 'OPEN' ? 'Open' : registersMadeAt === null ? 'Closed, no registers yet' : 'Registers made'}
            </Chip>
            {complete === false ? <Chip tone="bad">{`${missing} events were missing`}</Chip> : null}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
