import type { Answer } from '../answer.ts';
import type { EnvelopeFacts } from '../core-client.ts';
import { parsed, text } from './columns.ts';
import type { MessageState, PromisedProgress, PromisedStep } from './message-state.ts';
import type { TokenStore, UsedToken } from './token-store.ts';

/** What the edge can say about a payment while the core does not know it yet. */
export interface PendingFacts {
  readonly orderId: string;
  /** JSON number of the guide's messages. */
  readonly amount: number;
  readonly currency: string;
}

export interface NewMessage {
  readonly guid: string;
  readonly token: UsedToken;
  readonly facts: EnvelopeFacts;
  /** Null for a message that is no payment. */
  readonly pending: PendingFacts | null;
  readonly contentType: string;
  readonly raw: Uint8Array<ArrayBuffer>;
}

/** A message that the core must still be told. */
export interface PromisedMessage extends PromisedProgress {
  readonly facts: EnvelopeFacts;
  readonly contentType: string;
  readonly raw: Uint8Array<ArrayBuffer>;
}

/** A message that the core must be told, whose row says no more than this. */
export interface UnreadableMessage extends Pick<PromisedMessage, 'guid' | 'state'> {
  readonly unreadable: string;
  readonly bytes: number;
}

/** What a message needs to be answered for. */
export interface WaitingMessage {
  readonly guid: string;
  readonly token: UsedToken;
  readonly participantId: string;
  readonly operation: EnvelopeFacts['operation'];
}

/** What the edge answers for a payment by itself: nobody else knows it yet, or nobody else ever will. */
export interface OwnStatus {
  readonly status: 'Pending' | 'Reject';
  readonly receivedAt: string;
  readonly pending: PendingFacts;
}

const PRUNE_MAX = 5000;
/** Milliseconds since 1970. */
const NEVER = Number.POSITIVE_INFINITY;
/** States of which nothing is left to do. A dismissed message is not among them: the edge goes on answering for it. */
const FINISHED: readonly string[] = ['ACCEPTED', 'REFUSED', 'DONE'] satisfies readonly MessageState[];

/**
 * The messages of one inbox. Every method is synchronous; whoever needs several to be one calls them inside one transaction.
 * Whoever reads a row that is unfinished finds its bytes in it.
 */
export class InboxStore {
  readonly #sql: SqlStorage;
  readonly #tokens: TokenStore;
  /** Up to this row there is nothing to forget, or nothing yet. */
  #passedOver = 0;
  /** Before this instant no message behind that row is past; 0 when it was not looked at to its end. Milliseconds since 1970. */
  #nextEnd = 0;

  constructor(sql: SqlStorage, tokens: TokenStore) {
    this.#sql = sql;
    this.#tokens = tokens;
  }

  messageState(guid: string): { readonly state: MessageState | undefined; readonly refusedByOperations: boolean } {
    const row = this.#first('SELECT state, refusal_reason FROM message WHERE guid = ?', guid);
    if (!row) return { state: undefined, refusedByOperations: false };
    return { state: text(row['state']) as MessageState, refusedByOperations: row['refusal_reason'] !== null }; // Only the inbox writes the column.
  }

