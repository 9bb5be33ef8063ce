import type { Answer } from '../answer.ts';
import { text } from './columns.ts';

/** A header token that was used, as the replay guard keeps it. */
export interface UsedToken {
  readonly jti: string;
  /** Hash of method, path and raw body (protocol/digest.ts). */
  readonly requestHash: string;
  /** Milliseconds since 1970. */
  readonly keptUntil: number;
}

/** What is known of a token under its jti. */
export interface KnownToken {
  readonly requestHash: string;
  /** Null while there is none, where it was too long to keep, and where another object keeps it. */
  readonly answer: Answer | null;
  /** The name of the object that works on the token's request and keeps its answer; null where that is this one. */
  readonly keeper: string | null;
}

/** A header token lives at most so long after it was used: five minutes ahead of our clock, and six more. Milliseconds. */
export const TOKEN_LIFE_MAX_MS = 660_000;

const PRUNE_MAX = 5000;
/** Milliseconds since 1970. */
const NEVER = Number.POSITIVE_INFINITY;

/** The used tokens of one inbox. Every method is synchronous; whoever needs several to be one calls them inside one transaction. */
export class TokenStore {
  readonly #sql: SqlStorage;
  /** Before this instant no token has ended, as far as this life of the object has seen. Milliseconds since 1970. */
  #firstEnd = 0;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  find(jti: string): KnownToken | undefined {
    const row = this.#sql.exec('SELECT request_hash, answer, keeper FROM used_token WHERE jti = ?', jti).toArray()[0];
    if (!row) return undefined;
    const { answer, keeper } = row;
    return {
      requestHash: text(row['request_hash']),
      answer: typeof answer === 'string' ? (JSON.parse(answer) as Answer) : null, // As `use` wrote it.
      keeper: typeof keeper === 'string' ? keeper : null,
    };
  }

  /** Remembers a token, with its answer or, while there is none, without. Never touches a row of another request. */
  use(token: UsedToken, answer: Answer | null): void {
    this.#sql.exec(
      `INSERT INTO used_token (jti, request_hash, kept_until, answer) VALUES (?, ?, ?, ?)
       ON CONFLICT (jti) DO UPDATE SET answer = excluded.answer WHERE request_hash = excluded.request_hash`,
      token.jti,
      token.requestHash,
      token.keptUntil,
      answer && JSON.stringify(answer),
    );
    this.#firstEnd = Math.min(this.#firstEnd, token.keptUntil);
  }

  /** Gives a token to the one request that `keeper` works on. False when it was used for another request. */
  claim(token: UsedToken, keeper: string): boolean {
    const known = this.find(token.jti);
    if (known) return known.requestHash === token.requestHash;
    this.#sql.exec(
      'INSERT INTO used_token (jti, request_hash, kept_until, keeper) VALUES (?, ?, ?, ?)',
      token.jti,
      token.requestHash,
      token.keptUntil,
      keeper,
    );
    this.#firstEnd = Math.min(this.#firstEnd, token.keptUntil);
    return true;
  }

  /** When the first token may be forgotten, in milliseconds since 1970; null when there is none. */
  oldest(): number | null {
    const end = this.#sql.exec('SELECT min(kept_until) AS oldest FROM used_token').toArray()[0]?.['oldest'];
    return typeof end === 'number' ? end : null;
  }

  /** Forgets what nobody may ask about any more: a bounded number of rows, so that a long silence is not paid for at once. */
  prune(now: number, rowsMax = PRUNE_MAX): void {
    this.#sql.exec('DELETE FROM used_token WHERE seq IN (SELECT seq FROM used_token WHERE kept_until < ? LIMIT ?)', now, rowsMax);
    this.#firstEnd = this.oldest() ?? NEVER;
  }

  /** The same in passing: it costs nothing while no token has ended. */
  pruneInPassing(now: number, rowsMax: number): void {
    if (now > this.#firstEnd) this.prune(now, rowsMax);
  }
}
