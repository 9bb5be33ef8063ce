/** Live rows in front of the pages that were loaded, each thing once, in the newer of its two versions. */
export function withLive<Row extends { readonly version: number }>(o: {
  readonly loaded: readonly Row[];
  readonly live: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** Whether a row that is not in the loaded pages belongs to the list as it is filtered. */
  readonly belongs: (row: Row) => boolean;
  /** Newest first. */
  readonly order: (a: Row, b: Row) => number;
}): Row[] {
  const { loaded, live, keyOf, belongs, order } = o;
  const rows = new Map(loaded.map((row) => [keyOf(row), row]));
  const last = loaded.at(-1);
  for (const row of live) {
    const known = rows.get(keyOf(row));
    if (known ? known.version >= row.version : !belongs(row)) continue;
    // Older than the last page: it will come with its own page.
    if (!known && last && order(row, last) > 0) continue;
    rows.set(keyOf(row), row);
  }
  // One that no longer fits its filter stays where somebody is looking at it, in its new state.
  return [...rows.values()].toSorted(order);
}
