import { Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';

import { ReconciliationTotalsDocument } from '../generated/documents.ts';
import { Amount, Id } from '../parts/bits.tsx';
import { useNames } from '../parts/names.ts';
import { Fact, Facts, PageHead, Panel } from '../parts/panel.tsx';
import { Empty, Loading, Problem } from '../parts/states.tsx';
import { useHub, useViewer } from '../session/hub.tsx';
import { ComparePanel } from './reconciliation-compare.tsx';

const route = getRouteApi('/reconciliation');

/** One direction of a pair, and a period of closed days. */
export interface AskedPeriod {
  readonly debtor: string;
  readonly creditor: string;
  readonly from: string;
  readonly to: string;
}

type Asked = { readonly [Name in keyof AskedPeriod]?: string | undefined };

/** What the hub has booked between two banks, and where somebody's own list says otherwise. */
export function ReconciliationPage() {
  const search: Asked = route.useSearch();
  const asked = { ...defaultPeriod(new Date()), ...search };
  const { debtor, creditor } = asked;
  return (
    <>
      <PageHead
        title="Reconciliation"
        note="What the hub has booked from one bank to another, and where your own list says otherwise. Your list stays in this page."
      />
      <PeriodBar asked={asked} />
      {debtor !== undefined && creditor !== undefined ? (
        <Reconciled key={JSON.stringify(asked)} period={{ ...asked, debtor, creditor }} />
      ) : (
        <div className="panel">
          <Empty title="Choose two banks">Payments are compared for each direction of a pair.</Empty>
        </div>
      )}
    </>
  );
}

function Reconciled({ period }: { readonly period: AskedPeriod }) {
  const { client } = useHub();
  const { data, error, refetch } = useQuery({
    queryKey: ['reconciliation', period],
    queryFn: async ({ signal }) => (await client.ask(ReconciliationTotalsDocument, { ...period }, { signal })).data.reconciliation,
  });
  if (error && !data) return <Problem error={error} onAgain={() => void refetch()} />;
  if (data === undefined) return <Loading />;
  if (data === null) {
    return (
      <div className="panel">
        <Empty title="There is nothing to compare">The last day of the period is not closed yet, or none of these banks is yours.</Empty>
      </div>
    );
  }
  return (
    <>
      <Panel title="What the hub has">
        <Facts>
          <Fact name="Payments">{String(data.paymentCount)}</Fact>
          <Fact name="Total, without fees">
            <Amount of={data.total} />
          </Fact>
          <Fact name="Digest of all">
            <Id value={data.ranges[0]?.digest ?? ''} />
          </Fact>
        </Facts>
      </Panel>
      <ComparePanel period={period} />
    </>
  );
}

function PeriodBar({ asked }: { readonly asked: Asked & Pick<AskedPeriod, 'from' | 'to'> }) {
  const navigate = route.useNavigate();
  const change = (part: Asked): void => void navigate({ search: (before) => ({ ...before, ...part }), replace: true });
  const own = useViewer().bank?.guid;
  return (
    <div className="filters" role="group" aria-label="What is compared">
      {own === undefined ? <PairOfAll asked={asked} onChange={change} /> : <OwnPair own={own} asked={asked} onChange={change} />}
      <TextInput
        label="From"
        type="date"
        value={asked.from}
        onChange={(event) => change({ from: event.currentTarget.value || undefined })}
      />
      <TextInput label="To" type="date" value={asked.to} onChange={(event) => change({ to: event.currentTarget.value || undefined })} />
    </div>
  );
}

interface PairProps {
  readonly asked: Asked;
  readonly onChange: (part: Asked) => void;
}

function PairOfAll({ asked, onChange }: PairProps) {
  const banks = useBankChoices();
  return (
    <>
      <Select
        label="Who pays"
        placeholder="Bank"
        searchable
        data={banks}
        value={asked.debtor ?? null}
        onChange={(debtor) => onChange({ debtor: debtor ?? undefined })}
      />
      <Select
        label="Who receives"
        placeholder="Bank"
        searchable
        data={banks}
        value={asked.creditor ?? null}
        onChange={(creditor) => onChange({ creditor: creditor ?? undefined })}
      />
    </>
  );
}

type Side = 'WE_PAY' | 'WE_RECEIVE';

/** Staff of a bank compares its own pairs. */
function OwnPair({ own, asked, onChange }: PairProps & { readonly own: string }) {
  const banks = useBankChoices();
  const side: Side = asked.creditor === own && asked.debtor !== own ? 'WE_RECEIVE' : 'WE_PAY';
  const other = (side === 'WE_PAY' ? asked.creditor : asked.debtor) ?? null;
  const pair = (is: Side, guid: string | undefined): void =>
    onChange(is === 'WE_PAY' ? { debtor: own, creditor: guid } : { debtor: guid, creditor: own });
  return (
    <>
      <Select
        label="Direction"
        allowDeselect={false}
        value={side}
        onChange={(value) => pair(value as Side, other ?? undefined)}
        data={[
          { value: 'WE_PAY', label: 'We pay' },
          { value: 'WE_RECEIVE', label: 'We receive' },
        ]}
      />
      <Select
        label="The other bank"
        placeholder="Bank"
        searchable
        data={banks}
        value={other}
        onChange={(guid) => pair(side, guid ?? undefined)}
      />
    </>
  );
}

function useBankChoices() {
  return [...useNames().banks].map(([value, label]) => ({ value, label }));
}

const KYIV_DAY = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Kyiv', year: 'numeric', month: '2-digit', day: '2-digit' });
const DAY_MS = 24 * 60 * 60 * 1000;

/** From the first of the month to the day before, as banks do it every day. */
function defaultPeriod(now: Date): Pick<AskedPeriod, 'from' | 'to'> {
  const to = KYIV_DAY.format(new Date(now.getTime() - DAY_MS));
  return { from: `${to.slice(0, 8)}01`, to };
}
