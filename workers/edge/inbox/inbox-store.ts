import type { Answer } from '../answer.ts';
import type { EnvelopeFacts } from '../core-client.ts';
import type { MessageState, PromisedStep } from './message-state.ts';

/** A header token that was used, as the replay guard keeps it. */
export interface UsedToken {
  readonly jti: string;
  /** Hash of method, path and raw body (protocol/digest.ts). */
  readonly requestHash: string;
  /** Milliseconds since 1970. */
  readonly keptUntil: number;
}

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
  readonly pending: PendingFacts;
  readonly contentType: string;
  readonly raw: Uint8Array<ArrayBuffer>;
}

/** A message that the core must still be told. */
export interface PromisedMessage {
  readonly guid: string;
  readonly facts: EnvelopeFacts;
  readonly contentType: string;
  readonly raw: Uint8Array<ArrayBuffer>;
  readonly tries: number;
  readonly refusals: number;
}

export type WaitingMessage = Pick<NewMessage, 'guid' | 'token' | 'facts'>;

export interface PendingMessage {
  readonly facts: EnvelopeFacts;
  readonly pending: PendingFacts;
}

const PRUNE_MAX = 5000;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS used_token (
  jti TEXT PRIMARY KEY,
  request_hash TEXT NOT NULL,
  kept_until INTEGER NOT NULL,
  answer TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS used_token_by_end ON used_token (kept_until);
CREATE TABLE IF NOT EXISTS message (
  seq INTEGER PRIMARY KEY,
  guid TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL,
  jti TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  kept_until INTEGER NOT NULL,
  facts TEXT NOT NULL,
  pending TEXT NOT NULL,
  content_type TEXT NOT NULL,
  raw BLOB,
  due INTEGER NOT NULL DEFAULT 0,
  tries INTEGER NOT NULL DEFAULT 0,
  refusals INTEGER NOT NULL DEFAULT 0,
  reason TEXT
);
CREATE INDEX IF NOT EXISTS message_promised ON message (due, seq) WHERE state = 'PROMISED';
CREATE INDEX IF NOT EXISTS message_unfinished ON message (state) WHERE state IN ('WAITING', 'PROMISED', 'PARKED');
`;

/** The rows of one inbox. Every method is synchronous; whoever needs several to be one calls them inside one transaction. */
export class InboxStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#sql.exec(SCHEMA);
  }

  usedToken(jti: string): { requestHash: string; answer: Answer | null } | undefined {
    const row = this.#first('SELECT request_hash, answer FROM used_token WHERE jti = ?', jti);
    if (!row) return undefined;
    return { requestHash: text(row['request_hash']), answer: row['answer'] === null ? null : (parsed(row['answer']) as Answer) };
  }

  /** Remembers a token, with its answer or, while there is none, without. */
  useToken(token: UsedToken, answer: Answer | null): void {
    this.#sql.exec(
      'INSERT INTO used_token (jti, request_hash, kept_until, answer) VALUES (?, ?, ?, ?) ON CONFLICT (jti) DO UPDATE SET answer = excluded.answer',
      token.jti,
      token.requestHash,
      token.keptUntil,
      answer && JSON.stringify(answer),
    );
  }

  messageState(guid: string): MessageState | undefined {
    const row = this.#first('SELECT state FROM message WHERE guid = ?', guid);
    return row && (text(row['state']) as MessageState); // Only this class writes the column.
  }

  /** A message whose outcome the core does not know yet: the bank that asks for it reads Pending. */
  pendingMessage(guid: string): PendingMessage | undefined {
    const row = this.#first("SELECT facts, pending FROM message WHERE guid = ? AND state IN ('WAITING', 'PROMISED', 'PARKED')", guid);
    return row && { facts: parsed(row['facts']) as EnvelopeFacts, pending: parsed(row['pending']) as PendingFacts }; // As insertWaiting wrote them.
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
  }

  /** The core's word on a waiting message: the raw bytes go, the answer stays with the token. */
  settle(message: NewMessage, state: 'ACCEPTED' | 'REFUSED', answer: Answer): void {
    this.#sql.exec("UPDATE message SET state = ?, raw = NULL WHERE guid = ? AND state = 'WAITING'", state, message.guid);
    this.useToken(message.token, answer);
  }

  /** The bank gets its 202: from here on the message is ours to deliver. `due` is milliseconds since 1970. */
  promise(message: WaitingMessage, answer: Answer, due: number): void {
    this.#sql.exec("UPDATE message SET state = 'PROMISED', due = ? WHERE guid = ? AND state = 'WAITING'", due, message.guid);
    this.useToken(message.token, answer);
  }

  waitingMessages(): WaitingMessage[] {
    const rows = this.#sql.exec("SELECT guid, jti, request_hash, kept_until, facts FROM message WHERE state = 'WAITING'").toArray();
    return rows.map((row) => ({
      guid: text(row['guid']),
      token: { jti: text(row['jti']), requestHash: text(row['request_hash']), keptUntil: Number(row['kept_until']) },
      facts: parsed(row['facts']) as EnvelopeFacts, // As insertWaiting wrote them.
    }));
  }

  dueMessages(now: number, limit: number): PromisedMessage[] {
    const rows = this.#sql
      .exec(
        "SELECT guid, facts, content_type, raw, tries, refusals FROM message WHERE state = 'PROMISED' AND due <= ? ORDER BY due, seq LIMIT ?",
        now,
        limit,
      )
      .toArray();
    return rows.map((row) => ({
      guid: text(row['guid']),
      facts: parsed(row['facts']) as EnvelopeFacts, // As insertWaiting wrote them.
      contentType: text(row['content_type']),
      raw: new Uint8Array(row['raw'] as ArrayBuffer), // An unfinished row always has its bytes.
      tries: Number(row['tries']),
      refusals: Number(row['refusals']),
    }));
  }

  applyPromisedStep(guid: string, step: PromisedStep): void {
    switch (step.state) {
      case 'DONE':
        this.#sql.exec("UPDATE message SET state = 'DONE', raw = NULL WHERE guid = ? AND state = 'PROMISED'", guid);
        return;
      case 'PARKED':
        this.#sql.exec("UPDATE message SET state = 'PARKED', reason = ? WHERE guid = ? AND state = 'PROMISED'", step.reason, guid);
        return;
      case 'PROMISED':
        this.#sql.exec(
          "UPDATE message SET due = ?, tries = ?, refusals = ? WHERE guid = ? AND state = 'PROMISED'",
          step.due,
          step.tries,
          step.refusals,
          guid,
        );
        return;
      default:
        step satisfies never;
    }
  }

  counts(): { waiting: number; promised: number; parked: number } {
    const rows = this.#sql
      .exec("SELECT state, count(*) AS n FROM message WHERE state IN ('WAITING', 'PROMISED', 'PARKED') GROUP BY state")
      .toArray();
    const of = (state: MessageState): number => Number(rows.find((row) => row['state'] === state)?.['n'] ?? 0);
    return { waiting: of('WAITING'), promised: of('PROMISED'), parked: of('PARKED') };
  }

  nextDue(): number | null {
    const due = this.#first("SELECT min(due) AS due FROM message WHERE state = 'PROMISED'")?.['due'];
    return due === null || due === undefined ? null : Number(due);
  }

  oldestToken(): number | null {
    const end = this.#first('SELECT min(kept_until) AS oldest FROM used_token')?.['oldest'];
    return end === null || end === undefined ? null : Number(end);
  }

  /**
   * Forgets what nobody may ask about any more: a bounded number of rows, oldest first, so that a long silence is not paid for at once.
   * Finished messages have no index for this, which every accepted message would pay for; they end about in the order they came.
   */
  prune(now: number): void {
    this.#sql.exec('DELETE FROM used_token WHERE jti IN (SELECT jti FROM used_token WHERE kept_until < ? LIMIT ?)', now, PRUNE_MAX);
    this.#sql.exec(
      `DELETE FROM message WHERE kept_until < ? AND seq IN
         (SELECT seq FROM message WHERE state IN ('ACCEPTED', 'REFUSED', 'DONE') ORDER BY seq LIMIT ?)`,
      now,
      PRUNE_MAX,
    );
  }

  #first(query: string, ...values: SqlStorageValue[]): Record<string, SqlStorageValue> | undefined {
    return this.#sql.exec(query, ...values).toArray()[0];
  }
}

function text(value: SqlStorageValue | undefined): string {
  if (typeof value !== 'string') throw new Error('a text column holds no text');
  return value;
}

/** Columns that only this file writes, as JSON of the type that is named at the call. */
function parsed(value: SqlStorageValue | undefined): unknown {
  return JSON.parse(text(value));
}
