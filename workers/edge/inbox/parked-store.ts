import type { EnvelopeFacts } from '../core-client.ts';
import { parsed, text } from './columns.ts';
import type { PendingFacts } from './inbox-store.ts';
import { operationOn, type MessageState, type Operation, type OperationOutcome } from './message-state.ts';

/** A parked message as operations see it: nothing of a person, and none of its bytes. */
export interface ParkedMessage {
  readonly guid: string;
  readonly reason: string;
  readonly tries: number;
  /** ISO 8601, and so below. */
  readonly parkedAt: string;
  /** Null where the row itself cannot be read, which is then the reason. */
  readonly about: { readonly participantId: string; readonly receivedAt: string; readonly pending: PendingFacts } | null;
}

/** The parked messages of one inbox, and what operations decide about them. Synchronous, as the other stores. */
export class ParkedStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** In the order in which they were parked, those after the given one. */
  list(after: { readonly parkedAt: string; readonly guid: string } | null, limit: number): ParkedMessage[] {
    const rows = this.#sql
      .exec(
        `SELECT guid, facts, pending, reason, tries, parked_at FROM message
         WHERE state = 'PARKED' AND (parked_at, guid) > (?, ?) ORDER BY parked_at, guid LIMIT ?`,
        after === null ? 0 : Date.parse(after.parkedAt),
        after?.guid ?? '',
        limit,
      )
      .toArray();
    return rows.map((row) => ({
      guid: text(row['guid']),
      reason: text(row['reason']),
      tries: Number(row['tries']),
      parkedAt: new Date(Number(row['parked_at'])).toISOString(),
      about: aboutOf(row),
    }));
  }

  /** Applies an operation once: the same `operationId` again changes nothing. `now` is milliseconds since 1970. */
  operate(guid: string, o: { operation: Operation; operationId: string; reason: string | null; now: number }): OperationOutcome {
    const row = this.#sql.exec('SELECT state, operation_id FROM message WHERE guid = ?', guid).toArray()[0];
    const state = row && (text(row['state']) as MessageState); // Only the inbox writes the column.
    const outcome = operationOn(state, { sameOperation: row?.['operation_id'] === o.operationId });
    if (outcome !== 'applied') return outcome;
    this.#sql.exec(
      `UPDATE message SET state = ?, due = ?, tries = 0, refusals = 0, passed_over = 0, tried_at = NULL, parked_at = NULL,
         operation_id = ?, refusal_reason = ? WHERE guid = ?`,
      o.operation === 'replay' ? 'PROMISED' : 'REFUSING',
      o.now,
      o.operationId,
      o.reason,
      guid,
    );
    return outcome;
  }
}

function aboutOf(row: Record<string, SqlStorageValue>): ParkedMessage['about'] {
  try {
    const facts = parsed(row['facts']) as EnvelopeFacts; // As InboxStore wrote them, and so below.
    const pending = parsed(row['pending']) as PendingFacts;
    return { participantId: facts.participant?.id ?? '', receivedAt: facts.receivedAt, pending };
  } catch {
    return null; // Operations see the row all the same.
  }
}
