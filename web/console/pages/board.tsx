import { SegmentedControl, Select, useComputedColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, type ReactNode, Suspense, useMemo, useState } from 'react';

import { DeliveriesWaitingDocument } from '../generated/documents.ts';
import { type BoardFigures, type GroupFigures } from '../live/board-window.ts';
import { useLive, useLivePayments } from '../live/live-payments-context.tsx';
import { useReviewCount } from '../live/review-count.ts';
import { useTick } from '../live/use-tick.ts';
import { Amount, Named } from '../parts/bits.tsx';
import { PAYMENT_WORDS, StateChip } from '../parts/chip.tsx';
import { Table } from '../parts/keyset-table.tsx';
import { bankName, merchantName, useNames } from '../parts/names.ts';
import { PageHead, Panel } from '../parts/panel.tsx';
import { Empty, Loading } from '../parts/states.tsx';
import { clockText, durationText } from '../parts/words.ts';
import { useCan, useHub } from '../session/hub.tsx';
import { LegTimes } from './leg-times.tsx';

// The chart library is as large as everything else here: it comes behind the figures.
const BoardChart = lazy(async () => ({ default: (await import('./board-chart.tsx')).BoardChart }));

const ROWS_SHOWN = 12;
const WINDOWS = [
  { value: '60', label: '1 min' },
  { value: '120', label: '2 min' },
  { value: '300', label: '5 min' },
];

/** What happens right now, counted from the stream since this page was opened. */
export function BoardPage() {
  const names = useNames();
  const [bank, setBank] = useState<string | null>(null);
  const [merchant, setMerchant] = useState<string | null>(null);
  const [seconds, setSeconds] = useState('120');
  const filter = useMemo(() => ({ bank, merchant }), [bank, merchant]);
  const scheme = useComputedColorScheme('light');
  const { board } = useLive();
  const choices = (of: ReadonlyMap<string, string>) => [...of].map(([value, label]) => ({ value, label }));
  return (
    <>
      <PageHead
        title="Live board"
        note="Everything committed in the last five minutes, since you opened the console"
        actions={
          <>
            <Select aria-label="Bank" placeholder="All banks" clearable data={choices(names.banks)} value={bank} onChange={setBank} />
            <Select
              aria-label="Merchant"
              placeholder="All merchants"
              clearable
              data={choices(names.merchants)}
              value={merchant}
              onChange={setMerchant}
            />
          </>
        }
      />
      <BoardFigureRow filter={filter} />
      <div className="board">
        <Panel
          title="Payments per second"
          aside={<SegmentedControl size="xs" aria-label="How far back" data={WINDOWS} value={seconds} onChange={setSeconds} />}
        >
          <ul className="legend">
            <li>
              <i className="ok" />
              Success
            </li>
            <li>
              <i className="bad" />
              Rejected
            </li>
            <li>
              <i className="wait" />
              Taken
            </li>
          </ul>
          <Suspense fallback={<Loading />}>
            <BoardChart board={board} filter={filter} seconds={Number(seconds)} scheme={scheme} />
          </Suspense>
        </Panel>
        <LegTimes />
        <Groups side="bank" title="By bank" nameOf={(id) => bankName(names, { guid: id })} />
        <Feed />
        <Groups side="merchant" title="By merchant" nameOf={(id) => merchantName(names, { uid: id })} />
      </div>
    </>
  );
}

function BoardFigureRow({ filter }: { readonly filter: { readonly bank: string | null; readonly merchant: string | null } }) {
  useTick(1_000);
  const { board } = useLive();
  const figures = board.figures(filter);
  return (
    <dl className="figures">
      <Figure name="Payments per minute" value={String(figures.perMinute)} note="taken in the last minute" />
      <Figure name="Success rate" {...rateText(figures)} note="of those that ended" />
      <Figure
        name="Whole payment, p95"
        {...timeParts(figures.p95)}
        note={figures.p50 === null ? 'none ended' : `half within ${durationText(figures.p50)}`}
      />
      <RetryFigure />
      <ReviewFigure />
    </dl>
  );
}