  /** Undefined where the core is the one to ask. */
  ownStatus(guid: string): OwnStatus | undefined {
    const row = this.#first(
      "SELECT state, facts, pending FROM message WHERE guid = ? AND state IN ('WAITING', 'PROMISED', 'PARKED', 'REFUSING', 'DISMISSED')",
      guid,
    );
    if (!row) return undefined;
    const facts = parsed(row['facts']) as EnvelopeFacts; // As insertWaiting wrote them, and so below.
    const pending = parsed(row['pending']) as PendingFacts | null;
    if (pending === null) return undefined;
    const refused = row['state'] === 'REFUSING' || row['state'] === 'DISMISSED';
    return {
      status: refused ? 'Reject' : 'Pending',
      receivedAt: facts.receivedAt,
      pending,
    };
  }

  /**
   * Takes a refused message's place, if there is one with this guid. While a message waits, its row holds the token too; the guard gets
   * it together with the answer.
   */
  insertWaiting(message: NewMessage): void {
    this.#sql.exec(
      `INSERT INTO message (guid, state, jti, request_hash, kept_until, facts, pending, content_type, raw)
       VALUES (?, 'WAITING', ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (guid) DO UPDATE SET state = 'WAITING', jti = excluded.jti, request_hash = excluded.request_hash,
         kept_until = excluded.kept_until, facts = excluded.facts, pending = excluded.pending, content_type = excluded.content_type,
         raw = excluded.raw`,
      message.guid,
      message.token.jti,
      message.token.requestHash,
      message.token.keptUntil,
      JSON.stringify(message.facts),
      JSON.stringify(message.pending),
      message.contentType,
      message.raw,
    );
    this.#nextEnd = Math.min(this.#nextEnd, message.token.keptUntil);
  }

  /** The core's word on a waiting message: the raw bytes go, the answer stays with the token. */
  settle(message: NewMessage, state: 'ACCEPTED' | 'REFUSED', answer: Answer): void {
    this.#sql.exec("UPDATE message SET state = ?, raw = NULL WHERE guid = ? AND state = 'WAITING'", state, message.guid);
    this.#tokens.use(message.token, answer);
  }

  /** The bank gets its 202: from here on the message is ours to deliver. `due` is milliseconds since 1970. */
  promise(message: Pick<WaitingMessage, 'guid' | 'token'>, answer: Answer, due: number): void {
    this.#sql.exec("UPDATE message SET state = 'PROMISED', due = ? WHERE guid = ? AND state = 'WAITING'", due, message.guid);
    this.#tokens.use(message.token, answer);
  }

  waitingMessages(): WaitingMessage[] {
    const rows = this.#sql
      .exec(
        "SELECT guid, jti, request_hash, kept_until, facts ->> '$.participant.id' AS participant, facts ->> '$.operation' AS operation FROM message WHERE state = 'WAITING'",
      )
      .toArray();
    return rows.map((row) => ({
      guid: text(row['guid']),
      token: { jti: text(row['jti']), requestHash: text(row['request_hash']), keptUntil: Number(row['kept_until']) },
      participantId: text(row['participant']),
      operation: text(row['operation']) as EnvelopeFacts['operation'], // As insertWaiting wrote it.
    }));
  }

  /** What the core must be told now, the longest due first. A row that cannot be read stops no other. */
  dueMessages(now: number, limit: number): (PromisedMessage | UnreadableMessage)[] {
    const rows = this.#sql
      .exec(
        `SELECT guid, state, facts, content_type, raw, tries, refusals, passed_over, tried_at FROM message
         WHERE state IN ('PROMISED', 'REFUSING') AND due <= ? ORDER BY due, seq LIMIT ?`,
        now,
        limit,
      )
      .toArray();
    return rows.map((row) => {
      try {
        return promisedMessageOf(row);
      } catch (error) {
        const bytes = row['raw'] instanceof ArrayBuffer ? row['raw'].byteLength : 0;
        return { guid: text(row['guid']), unreadable: String(error), state: row['state'] === 'REFUSING' ? 'REFUSING' : 'PROMISED', bytes };
      }
    });
  }

  applyPromisedStep(guid: string, step: PromisedStep, now: number): void {
    const due = "guid = ? AND state IN ('PROMISED', 'REFUSING')";
    switch (step.state) {
      case 'DONE':
      case 'DISMISSED':
        this.#sql.exec(`UPDATE message SET state = ?, raw = NULL WHERE ${due}`, step.state, guid);
        return;
      case 'PARKED':
        this.#sql.exec(`UPDATE message SET state = 'PARKED', reason = ?, parked_at = ? WHERE ${due}`, step.reason, now, guid);
        return;
      case 'WAITS':
        this.#sql.exec(
          `UPDATE message SET due = ?, tries = ?, refusals = ?, passed_over = ?, tried_at = ? WHERE ${due}`,
          step.due,
          step.tries,
          step.refusals,
          step.passedOver,
          step.triedAt,
          guid,
        );
        return;
      default:
        step satisfies never;
    }
  }

  /** `untold`: refused messages of which the core has not heard that they could not be recorded. */
  counts(): { waiting: number; due: number; parked: number; untold: number } {
    const rows = this.#sql
      .exec("SELECT state, count(*) AS n FROM message WHERE state IN ('WAITING', 'PROMISED', 'PARKED', 'REFUSING') GROUP BY state")
      .toArray();
    const of = (state: MessageState): number => Number(rows.find((row) => row['state'] === state)?.['n'] ?? 0);
    const untold = Number(this.#first("SELECT count(*) AS n FROM message WHERE state = 'DISMISSED' AND told = 0")?.['n'] ?? 0);
    return { waiting: of('WAITING'), due: of('PROMISED') + of('REFUSING'), parked: of('PARKED'), untold };
  }

  /** Rows that hold the bytes of a message, and those bytes. */
  unfinished(): { rows: number; bytes: number } {
    const row = this.#first(
      "SELECT count(*) AS n, coalesce(sum(length(raw)), 0) AS bytes FROM message WHERE state IN ('WAITING', 'PROMISED', 'PARKED', 'REFUSING')",
    );
    return { rows: Number(row?.['n'] ?? 0), bytes: Number(row?.['bytes'] ?? 0) };
  }

  nextDue(): number | null {
    const due = this.#first("SELECT min(due) AS due FROM message WHERE state IN ('PROMISED', 'REFUSING')")?.['due'];
    return typeof due === 'number' ? due : null;
  }

  /**
   * Forgets finished messages whose token nobody may use any more: it looks at a bounded number of rows, oldest first, and stops at the
   * first that is finished and not yet past. They have no index for this, which every accepted message would pay for; they end about in
   * the order they came.
   */
  prune(now: number, rowsMax = PRUNE_MAX): void {
    // What was unfinished when it was passed over may be finished now.
    if (this.#nextEnd > 0) this.#passedOver = 0;
    this.#pruneOn(now, rowsMax);
  }

  /** The same in passing, from where the last look ended: it costs nothing before the next message is past. */
  pruneInPassing(now: number, rowsMax: number): void {
    if (now > this.#nextEnd) this.#pruneOn(now, rowsMax);
  }

  #pruneOn(now: number, rowsMax: number): void {
    const from = this.#passedOver;
    const rows = this.#sql.exec('SELECT seq, state, kept_until FROM message WHERE seq > ? ORDER BY seq LIMIT ?', from, rowsMax);
    let looked = 0;
    let last = from;
    let nextEnd = NEVER;
    for (const { seq, state, kept_until: keptUntil } of rows) {
      // A message that waits is settled soon, and is then to be looked at.
      if (state === 'WAITING' || (FINISHED.includes(text(state)) && Number(keptUntil) >= now)) {
        nextEnd = state === 'WAITING' ? 0 : Number(keptUntil);
        break;
      }
      last = Number(seq);
      looked += 1;
    }
    this.#nextEnd = looked === rowsMax ? 0 : nextEnd;
    // From the beginning again after the last row: when that is forgotten, SQLite gives its number to the next.
    this.#passedOver = this.#nextEnd === NEVER ? 0 : last;
    if (looked === 0) return;
    this.#sql.exec(
      "DELETE FROM message WHERE seq > ? AND seq <= ? AND state IN ('ACCEPTED', 'REFUSED', 'DONE') AND kept_until < ?",
      from,
      last,
      now,
    );
  }

  #first(query: string, ...values: SqlStorageValue[]): Record<string, SqlStorageValue> | undefined {
    return this.#sql.exec(query, ...values).toArray()[0];
  }
}

function promisedMessageOf(row: Record<string, SqlStorageValue>): PromisedMessage {
  if (!(row['raw'] instanceof ArrayBuffer)) throw new Error('an unfinished message without its bytes');
  return {
    guid: text(row['guid']),
    state: row['state'] === 'REFUSING' ? 'REFUSING' : 'PROMISED',
    facts: parsed(row['facts']) as EnvelopeFacts, // As insertWaiting wrote them.
    contentType: text(row['content_type']),
    raw: new Uint8Array(row['raw']),
    tries: Number(row['tries']),
    refusals: Number(row['refusals']),
    passedOver: Number(row['passed_over']),
    triedAt: typeof row['tried_at'] === 'number' ? row['tried_at'] : null,
  };
}
