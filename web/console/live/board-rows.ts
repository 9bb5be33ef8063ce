import type { GroupFigures } from './board-window.ts';
import { type OpenDeliveries, receiverOf } from './open-deliveries.ts';

/** One bank or merchant of the board: what came through it, and what it still has to answer. */
export interface BoardRow extends GroupFigures {
  readonly name: string;
  readonly retrying: number;
  readonly parked: number;
}

export type SortedBy = 'name' | 'perMinute' | 'successRate' | 'p95' | 'retrying' | 'parked';

export interface Sorting {
  readonly by: SortedBy;
  readonly descending: boolean;
}

/** Whoever had payments in the window, and whoever has not answered, if it had none. */
export function boardRows(o: {
  readonly figures: readonly GroupFigures[];
  readonly open: readonly OpenDeliveries[];
  readonly nameOf: (id: string) => string;
}): BoardRow[] {
  const open = new Map(o.open.map((each) => [receiverOf(each), each]));
  const known = new Set(o.figures.map(({ id }) => id));
  const silent = [...open.keys()]
    .filter((id) => !known.has(id))
    .map((id): GroupFigures => ({ id, perMinute: 0, successRate: null, p50: null, p95: null }));
  return [...o.figures, ...silent].map((figures) => ({
    ...figures,
    name: o.nameOf(figures.id),
    retrying: open.get(figures.id)?.retrying ?? 0,
    parked: open.get(figures.id)?.parked ?? 0,
  }));
}

/** What is unknown comes last, either way; equals stand by name, so that rows do not dance. */
export function sortedRows(rows: readonly BoardRow[], { by, descending }: Sorting): BoardRow[] {
  const sign = descending ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [one, other] = [a[by], b[by]];
    if (one === other) return compare(a.name, b.name);
    if (one === null || other === null) return one === null ? 1 : -1;
    return sign * compare(one, other);
  });
}

/** What a click on a column's head leads to: numbers begin with the largest, names with A. */
export function sortedAnew(sorting: Sorting, by: SortedBy): Sorting {
  return sorting.by === by ? { by, descending: !sorting.descending } : { by, descending: by !== 'name' };
}

function compare<Value extends string | number>(a: Value, b: Value): number {
  if (typeof a === 'string' && typeof b === 'string') return a.localeCompare(b, 'en');
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
