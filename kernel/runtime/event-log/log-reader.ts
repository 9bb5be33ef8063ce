import type { Database } from '../database.ts';
import type { StreamFilter, StreamScope } from './cursor.ts';
import { LogDamagedError, loggedEvent, type LoggedEvent, type LogRow } from './feed.ts';

/** An event with the number that the public of a scope sees. */
export interface ScopedEvent {
  readonly event: LoggedEvent;
  /** A participant's own dense number; for operations the log's; for whoever watches one subject its version. */
  readonly sequence: bigint;
}

/** The log at one moment. */
export interface LogHead {
  readonly epoch: number;
  readonly head: bigint;
  readonly floor: bigint;
}

export interface ScopedPage extends LogHead {
  readonly events: readonly ScopedEvent[];
}

export interface Selected {
  readonly scope: StreamScope;
  readonly filter: StreamFilter;
}

/** Reads what one scope and filter may see, from the tables. */
export interface LogReader {
  head(): Promise<LogHead>;
  /** Events after `after`, oldest first, and the head of the same snapshot: fewer than `limit` means none is missing up to that head. */
  page(o: Selected & { readonly after: bigint; readonly limit: number }): Promise<ScopedPage>;
  /** The last event before `before` (exclusive), or null. */
  last(o: Selected & { readonly before: bigint }): Promise<ScopedEvent | null>;
}

export function createLogReader(options: { readonly database: Database; readonly logName: string }): LogReader {
  const { database, logName } = options;
  async function select(o: Selected, direction: 'page' | 'last', bounds: readonly unknown[]): Promise<readonly LogRow[]> {
    const { sql, place, values, shape } = selection(o, [logName, ...bounds]);
    const range =
      direction === 'page' ? `and ${place} > $2 order by ${place} limit $3` : `and ${place} < $2 order by ${place} desc limit 1`;
    const text = `select h.floor, h.pos as head, h.epoch, l.* from log_head h left join lateral (${sql} ${range}) l on true where h.log = $1`;
    const { rows } = await database.pool.query<LogRow>({ name: `log-${direction}-${shape}`, text, values });
    return rows;
  }
  function headOf(rows: readonly LogHead[]): LogHead {
    const [row] = rows;
    if (!row) throw new LogDamagedError(`there is no log '${logName}' in schema '${database.schema}'`);
    return { epoch: row.epoch, head: row.head, floor: row.floor };
  }
  async function findLast({ scope, filter, before }: Selected & { readonly before: bigint }): Promise<ScopedEvent | null> {
    const rows = await select({ scope, filter }, 'last', [before]);
    return rows.flatMap((row) => scopedEvents(row, scope))[0] ?? null;
  }
  const asking = new Map<string, Promise<ScopedEvent | null>>();
  return {
    async head() {
      const { rows } = await database.pool.query<LogHead>({
        name: 'log-head',
        text: 'select epoch, pos as head, floor from log_head where log = $1',
        values: [logName],
      });
      return headOf(rows);
    },
    async page({ scope, filter, after, limit }) {
      const rows = await select({ scope, filter }, 'page', [after, limit]);
      return { ...headOf(rows), events: rows.flatMap((row) => scopedEvents(row, scope)).sort(byPosition) };
    },
    last(o) {
      // One event wakes all streams of its subject, and each wants to know what came before: they share the question.
      const question = JSON.stringify([o.scope, o.filter.subject, o.filter.types, String(o.before)]);
      const asked = asking.get(question);
      if (asked) return asked;
      const answer = findLast(o).finally(() => asking.delete(question));
      asking.set(question, answer);
      return answer;
    },
  };
}

const COLUMNS = 'l.pos, l.subject, l.version, l.type, l.payload, l.at, l.hash, l.traceparent, l.audience, l.sequences';

/** One statement per shape, so that each gets a plan of its own: an index on the subject, on the participant, or the log itself. */
function selection({ scope, filter }: Selected, first: readonly unknown[]) {
  const values = [...first];
  const parameter = (value: unknown) => `$${values.push(value)}`;
  const bySubject = subjectOf({ scope, filter }) !== undefined;
  const conditions: string[] = [];
  let from = 'event_log l';
  let place = 'l.pos';
  if (filter.subject !== undefined) conditions.push(`l.subject = ${parameter(filter.subject)}`);
  if (scope !== 'all' && 'subject' in scope) conditions.push(`l.subject = ${parameter(scope.subject)}`);
  if (scope !== 'all' && 'participant' in scope) {
    const participant = parameter(scope.participant);
    if (bySubject) conditions.push(`${participant} = any (l.audience)`);
    else {
      // `offset 0` keeps this a look-up for each row: a plan made while the log was small would otherwise scan it when it is large.
      from = 'event_audience a cross join lateral (select * from event_log where pos = a.pos offset 0) l';
      place = 'a.pos';
      conditions.push(`a.participant = ${participant}`);
    }
  }
  if (filter.types) conditions.push(`l.type = any (${parameter(filter.types)})`);
  const who = scope === 'all' ? 'all' : 'participant' in scope ? 'own' : 'watched';
  const shape = [who, filter.subject === undefined ? 'any' : 'subject', filter.types ? 'types' : 'any'].join('-');
  return { sql: `select ${COLUMNS} from ${from} where ${['true', ...conditions].join(' and ')}`, place, values, shape };
}

/** No event when the row is only the head. */
function scopedEvents(row: LogRow, scope: StreamScope): ScopedEvent[] {
  if (row.pos === null) return [];
  const sequence = sequenceIn(scope, row, row.pos);
  return sequence === undefined ? [] : [{ event: loggedEvent(row, row.pos), sequence }];
}

/** The number of an event in a scope, or undefined when the scope does not include it. */
export function sequenceIn(
  scope: StreamScope,
  row: Pick<LogRow, 'subject' | 'version' | 'audience' | 'sequences'>,
  position: bigint,
): bigint | undefined {
  if (scope === 'all') return position;
  if ('participant' in scope) return row.sequences[row.audience.indexOf(scope.participant)];
  return row.subject === scope.subject ? BigInt(row.version) : undefined;
}

/** The one subject whose events are selected, if it is one. A scope of one subject cannot be widened by a filter. */
export function subjectOf({ scope, filter }: Selected): string | undefined {
  return scope !== 'all' && 'subject' in scope ? scope.subject : filter.subject;
}

function byPosition(a: ScopedEvent, b: ScopedEvent): number {
  return a.event.position < b.event.position ? -1 : 1;
}
