import { useState } from 'react';

import { type BoardRow, boardRows, sortedAnew, type SortedBy, sortedRows, type Sorting } from '../live/board-rows.ts';
import type { GroupFigures } from '../live/board-window.ts';
import { useLive } from '../live/live-payments-context.tsx';
import { useOpenDeliveries } from '../live/open-deliveries.ts';
import { useTick } from '../live/use-tick.ts';
import { Named } from '../parts/bits.tsx';
import { type Column, Table } from '../parts/keyset-table.tsx';
import { Panel } from '../parts/panel.tsx';
import { Empty } from '../parts/states.tsx';
import { durationText } from '../parts/words.ts';

/** The figures of every bank, or of every merchant, in the order that one likes. */
export function BoardGroups(o: { readonly side: 'bank' | 'merchant'; readonly title: string; readonly nameOf: (id: string) => string }) {
  useTick(1_000);
  const { board } = useLive();
  const open = useOpenDeliveries();
  const [sorting, setSorting] = useState<Sorting>({ by: 'perMinute', descending: true });
  const ofSide = (open ?? []).filter(({ receiverBank }) => (o.side === 'bank') === (receiverBank !== null));
  const rows = sortedRows(boardRows({ figures: board.by(o.side), open: ofSide, nameOf: o.nameOf }), sorting);
  const shown = COLUMNS.filter(({ by }) => open !== null || (by !== 'retrying' && by !== 'parked'));
  const columns = shown.map(({ by, title, ...column }): Column<BoardRow> => ({
    ...column,
    title: title ?? (o.side === 'bank' ? 'Bank' : 'Merchant'),
    sort: {
      direction: sorting.by === by ? (sorting.descending ? 'descending' : 'ascending') : 'none',
      onSort: () => setSorting((before) => sortedAnew(before, by)),
    },
  }));
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

interface BoardColumn extends Omit<Column<BoardRow>, 'title' | 'sort'> {
  readonly by: SortedBy;
  readonly title?: string;
}

const COLUMNS: readonly BoardColumn[] = [
  { by: 'name', cell: ({ name }) => <Named name={name} /> },
  { by: 'perMinute', title: 'Per minute', end: true, cell: ({ perMinute }) => <span className="num">{perMinute}</span> },
  { by: 'successRate', title: 'Success', end: true, cell: (row) => <span className="num">{shareText(row)}</span> },
  { by: 'p95', title: 'p95', end: true, cell: ({ p95 }) => <span className="num">{p95 === null ? '—' : durationText(p95)}</span> },
  { by: 'retrying', title: 'In retry', end: true, cell: ({ retrying }) => <span className="num">{retrying}</span> },
  { by: 'parked', title: 'Review', end: true, cell: ({ parked }) => <span className={parked > 0 ? 'num bad' : 'num'}>{parked}</span> },
];

function shareText({ successRate }: GroupFigures): string {
  return successRate === null ? '—' : `${(successRate * 100).toFixed(1)} %`;
}
