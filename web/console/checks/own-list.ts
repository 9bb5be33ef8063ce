import type { ReconciledPayment } from '../../../protocol/reconciliation.ts';

// The list that somebody compares with the hub's: a file from whatever program, read here and sent nowhere.

/** One payment as the list has it. `isTypeStated`: without its type, a payment of another type is the same. */
export interface OwnPayment extends ReconciledPayment {
  readonly isTypeStated: boolean;
}

export interface OwnList {
  readonly payments: readonly OwnPayment[];
  readonly problems: readonly LineProblem[];
}

export interface LineProblem {
  /** 1 is the first line of the file. */
  readonly line: number;
  readonly code: 'GUID' | 'AMOUNT' | 'TYPE' | 'CURRENCY' | 'UNCLOSED_QUOTES' | 'TOO_MANY_LINES' | 'NO_PAYMENT';
}

export const OWN_LIST_BYTES_MAX = 64 * 1024 * 1024;
const OWN_LIST_LINES_MAX = 500_000;
/** As many problems as somebody reads. */
const PROBLEMS_MAX = 20;

const GUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/;
const AMOUNT = /^(?<whole>\d{1,15})(?:[.,](?<part>\d{1,2}))?$/;
const TYPES: readonly string[] = ['trade', 'p2p', 'return'] satisfies ReconciledPayment['pmType'][];
const CURRENCY = /^[A-Z]{3}$/;
/** The hub's own money. */
const CURRENCY_ASSUMED = 'UAH';

/** What a column may be called: also in the files of registers that the hub sends. */
const TITLES: Readonly<Record<Field, readonly string[]>> = {
  guid: ['guid', 'payment', 'payment guid', 'payment message guid', 'payment_message_guid'],
  amount: ['amount'],
  type: ['type', 'pm type', 'pm_type'],
  currency: ['currency'],
};
type Field = 'guid' | 'amount' | 'type' | 'currency';
type Columns = Readonly<Record<Field, number>>;
const IN_ORDER: Columns = { guid: 0, amount: 1, type: 2, currency: 3 };

/**
 * Reads CSV (RFC 4180) with commas, semicolons or tabs: guid, amount and, where they are, type and currency; in this order, or under a line of titles. What
 * cannot be read is said line by line, and nothing is guessed: a list with a hole would show differences that are none.
 */
export function readOwnList(text: string, { linesMax } = { linesMax: OWN_LIST_LINES_MAX }): OwnList {
  const payments: OwnPayment[] = [];
  const problems: LineProblem[] = [];
  const content = text.replace(/^\uFEFF/, '');
  const separator = separatorOf(content);
  let columns: Columns | null = null;
  for (const { line, cells, isClosed } of records(content, separator)) {
    if (problems.length >= PROBLEMS_MAX) break;
    if (cells.every((cell) => cell.trim() === '')) continue;
    if (columns === null) {
      const titled = titledColumns(cells);
      columns = titled ?? IN_ORDER;
      if (titled) continue;
    }
    if (payments.length >= linesMax) {
      problems.push({ line, code: 'TOO_MANY_LINES' });
      break;
    }
    const read = isClosed ? paymentOf(cells, columns) : 'UNCLOSED_QUOTES';
    if (typeof read === 'string') problems.push({ line, code: read });
    else payments.push(read);
  }
  if (payments.length === 0 && problems.length === 0) problems.push({ line: 1, code: 'NO_PAYMENT' });
  return { payments, problems };
}

/** The sum of a list, by currency. */
export function totalsOf(payments: readonly OwnPayment[]): ReadonlyMap<string, bigint> {
  const totals = new Map<string, bigint>();
  for (const { currency, amountMinor } of payments) totals.set(currency, (totals.get(currency) ?? 0n) + amountMinor);
  return totals;
}

function paymentOf(cells: readonly string[], columns: Columns): OwnPayment | LineProblem['code'] {
  const cell = (field: Field): string => (cells[columns[field]] ?? '').trim();
  const guid = cell('guid').toLowerCase();
  if (!GUID.test(guid)) return 'GUID';
  const { whole, part = '' } = AMOUNT.exec(cell('amount').replaceAll(/[\s\u00a0\u202f']/g, ''))?.groups ?? {};
  if (whole === undefined) return 'AMOUNT';
  const type = cell('type').toLowerCase();
  if (type !== '' && !TYPES.includes(type)) return 'TYPE';
  const currency = cell('currency').toUpperCase() || CURRENCY_ASSUMED;
  if (!CURRENCY.test(currency)) return 'CURRENCY';
  return {
    guid: hyphenated(guid),
    amountMinor: BigInt(whole + part.padEnd(2, '0')),
    currency,
    pmType: type === '' ? 'trade' : (type as ReconciledPayment['pmType']), // One of TYPES.
    isTypeStated: type !== '',
  };
}

function hyphenated(guid: string): string {
  const digits = guid.replaceAll('-', '');
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join('-');
}

function titledColumns(cells: readonly string[]): Columns | null {
  const titles = cells.map((cell) => cell.trim().toLowerCase());
  const place = (field: Field): number => titles.findIndex((title) => TITLES[field].includes(title));
  const columns = { guid: place('guid'), amount: place('amount'), type: place('type'), currency: place('currency') };
  return columns.guid >= 0 && columns.amount >= 0 ? columns : null;
}

/** Whatever stands first outside of quotes in the first line. */
function separatorOf(text: string): string {
  const [first = ''] = text
    .trimStart()
    .replaceAll(/"[^"]*"/g, '')
    .split(/\r?\n/, 1);
  return /[;\t,]/.exec(first)?.[0] ?? ',';
}

interface CsvRecord {
  readonly line: number;
  readonly cells: readonly string[];
  readonly isClosed: boolean;
}

/** The records of a text one by one; quotes hold separators and line ends together. */
function* records(text: string, separator: string): Generator<CsvRecord> {
  let line = 1;
  for (let at = 0; at < text.length;) {
    const first = line;
    const cells: string[] = [];
    let isClosed = true;
    for (;;) {
      const cell = text[at] === '"' ? quotedCell(text, at) : plainCell(text, at, separator);
      isClosed &&= cell.isClosed;
      line += linesIn(cell.value);
      cells.push(cell.value);
      at = cell.end;
      if (text[at] !== separator) break;
      at += 1;
    }
    // Whatever follows closed quotes up to the end of the line is no CSV.
    while (at < text.length && text[at] !== '\n') {
      if (text[at] !== '\r') isClosed = false;
      at += 1;
    }
    at += 1;
    line += 1;
    yield { line: first, cells, isClosed };
  }
}

interface Cell {
  readonly value: string;
  /** The place behind it. */
  readonly end: number;
  readonly isClosed: boolean;
}

function plainCell(text: string, from: number, separator: string): Cell {
  let end = from;
  while (end < text.length && text[end] !== separator && text[end] !== '\n' && text[end] !== '\r') end += 1;
  return { value: text.slice(from, end), end, isClosed: true };
}

function quotedCell(text: string, from: number): Cell {
  for (let at = text.indexOf('"', from + 1); at >= 0; at = text.indexOf('"', at + 2)) {
    if (text[at + 1] !== '"') return { value: text.slice(from + 1, at).replaceAll('""', '"'), end: at + 1, isClosed: true };
  }
  return { value: text.slice(from + 1), end: text.length, isClosed: false };
}

function linesIn(value: string): number {
  return value.includes('\n') ? value.split('\n').length - 1 : 0;
}
