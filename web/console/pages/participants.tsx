import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';

import {
  BankListDocument,
  type BankListQuery,
  KeysExpiringDocument,
  MerchantListDocument,
  type MerchantListQuery,
} from '../generated/documents.ts';
import { Named, When } from '../parts/bits.tsx';
import { Chip } from '../parts/chip.tsx';
import { type Column, KeysetTable } from '../parts/keyset-table.tsx';
import { bankName, type Names, useNames } from '../parts/names.ts';
import { PageHead, Panel } from '../parts/panel.tsx';
import { Icon } from '../shell/icons.tsx';
import { useCan, useHub } from '../session/hub.tsx';
import { KeySources } from './key-sources.tsx';

/** Who takes part. Banks and merchants see each other's names, and of themselves everything. */
export function ParticipantsPage() {
  const onboards = useCan('onboard');
  return (
    <>
      <PageHead
        title="Participants"
        note="Banks and merchants, their keys and their addresses"
        actions={
          onboards ? (
            <>
              <Link className="button" to="/participants/new-merchant">
                <Icon name="plus" size={16} /> New merchant
              </Link>
              <Link className="button ink" to="/participants/new-bank">
                <Icon name="plus" size={16} /> New bank
              </Link>
            </>
          ) : null
        }
      />
      <ExpiringKeys />
      <KeySources />
      <Banks />
      <Merchants />
    </>
  );
}

function Banks() {
  const { client } = useHub();
  const pages = useInfiniteQuery({
    queryKey: ['banks'],
    queryFn: async ({ pageParam, signal }) => (await client.ask(BankListDocument, { after: pageParam }, { signal })).data.banks,
    initialPageParam: null as string | null,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
  });
  return (
    <Panel title="Banks" flush>
      <KeysetTable
        label="Banks"
        columns={BANK_COLUMNS}
        rows={pages.data?.pages.flatMap(({ nodes }) => nodes) ?? []}
        keyOf={({ guid }) => guid}
        pages={pages}
        empty="No bank takes part yet"
      />
    </Panel>
  );
}

type BankRow = BankListQuery['banks']['nodes'][number];

const BANK_COLUMNS: readonly Column<BankRow>[] = [
  {
    title: 'Bank',
    cell: ({ guid, name }) => (
      <Link className="row-link" to="/participants/banks/$guid" params={{ guid }}>
        <Named name={name} />
      </Link>
    ),
  },
  { title: 'Code', cell: ({ bic }) => <span className="num">{bic}</span> },
  { title: 'Guid', cell: ({ guid }) => <span className="mono">{guid}</span> },
  { title: 'Takes part since', end: true, cell: ({ registeredAt }) => (registeredAt ? <When at={registeredAt} /> : '—') },
];

function Merchants() {
  const { client } = useHub();
  const names = useNames();
  const pages = useInfiniteQuery({
    queryKey: ['merchants'],
    queryFn: async ({ pageParam, signal }) => (await client.ask(MerchantListDocument, { after: pageParam }, { signal })).data.merchants,
    initialPageParam: null as string | null,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
  });
  return (
    <Panel title="Merchants" flush>
      <KeysetTable
        label="Merchants"
        columns={merchantColumns(names)}
        rows={pages.data?.pages.flatMap(({ nodes }) => nodes) ?? []}
        keyOf={({ uid }) => uid}
        pages={pages}
        empty="No merchant takes part yet"
      />
    </Panel>
  );
}

type MerchantRow = MerchantListQuery['merchants']['nodes'][number];

function merchantColumns(names: Names): readonly Column<MerchantRow>[] {
  return [
    {
      title: 'Merchant',
      cell: ({ uid, name }) => (
        <Link className="row-link" to="/participants/merchants/$uid" params={{ uid }}>
          <Named name={name} />
        </Link>
      ),
    },
    { title: 'Bank', cell: ({ bank }) => bankName(names, bank) },
    { title: 'Uid', cell: ({ uid }) => <span className="mono">{uid}</span> },
    { title: 'Takes part since', end: true, cell: ({ registeredAt }) => (registeredAt ? <When at={registeredAt} /> : '—') },
  ];
}

/** Keys that end within thirty days: without a successor their owner will be refused. */
function ExpiringKeys() {
  const { client } = useHub();
  const { data = [] } = useQuery({
    queryKey: ['keys-expiring'],
    queryFn: async ({ signal }) => (await client.ask(KeysExpiringDocument, {}, { signal })).data.keysExpiring.nodes,
  });
  const names = useNames();
  if (data.length === 0) return null;
  return (
    <Panel title="Keys that end soon">
      <ul className="story">
        {data.map(({ participantId, key, validUntil, replaced }) => (
          <li key={key.kid}>
            <strong>{names.banks.get(participantId) ?? names.merchants.get(participantId) ?? participantId}</strong>
            <span className="mono">{key.kid}</span>
            <When at={validUntil} />
            <Chip tone={replaced ? 'ok' : 'bad'}>{replaced ? 'Has a successor' : 'No successor'}</Chip>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
