import { Button, TextInput } from '@mantine/core';
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';

import { AliasHistoryDocument, type AliasHistoryQuery, OneAliasDocument } from '../generated/documents.ts';
import { ALIAS_FEED } from '../live/alias-source.ts';
import { type LiveRows, useLiveRows } from '../live/use-live-rows.ts';
import { When } from '../parts/bits.tsx';
import { Chip } from '../parts/chip.tsx';
import { type Column, KeysetTable, Table } from '../parts/keyset-table.tsx';
import { bankName, type Names, useNames } from '../parts/names.ts';
import { Fact, Facts, PageHead, Panel } from '../parts/panel.tsx';
import { Loading, Problem } from '../parts/states.tsx';
import { accountTail } from '../parts/words.ts';
import { useCan, useHub } from '../session/hub.tsx';
import { AliasCallbackPanel } from './alias-callbacks.tsx';
import { LookUpProtection } from './look-up-protection.tsx';

type Change = AliasHistoryQuery['aliasHistory']['nodes'][number];
type Live = LiveRows<Parameters<typeof ALIAS_FEED.rowOf>[0]>;

/** Where a phone number leads, and where it has led. The number stays out of the address bar. */
export function AliasesPage() {
  const [phone, setPhone] = useState('');
  const [asked, setAsked] = useState<string | null>(null);
  const live = useLiveRows(ALIAS_FEED);
  const isOfOperations = useCan('aliasHistory');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setAsked(phone.replaceAll(/[\s()-]/g, ''));
  };
  return (
    <>
      <PageHead title="Aliases" note="Phone numbers that lead to accounts. A bank sees what concerns its own customers. Live." />
      <form className="filters" onSubmit={submit} role="search" aria-label="Aliases">
        <TextInput
          label="Phone number"
          placeholder="+380 67 123 45 67"
          value={phone}
          onChange={(event) => setPhone(event.currentTarget.value)}
          inputMode="tel"
          required
        />
        <Button type="submit" className="ink">
          Look up
        </Button>
      </form>
      {asked === null ? null : <Now phone={asked} live={live} />}
      {asked !== null && isOfOperations ? <History phone={asked} live={live} /> : null}
      <Latest live={live} />
      {isOfOperations ? <AliasCallbackPanel changes={live.changes} /> : null}
      {isOfOperations ? <LookUpProtection changes={live.changes} /> : null}
    </>
  );
}

function Now({ phone, live }: { readonly phone: string; readonly live: Live }) {
  const { client } = useHub();
  const names = useNames();
  const { data, error, refetch } = useQuery({
    queryKey: ['alias', phone, 'now', live.changes],
    queryFn: async ({ signal }) => (await client.ask(OneAliasDocument, { phone }, { signal })).data.alias,
    placeholderData: keepPreviousData,
    gcTime: 0,
  });
  if (error && data === undefined) return <Problem error={error} onAgain={() => void refetch()} />;
  if (data === undefined) return <Loading />;
  if (data === null) {
    return (
      <Panel title="Now">
        <p role="status">The hub knows nothing of this number that you may see.</p>
      </Panel>
    );
  }
  return (
    <Panel
      title="Now"
      aside={<Chip tone={data.status === 'LINKED' ? 'ok' : 'calm'}>{data.status === 'LINKED' ? 'Linked' : 'Not linked'}</Chip>}
    >
      <Facts>
        <Fact name="Bank">{data.bank && bankName(names, data.bank)}</Fact>
        <Fact name="Account">{data.account && <span className="mono">{accountTail(data.account)}</span>}</Fact>
        <Fact name="Since">
          <When at={data.updatedAt} />
        </Fact>
      </Facts>
    </Panel>
  );
}

function History({ phone, live }: { readonly phone: string; readonly live: Live }) {
  const { client } = useHub();
  const names = useNames();
  const pages = useInfiniteQuery({
    queryKey: ['alias', phone, 'history', live.changes],
    queryFn: async ({ pageParam, signal }) =>
      (await client.ask(AliasHistoryDocument, { phone, after: pageParam }, { signal })).data.aliasHistory,
    initialPageParam: null as string | null,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
    placeholderData: keepPreviousData,
    gcTime: 0,
    staleTime: Infinity,
  });
  return (
    <Panel title="What happened to it" flush>
      <KeysetTable
        label="Changes of the alias"
        columns={columns(names)}
        rows={pages.data?.pages.flatMap(({ nodes }) => nodes) ?? []}
        keyOf={({ version }) => String(version)}
        pages={pages}
        empty="Nothing ever happened to this number"
      />
    </Panel>
  );
}

function columns(names: Names): readonly Column<Change>[] {
  return [
    { title: 'When', cell: ({ at }) => <When at={at} /> },
    { title: 'From', cell: ({ previousBank, previousAccount }) => <Place names={names} bank={previousBank} account={previousAccount} /> },
    { title: 'To', cell: ({ bank, account }) => <Place names={names} bank={bank} account={account} /> },
    { title: 'Asked by', cell: ({ askedBy }) => askerName(names, askedBy) },
    { title: 'Reason', cell: ({ reason }) => reason ?? '' },
  ];
}

function Place(o: { readonly names: Names; readonly bank: { readonly guid: string } | null; readonly account: string | null }) {
  if (!o.bank) return 'nowhere';
  return (
    <span className="two-lines">
      {bankName(o.names, o.bank)}
      <span className="mono">{o.account === null ? '' : accountTail(o.account)}</span>
    </span>
  );
}

/** `bank:` and its guid, or `operations:` and who. */
function askerName(names: Names, askedBy: string): string {
  const [kind, id = ''] = askedBy.split(/:(.*)/s);
  return kind === 'bank' ? bankName(names, { guid: id }) : `operations (${id})`;
}

/** What changed since the page was opened. */
function Latest({ live }: { readonly live: Live }) {
  const names = useNames();
  if (live.rows.length === 0) return null;
  return (
    <Panel title="Changes while you look" flush>
      <Table label="Changes while you look" columns={liveColumns(names)} rows={live.rows.toReversed()} keyOf={({ cursor }) => cursor} />
    </Panel>
  );
}

function liveColumns(names: Names): readonly Column<Live['rows'][number]>[] {
  return [
    { title: 'When', cell: ({ occurredAt }) => <When at={occurredAt} /> },
    { title: 'Number', cell: ({ alias }) => <span className="num">{alias?.phone ?? 'no longer yours'}</span> },
    { title: 'Now leads to', cell: ({ alias }) => (alias?.bank ? bankName(names, alias.bank) : '') },
    {
      title: 'Change',
      end: true,
      cell: ({ type }) => <Chip tone={type === 'ALIAS_LINKED' ? 'ok' : 'calm'}>{type === 'ALIAS_LINKED' ? 'Linked' : 'Unlinked'}</Chip>,
    },
  ];
}
