import { Button, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';

import { AliasHistoryDocument, type AliasHistoryQuery } from '../generated/documents.ts';
import { When } from '../parts/bits.tsx';
import { Chip } from '../parts/chip.tsx';
import { type Column, KeysetTable } from '../parts/keyset-table.tsx';
import { bankName, type Names, useNames } from '../parts/names.ts';
import { Fact, Facts, PageHead, Panel } from '../parts/panel.tsx';
import { useHub } from '../session/hub.tsx';

type Change = AliasHistoryQuery['aliasHistory']['nodes'][number];

/** Where a phone number leads, and where it has led. The number stays out of the address bar. */
export function AliasesPage() {
  const [phone, setPhone] = useState('');
  const [asked, setAsked] = useState<string | null>(null);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setAsked(phone.replaceAll(/[\s()-]/g, ''));
  };
  return (
    <>
      <PageHead title="Aliases" note="Phone numbers that lead to accounts. A bank sees what concerns its own customers." />
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
      {asked === null ? null : <History phone={asked} />}
    </>
  );
}

function History({ phone }: { readonly phone: string }) {
  const { client } = useHub();
  const names = useNames();
  const pages = useInfiniteQuery({
    queryKey: ['alias', phone],
    queryFn: async ({ pageParam, signal }) => (await client.ask(AliasHistoryDocument, { phone, after: pageParam }, { signal })).data,
    initialPageParam: null as string | null,
    getNextPageParam: ({ aliasHistory: { pageInfo } }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
    gcTime: 0,
    staleTime: Infinity,
  });
  const alias = pages.data?.pages[0]?.alias;
  return (
    <>
      {alias ? (
        <Panel
          title="Now"
          aside={<Chip tone={alias.status === 'LINKED' ? 'ok' : 'calm'}>{alias.status === 'LINKED' ? 'Linked' : 'Not linked'}</Chip>}
        >
          <Facts>
            <Fact name="Bank">{bankName(names, alias.bank)}</Fact>
            <Fact name="Since">
              <When at={alias.updatedAt} />
            </Fact>
          </Facts>
        </Panel>
      ) : null}
      <Panel title="What happened to it" flush>
        <KeysetTable
          label="Changes of the alias"
          columns={columns(names)}
          rows={pages.data?.pages.flatMap(({ aliasHistory }) => aliasHistory.nodes) ?? []}
          keyOf={({ version }) => String(version)}
          pages={pages}
          empty="The hub knows nothing of this number that you may see"
        />
      </Panel>
    </>
  );
}

function columns(names: Names): readonly Column<Change>[] {
  return [
    { title: 'When', cell: ({ at }) => <When at={at} /> },
    { title: 'From', cell: ({ previousBank }) => bankName(names, previousBank) },
    { title: 'To', cell: ({ bank }) => (bank ? bankName(names, bank) : 'not linked') },
    { title: 'Asked by', cell: ({ askedBy }) => askedBy },
    { title: 'Reason', cell: ({ reason }) => reason ?? '' },
  ];
}
