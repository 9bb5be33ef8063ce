import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';

import { OneRegisterDocument, type OneRegisterQuery } from '../generated/documents.ts';
import { Amount, When } from '../parts/bits.tsx';
import { REGISTER_WORDS, StateChip } from '../parts/chip.tsx';
import { type Column, KeysetTable } from '../parts/keyset-table.tsx';
import { bankName, useNames } from '../parts/names.ts';
import { Fact, Facts, PageHead, Panel } from '../parts/panel.tsx';
import { Loading, NotFound, Problem } from '../parts/states.tsx';
import { shortId } from '../parts/words.ts';
import { useHub } from '../session/hub.tsx';

const route = getRouteApi('/registers/$id');
type RegisterView = NonNullable<OneRegisterQuery['register']>;
type Row = RegisterView['rows']['nodes'][number];

/** One register with every payment that it settles. */
export function RegisterPage() {
  const { id } = route.useParams();
  const { client } = useHub();
  const names = useNames();
  const pages = useInfiniteQuery({
    queryKey: ['register', id],
    queryFn: async ({ pageParam, signal }) => (await client.ask(OneRegisterDocument, { id, after: pageParam }, { signal })).data.register,
    initialPageParam: null as string | null,
    getNextPageParam: (register) => (register?.rows.pageInfo.hasNextPage ? register.rows.pageInfo.endCursor : undefined),
  });
  if (pages.error && !pages.data) return <Problem error={pages.error} onAgain={() => void pages.refetch()} />;
  if (!pages.data) return <Loading />;
  const register = pages.data.pages[0];
  if (!register) return <NotFound />;
  return (
    <>
      <PageHead
        crumbs={<Link to="/registers">Registers</Link>}
        title={
          <span className="title-line">
            <Amount of={register.amountToPay} />
            <StateChip state={register.status} words={REGISTER_WORDS} />
          </span>
        }
        note={`${bankName(names, register.debtorBank)} pays ${bankName(names, register.creditorBank)} for ${register.businessDay} · ${register.number}`}
      />
      <div className="columns">
        <Panel title="Payments in it" flush>
          <KeysetTable
            label="Rows of the register"
            columns={COLUMNS}
            rows={pages.data.pages.flatMap((page) => page?.rows.nodes ?? [])}
            keyOf={({ paymentGuid }) => paymentGuid}
            pages={pages}
            empty="No payment is in it"
          />
        </Panel>
        <RegisterFacts register={register} />
      </div>
    </>
  );
}

const COLUMNS: readonly Column<Row>[] = [
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
];

function RegisterFacts({ register }: { readonly register: RegisterView }) {
  return (
    <div>
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
      {register.settlementPayments.length === 0 ? null : (
        <Panel title="Paid with">
          <Facts>
            {register.settlementPayments.map(({ externalId, status, sentAt }) => (
              <Fact key={externalId} name={externalId}>
                {status.toLowerCase()}, <When at={sentAt} />
              </Fact>
            ))}
          </Facts>
        </Panel>
      )}
    </div>
  );
}
