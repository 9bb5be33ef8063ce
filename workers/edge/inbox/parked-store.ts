import { minorFromDecimal } from '../../../kernel/core/money.ts';
import { PARKED_REASON_MAX, parkedAboutSchema, type ParkedDecision, type ReportedMessage } from '../../../schema/parked-messages.ts';
import type { EnvelopeFacts } from '../core-client.ts';
import { parsed, text } from './columns.ts';
import type { PendingFacts } from './inbox-store.ts';
import { operationOn, type MessageState, type OperationOutcome } from './message-state.ts';

const REPORTED = 'seq, guid, state, facts, pending, reason, tries, parked_at';

/** The parked messages of one inbox, and what operations decided about them. Synchronous, as the other stores. */
export class ParkedStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** What the core has to hear, in the order in which it was taken, from behind the given row: the row's number comes with each. */
  reportable(afterSeq: number, limit: number): { readonly seq: number; readonly message: ReportedMessage }[] {
    const rows = this.#sql
      .exec(
        `SELECT ${REPORTED} FROM message WHERE state = 'PARKED' AND seq > ?
         UNION ALL SELECT ${REPORTED} FROM message WHERE state = 'DISMISSED' AND told = 0 AND seq > ? ORDER BY seq LIMIT ?`,
        afterSeq,
        afterSeq,
        limit,
      )
      .toArray();
    return rows.map((row) => ({ seq: Number(row['seq']), message: reportedOf(row) }));
  }

  /** The core has heard of these. Parked ones are reported again, because the answer says what was decided meanwhile. */
  told(messages: readonly ReportedMessage[]): void {
    for (const { guid } of messages) this.#sql.exec("UPDATE message SET told = 1 WHERE guid = ? AND state = 'DISMISSED'", guid);
  }

  /** Applies a decision once, and only to the parking that it is about. `now` is milliseconds since 1970. */
  operate({ guid, parkedAt, operation, operationId, reason }: ParkedDecision, now: number): OperationOutcome {
    const row = this.#sql.exec('SELECT state, operation_id, parked_at FROM message WHERE guid = ?', guid).toArray()[0];
    const state = row && (text(row['state']) as MessageState); // Only the inbox writes the column.
    const outcome = operationOn(state, {
      sameOperation: row?.['operation_id'] === operationId,
      sameParking: row?.['parked_at'] === Date.parse(parkedAt),
    });
    if (outcome !== 'applied') return outcome;
    this.#sql.exec(
      `UPDATE message SET state = ?, due = ?, tries = 0, refusals = 0, passed_over = 0, tried_at = NULL, operation_id = ?, refusal_reason = ?
       WHERE guid = ?`,
      operation === 'replay' ? 'PROMISED' : 'REFUSING',
      now,
      operationId,
      operation === 'refuse' ? (reason ?? '') : null,
      guid,
    );
    return outcome;
  }
}

function reportedOf(row: Record<string, SqlStorageValue>): ReportedMessage {
  return {
    guid: text(row['guid']),
    state: row['state'] === 'DISMISSED' ? 'dismissed' : 'parked',
    parkedAt: new Date(Number(row['parked_at'])).toISOString(),
    reason: typeof row['reason'] === 'string' ? row['reason'].slice(0, PARKED_REASON_MAX) : '',
    tries: Number(row['tries']),
    about: aboutOf(row),
  };
}

/** A row that cannot be read must not keep the others from being reported. */
function aboutOf(row: Record<string, SqlStorageValue>): ReportedMessage['about'] {
  try {
    const facts = parsed(row['facts']) as EnvelopeFacts; // As InboxStore wrote them, and so below.
    const { orderId, amount, currency } = parsed(row['pending']) as PendingFacts;
    const minor = minorFromDecimal(String(amount));
    const about = parkedAboutSchema.safeParse({
      bankGuid: facts.participant?.id,
      receivedAt: facts.receivedAt,
      orderId,
      amountMinor: minor.ok ? minor.value.toString() : '',
      currency,
    });
    return about.success ? about.data : null;
  } catch {
    return null;
  }
}
