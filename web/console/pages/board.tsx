import { SegmentedControl, Select, useComputedColorScheme } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useMemo, useState } from 'react';

import { useLive, useLivePayments } from '../live/live-payments-context.tsx';
import { Amount } from '../parts/bits.tsx';
import { PAYMENT_WORDS, StateChip } from '../parts/chip.tsx';
import { bankName, merchantName, useNames } from '../parts/names.ts';
import { PageHead, Panel } from '../parts/panel.tsx';
import { Empty, Loading } from '../parts/states.tsx';
import { clockText } from '../parts/words.ts';
import { BoardFigureRow } from './board-figures.tsx';
import { BoardGroups } from './board-groups.tsx';
import { LegTimesPanel } from './leg-times.tsx';

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
        <LegTimesPanel filter={filter} />
        <BoardGroups side="bank" title="By bank" nameOf={(id) => bankName(names, { guid: id })} />
        <Feed />
        <BoardGroups side="merchant" title="By merchant" nameOf={(id) => merchantName(names, { uid: id })} />
      </div>
    </>
  );
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
