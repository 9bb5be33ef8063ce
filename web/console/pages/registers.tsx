import { Select, TextInput } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';

import { type RegisterFactsFragment, RegisterListDocument, type RegisterStatus, SettlementDaysDocument } from '../generated/documents.ts';
import { Amount } from '../parts/bits.tsx';
import { Chip, REGISTER_WORDS, StateChip } from '../parts/chip.tsx';
import { type Column, KeysetTable } from '../parts/keyset-table.tsx';
import { bankName, type Names, useNames } from '../parts/names.ts';
import { PageHead, Panel } from '../parts/panel.tsx';
import { useHub } from '../session/hub.tsx';

const route = getRouteApi('/registers');
const REFRESH_MS = 5_000;

/** Gross registers: what each bank pays each other bank for a business day. */
export function RegistersPage() {
  const filters: { readonly day?: string; readonly status?: string } = route.useSearch();
  const { client } = useHub();
  const names = useNames();
  const navigate = route.useNavigate();
  const pages = useInfiniteQuery({
    queryKey: ['registers', filters],
    queryFn: async ({ pageParam, signal }) => {
      const variables = { after: pageParam, day: filters.day, status: filters.status as RegisterStatus | undefined };
      return (await client.ask(RegisterListDocument, variables, { signal })).data.registers;
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
    refetchInterval: REFRESH_MS,
  });
  const change = (part: typeof filters): void => void navigate({ search: (before) => ({ ...before, ...part }), replace: true });
  return (
    <>
      <PageHead title="Registers" note="What banks owe each other for a business day, and how far it is paid" />
      <Days />
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
      </div>
      <div className="panel">
        <KeysetTable
          label="Registers"
          columns={columns(names)}
          rows={pages.data?.pages.flatMap(({ nodes }) => nodes) ?? []}
          keyOf={({ id }) => id}
          pages={pages}
          empty="No register yet: they are made when a business day has closed"
        />
      </div>
    </>
  );
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

function Days() {
  const { client } = useHub();
  const { data = [] } = useQuery({
    queryKey: ['settlement-days'],
    queryFn: async ({ signal }) => (await client.ask(SettlementDaysDocument, {}, { signal })).data.settlementDays.nodes,
    refetchInterval: REFRESH_MS,
  });
  if (data.length === 0) return null;
  return (
    <Panel title="Business days">
      <ul className="days">
        {data.map(({ day, status, registersMadeAt }) => (
          <li key={day}>
            <Link to="/registers" search={{ day }}>
              <span className="num">{day}</span>
            </Link>
            <Chip tone={status === 'OPEN' ? 'wait' : registersMadeAt === null ? 'warn' : 'ok'}>
              {status === 'OPEN' ? 'Open' : registersMadeAt === null ? 'Closed, no registers yet' : 'Registers made'}
            </Chip>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
