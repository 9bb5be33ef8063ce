import { Button } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';

import { OneRegisterDocument, type OneRegisterQuery, RegisterRowsDocument } from '../generated/documents.ts';
import { REGISTER_FEED } from '../live/register-source.ts';
import { useLiveRows } from '../live/use-live-rows.ts';
import { Amount, When } from '../parts/bits.tsx';
import { REGISTER_WORDS, SETTLEMENT_PAYMENT_WORDS, StateChip } from '../parts/chip.tsx';
import { type Column, KeysetTable } from '../parts/keyset-table.tsx';
import { bankName, useNames } from '../parts/names.ts';
import { Fact, Facts, PageHead, Panel } from '../parts/panel.tsx';
import { Loading, NotFound, Problem } from '../parts/states.tsx';
import { shortId } from '../parts/words.ts';
import { useHub } from '../session/hub.tsx';
import { ConfirmRegister } from './register-confirm.tsx';
import type { RegisterRow } from './register-csv.ts';
import { Downloads } from './register-downloads.tsx';
import { ProofPanel, SealPanel } from './register-seal.tsx';

const route = getRouteApi('/registers/$id');
const ROWS_AT_ONCE = 50;
/** A seal follows its register within moments. */
const SEAL_ASKED_EVERY_MS = 2_000;

export type RegisterView = NonNullable<OneRegisterQuery['register']>;

/** One register: what it settles, what the hub signed about it, and how far it is paid. */
export function RegisterPage() {
  const { id } = route.useParams();
  const { client } = useHub();
  const names = useNames();
  const [proven, setProven] = useState('');
  const { rows: live, resets } = useLiveRows(REGISTER_FEED);
  const version = live.find((row) => row.id === id || row.number === id)?.version;
  const { data, error, refetch } = useQuery({
    queryKey: ['register', id, version, resets],
    queryFn: async ({ signal }) => (await client.ask(OneRegisterDocument, { id }, { signal })).data.register,
    placeholderData: (previous) => (previous?.id === id || previous?.number === id ? previous : undefined),
    staleTime: 0, // One who comes back sees what happened meanwhile.
    refetchInterval: ({ state }) => (state.data && !state.data.seal ? SEAL_ASKED_EVERY_MS : false),
  });
  if (error && !data) return <Problem error={error} onAgain={() => void refetch()} />;
  if (data === undefined) return <Loading />;
  if (data === null) return <NotFound />;
  return (
    <>
      <PageHead
        crumbs={<Link to="/registers">Registers</Link>}
        title={
          <span className="title-line">
            <Amount of={data.amountToPay} />
            <StateChip state={data.status} words={REGISTER_WORDS} />
          </span>
        }
        note={`${bankName(names, data.debtorBank)} pays ${bankName(names, data.creditorBank)} for ${data.businessDay} · ${data.number}`}
        actions={
          <>
            <Downloads register={data} />
            <ConfirmRegister register={data} onDone={() => void refetch()} />
          </>
        }
      />
      <div className="columns aside-first">
        <div>
          <SealPanel register={data} />
          <ProofPanel asked={proven} />
          <RegisterFacts register={data} />
        </div>
        <div>
          <Rows id={id} onProve={setProven} />
          <Told register={data} />
        </div>
      </div>
    </>
  );
}

function Rows({ id, onProve }: { readonly id: string; readonly onProve: (guid: string) => void }) {
  const { client } = useHub();
  const pages = useInfiniteQuery({
    queryKey: ['register', 'rows', id],
    queryFn: async ({ pageParam, signal }) =>
      (await client.ask(RegisterRowsDocument, { id, after: pageParam, first: ROWS_AT_ONCE }, { signal })).data.register?.rows,
    initialPageParam: null as string | null,
    getNextPageParam: (rows) => (rows?.pageInfo.hasNextPage ? rows.pageInfo.endCursor : undefined),
    staleTime: Infinity, // A register never changes its rows.
  });
  return (
    <Panel title="Payments in it" flush>
      <KeysetTable
        label="Rows of the register"
        columns={rowColumns(onProve)}
        rows={pages.data?.pages.flatMap((page) => page?.nodes ?? []) ?? []}
        keyOf={({ paymentGuid }) => paymentGuid}
        pages={pages}
        empty="No payment is in it"
      />
    </Panel>
  );
}

function rowColumns(onProve: (guid: string) => void): readonly Column<RegisterRow>[] {
  return [
    {
      title: 'Payment',
      cell: ({ paymentGuid }) => (
        <Link className="row-link mono" to="/payments/$guid" params={{ guid: paymentGuid }}>
          {shortId(paymentGuid)}
        </Link>
      ),
    },
    { title: 'Succeeded', cell: ({ succeededAt }) => <When at={succeededAt} /> },
    { title: 'Late from', cell: ({ lateFrom }) => lateFrom ?? '' },
    { title: 'Amount', end: true, cell: ({ amount }) => <Amount of={amount} /> },
    { title: 'Fee', end: true, cell: ({ fee }) => <Amount of={fee} /> },
    { title: 'To pay', end: true, cell: ({ amountToPay }) => <Amount of={amountToPay} /> },
    {
      title: 'Proof',
      end: true,
      cell: ({ paymentGuid }) => (
        <span className="row-actions">
          <Button size="compact-sm" variant="default" onClick={() => onProve(paymentGuid)} aria-label={`Prove ${shortId(paymentGuid)}`}>
            Prove
          </Button>
        </span>
      ),
    },
  ];
}

/** What its bank told of its payment, and what operations said because the bank could not. */
function Told({ register: { settlementPayments, operations } }: { readonly register: RegisterView }) {
  if (settlementPayments.length === 0 && operations.length === 0) return null;
  return (
    <Panel title="How it was paid">
      <ul className="story">
        {settlementPayments.map(({ externalId, status, sentAt, endedAt }) => (
          <li key={externalId}>
            <span className="mono">{externalId}</span>
            <span>
              sent <When at={sentAt} />
              {endedAt ? (
                <>
                  , ended <When at={endedAt} />
                </>
              ) : null}
            </span>
            <StateChip state={status} words={SETTLEMENT_PAYMENT_WORDS} />
          </li>
        ))}
        {operations.map(({ at, outcome, reason, by }) => (
          <li key={at}>
            <span>
              Operations said {outcome.toLowerCase()}, <When at={at} />
              {by ? ` (${by})` : ''}: {reason}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function RegisterFacts({ register }: { readonly register: RegisterView }) {
  return (
    <Panel title="Register">
      <Facts>
        <Fact name="Payments">{String(register.paymentCount)}</Fact>
        <Fact name="Total">
          <Amount of={register.total} />
        </Fact>
        <Fact name="Fees">
          <Amount of={register.fees} />
        </Fact>
        <Fact name="Paid to">
          <span className="mono">{register.chargingAccount}</span>
        </Fact>
        <Fact name="Purpose">{register.purpose}</Fact>
        <Fact name="File">
          <span className="mono">{register.fileName}</span>
        </Fact>
        <Fact name="Made">
          <When at={register.createdAt} />
        </Fact>
      </Facts>
    </Panel>
  );
}
