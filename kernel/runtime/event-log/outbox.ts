import type pg from 'pg';

import { causeOf } from '../tracing.ts';

/** A fact that a transaction wants published. It is seen by nobody before the commit and by everybody concerned after it. */
export interface OutboxEvent {
  /** Participant ids that may read the event; empty for operations alone. Repetitions do no harm. */
  readonly audience: readonly string[];
  /** The aggregate: events of one subject stay in order, and a poisoned one holds up its subject alone. */
  readonly subject: string;
  /** The subject's version that this event makes, from 1, without holes. Take it under the subject's row lock or version check. */
  readonly version: number;
  readonly type: string;
  /** Written as JSON: amounts as digit strings, times as ISO 8601. */
  readonly payload: unknown;
  readonly at: Date;
}

/**
 * Inserts events in the transaction of the change that they report; poke the relay after the commit. A hot statement may insert
 * into event_outbox (audience, subject, version, type, payload, at, traceparent) in its own CTE instead.
 */
export async function insertEvents(client: pg.ClientBase, events: readonly OutboxEvent[]): Promise<void> {
  if (events.length === 0) return;
  // Unnest takes no array of arrays with different lengths, so audiences travel inside one JSON document with the rest.
  const rows = events.map((event) => ({ ...event, at: event.at.toISOString(), traceparent: causeOf(event.subject) }));
  await client.query({ name: 'insert-events', text: INSERT_EVENTS_SQL, values: [JSON.stringify(rows)] });
}

const INSERT_EVENTS_SQL = `
insert into event_outbox (audience, subject, version, type, payload, at, traceparent)
select array(select jsonb_array_elements_text(e.audience)), e.subject, e.version, e.type, e.payload, e.at, e.traceparent
from jsonb_array_elements($1::jsonb) with ordinality as item (value, n),
  jsonb_to_record(item.value) as e (audience jsonb, subject text, version int, type text, payload jsonb, at timestamptz, traceparent text)
order by item.n`;
