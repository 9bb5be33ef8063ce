/** One measured figure. `ratio` is value over `against`, or the other way round where less is better; null where nothing is compared. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly against: string | null;
  readonly ratio: number | null;
}

/** Figures go to standard output, one JSON line each; everything else that a benchmark says goes to standard error. */
export function printFigure(figure: Figure): void {
  const rounded = { ...figure, value: significant(figure.value), ratio: figure.ratio === null ? null : significant(figure.ratio) };
  process.stdout.write(`${JSON.stringify(rounded)}\n`);
}

export function progress(text: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)}  ${text}\n`);
}

/** The smallest value that at least `share` of the values do not exceed. NaN for no values. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

function significant(value: number): number {
  return Number(value.toPrecision(4));
}
