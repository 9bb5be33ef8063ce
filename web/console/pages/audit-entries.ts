import type { AuditRowFragment } from '../generated/documents.ts';
import { LOGS, type LogName } from './audit-logs.ts';

// One list out of the audit logs of all subgraphs, each of which is read newest first and page by page.

export interface LoggedEntry extends AuditRowFragment {
  readonly log: LogName;
}

/** Where the next page of each log begins; a log that is not here has been read to its end. */
export type AuditCursors = Readonly<Partial<Record<LogName, string | null>>>;

export interface AuditPages {
  readonly entries: readonly LoggedEntry[];
  readonly next: AuditCursors;
}

export const FIRST_PAGES: AuditCursors = Object.fromEntries(LOGS.map(({ name }) => [name, null]));

/**
 * What can be shown, newest first: nothing that is older than what a log may still bring, so that whatever comes later stands below.
 */
export function shownEntries(pages: readonly AuditPages[]): readonly LoggedEntry[] {
  const read = pages.flatMap(({ entries }) => entries).toSorted(newestFirst);
  const unread = Object.keys(pages.at(-1)?.next ?? {});
  const ends = unread.map((log) => read.findLast((entry) => entry.log === log)?.at ?? '');
  const horizon = ends.toSorted().at(-1) ?? '';
  return read.filter(({ at }) => at >= horizon);
}

function newestFirst(a: LoggedEntry, b: LoggedEntry): number {
  if (a.at !== b.at) return a.at < b.at ? 1 : -1;
  if (a.log !== b.log) return a.log < b.log ? -1 : 1;
  return BigInt(a.sequence) < BigInt(b.sequence) ? 1 : -1;
}

/** What an entry says beyond who, what and on what: `before.limits.burst` and its value, line by line. */
export function factsOf(entry: string): readonly (readonly [name: string, value: string])[] {
  const { details } = objectOf(entry);
  return details === undefined ? [] : linesOf(details, []);
}

function linesOf(value: unknown, path: readonly string[]): readonly (readonly [string, string])[] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return Object.entries(value).flatMap(([name, member]) => linesOf(member, [...path, name]));
  return [[path.join('.'), typeof value === 'string' ? value : JSON.stringify(value)]];
}

/** An entry that somebody has spoilt may be anything. */
function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === 'object' && read !== null ? { ...read } : {};
  } catch {
    return {};
  }
}