function Figure(o: {
  readonly name: string;
  readonly value: string;
  readonly unit?: string;
  readonly note: ReactNode;
  readonly bad?: boolean;
}) {
  return (
    <div className="figure">
      <dt>{o.name}</dt>
      <dd className={o.bad ? 'value bad' : 'value'}>
        {o.value}
        {o.unit ? <small>{o.unit}</small> : null}
      </dd>
      <dd className="note">{o.note}</dd>
    </div>
  );
}

function rateText({ successRate }: BoardFigures) {
  return successRate === null ? { value: '—' } : { value: (successRate * 100).toFixed(2), unit: '%' };
}

function timeParts(ms: number | null) {
  if (ms === null) return { value: '—' };
  const [value = '', unit = ''] = durationText(ms).split(' ');
  return { value, unit };
}

const WAITING_EVERY_MS = 5_000;
const COUNTED_MAX = 100;

/** Deliveries whose first try did not end it. For operations, who see every receiver. */
function RetryFigure() {
  const { client } = useHub();
  const enabled = useCan('review');
  const { data } = useQuery({
    queryKey: ['deliveries-waiting'],
    queryFn: async ({ signal }) => (await client.ask(DeliveriesWaitingDocument, {}, { signal })).data.deliveries.nodes,
    refetchInterval: WAITING_EVERY_MS,
    enabled,
  });
  if (!enabled) return null;
  const waiting = (data ?? []).filter(({ attemptCount }) => attemptCount > 0);
  const oldest = waiting.map(({ createdAt }) => Date.now() - Date.parse(createdAt)).toSorted((a, b) => b - a)[0];
  const more = data?.length === COUNTED_MAX ? '+' : '';
  return (
    <Figure
      name="Deliveries in retry"
      value={`${waiting.length}${more}`}
      note={oldest === undefined ? 'every receiver answers' : `oldest ${durationText(oldest)}`}
    />
  );
}

function ReviewFigure() {
  const { total, more } = useReviewCount();
  if (!useCan('review')) return null;
  return (
    <Figure
      name="Manual review"
      value={`${total}${more ? '+' : ''}`}
      bad={total > 0}
      note={total === 0 ? 'nothing waits for a person' : <Link to="/review">wait for a person</Link>}
    />
  );
}

function Groups(o: { readonly side: 'bank' | 'merchant'; readonly title: string; readonly nameOf: (id: string) => string }) {
  useTick(1_000);
  const { board } = useLive();
  const rows = board.by(o.side);
  const columns = [
    { title: o.side === 'bank' ? 'Bank' : 'Merchant', cell: ({ id }: GroupFigures) => <Named name={o.nameOf(id)} /> },
    { title: 'Per minute', end: true, cell: ({ perMinute }: GroupFigures) => <span className="num">{perMinute}</span> },
    { title: 'Success', end: true, cell: (row: GroupFigures) => <span className="num">{share(row)}</span> },
    { title: 'p95', end: true, cell: ({ p95 }: GroupFigures) => <span className="num">{p95 === null ? '—' : durationText(p95)}</span> },
  ];
  return (
    <Panel title={o.title} flush>
      {rows.length === 0 ? (
        <Empty title="Nothing has happened yet" />
      ) : (
        <Table label={o.title} columns={columns} rows={rows} keyOf={({ id }) => id} />
      )}
    </Panel>
  );
}

function share({ successRate }: BoardFigures): string {
  return successRate === null ? '—' : `${(successRate * 100).toFixed(1)} %`;
}

function Feed() {
  const names = useNames();
  const { rows } = useLivePayments();
  return (
    <Panel title="As it happens" aside={<Link to="/payments">All payments</Link>} flush>
      {rows.length === 0 ? (
        <Empty title="Waiting for the next payment" />
      ) : (
        <ul className="feed">
          {rows.slice(0, ROWS_SHOWN).map(({ guid, updatedAt, merchant, initiatorBank, receiverBank, amount, status }) => (
            <li key={guid}>
              <span className="num">{clockText(updatedAt)}</span>
              <span className="two-lines">
                <Link to="/payments/$guid" params={{ guid }}>
                  {merchant ? merchantName(names, merchant) : 'Between people'}
                </Link>
                <span>{`${bankName(names, initiatorBank)} → ${bankName(names, receiverBank)}`}</span>
              </span>
              <Amount of={amount} />
              <StateChip state={status} words={PAYMENT_WORDS} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
