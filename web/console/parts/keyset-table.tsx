import { Button } from '@mantine/core';
import type { ReactNode } from 'react';

import { Empty, Loading, Problem } from './states.tsx';

export interface Column<Row> {
  readonly title: string;
  readonly end?: boolean;
  readonly cell: (row: Row) => ReactNode;
  /** Of a list that is sorted by its columns. */
  readonly sort?: { readonly direction: 'ascending' | 'descending' | 'none'; readonly onSort: () => void };
}

/** The part of a TanStack infinite query that a list needs. */
export interface Pages {
  readonly error: Error | null;
  readonly isPending: boolean;
  readonly hasNextPage: boolean;
  readonly isFetchingNextPage: boolean;
  readonly fetchNextPage: () => unknown;
  readonly refetch: () => unknown;
}

/** A list that grows page by page, with the keys of the last row. A million rows are a million that nobody scrolls: filters lead there. */
export function KeysetTable<Row>(o: {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  readonly isFresh?: (row: Row) => boolean;
  readonly pages: Pages;
  readonly empty: string;
}) {
  const { pages } = o;
  if (pages.error && o.rows.length === 0) return <Problem error={pages.error} onAgain={() => void pages.refetch()} />;
  if (pages.isPending && o.rows.length === 0) return <Loading />;
  if (o.rows.length === 0) return <Empty title={o.empty} />;
  return (
    <>
      <Table {...o} />
      {pages.hasNextPage ? (
        <div className="more">
          <Button variant="default" loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            Show more
          </Button>
        </div>
      ) : null}
    </>
  );
}

export function Table<Row>(o: {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  readonly isFresh?: (row: Row) => boolean;
}) {
  return (
    <div className="table-box" tabIndex={0} role="group" aria-label={o.label}>
      <table className="table">
        <thead>
          <tr>
            {o.columns.map(({ title, end, sort }) => (
              <th key={title} scope="col" className={end ? 'end' : undefined} aria-sort={sort?.direction}>
                {sort ? (
                  <button type="button" className="sort" onClick={sort.onSort}>
                    {title}
                  </button>
                ) : (
                  title
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {o.rows.map((row) => (
            <tr key={o.keyOf(row)} className={o.isFresh?.(row) ? 'link fresh' : 'link'}>
              {o.columns.map(({ title, end, cell }) => (
                <td key={title} className={end ? 'end' : undefined}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
