import { useEffect, useState } from 'react';

import type { EventSource } from '../../client/event-source.ts';
import type { StreamEvent } from '../../client/stream-items.ts';
import { useHub } from '../session/hub.tsx';
import { follow } from './follow.ts';

/** A stream, and what a list shows of each of its events. */
export interface Feed<Event extends StreamEvent, Row> {
  readonly source: EventSource<Event, never>;
  /** Null for what the viewer no longer sees. */
  readonly rowOf: (event: Event) => Row | null;
  readonly keyOf: (row: Row) => string;
}

export interface LiveRows<Row> {
  readonly rows: readonly Row[];
  /** Counts times that something was told: what is asked for apart from the rows is asked for again. */
  readonly changes: number;
  /** Counts the times from which on nothing is missed: lists that were loaded before one are loaded again. */
  readonly resets: number;
}

const ROWS_MAX = 200;
const TOLD_EVERY_MS = 500;

/** What had an event since the page was opened, and again after every cut; told twice a second at most. The feed is a constant. */
export function useLiveRows<Event extends StreamEvent, Row>(feed: Feed<Event, Row>): LiveRows<Row> {
  const hub = useHub();
  const [view, setView] = useState<LiveRows<Row>>({ rows: [], changes: 0, resets: 0 });
  useEffect(() => {
    const ending = new AbortController();
    const rows = new Map<string, Row>();
    let resets = 0;
    let isLive = false;
    let timer: ReturnType<typeof setTimeout> | null = null;
    const tell = (): void => {
      timer ??= setTimeout(() => {
        timer = null;
        setView(({ changes }) => ({ rows: [...rows.values()], changes: changes + 1, resets }));
      }, TOLD_EVERY_MS);
    };
    const reset = (): void => {
      resets += 1;
      tell();
    };
    void follow(hub, feed.source, {
      signal: ending.signal,
      onState: (state) => {
        // What happened between the list and the stream is in neither. Later cuts are made good by the stream itself.
        if (state !== 'LIVE' || isLive) return;
        isLive = true;
        reset();
      },
      onReset: reset,
      onEvent: (event) => {
        const row = feed.rowOf(event);
        if (row !== null) keep(rows, feed.keyOf(row), row);
        tell();
      },
    });
    return () => {
      ending.abort();
      if (timer !== null) clearTimeout(timer);
    };
  }, [hub, feed]);
  return view;
}

function keep<Row>(rows: Map<string, Row>, key: string, row: Row): void {
  rows.delete(key);
  rows.set(key, row);
  const [oldest] = rows.keys();
  if (rows.size > ROWS_MAX && oldest !== undefined) rows.delete(oldest);
}
