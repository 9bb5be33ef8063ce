import { Socket } from 'node:net';

import type pg from 'pg';

import { InfrastructureError, isInfrastructureFailure, isTransient, sqlStateOf, type Database } from './database.ts';
import type { Logger } from './logger.ts';

/** One complete step: everything it reads and writes is in this one statement, so that it means the same alone and in company. */
export interface Statement {
  /** Names the prepared statement; one name always has one text. */
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
  /** What it locks or inserts. A batch takes these in their order, so that batches of two processes cannot wait for each other. */
  readonly row?: string;
}

export interface StatementResult<Row> {
  readonly rowCount: number;
  readonly rows: Row[];
}

/**
 * Many steps share one commit. A promise resolves only after Postgres has answered COMMIT, so what it says is durable.
 * It rejects with the error of its own statement, never with a neighbour's, or with InfrastructureError when the connection was
 * lost: then it is not known whether the step took effect, and the caller looks at the record or runs an idempotent step again.
 */
export interface CommitQueue {
  run<Row>(statement: Statement): Promise<StatementResult<Row>>;
  /** Refuses new steps, waits for those that it has. */
  close(): Promise<void>;
}

/** What one round trip did: `items` steps in `commits` transactions (one, unless a step failed and each had to run alone). */
export interface CommitObservation {
  readonly items: number;
  readonly commits: number;
  readonly durationMs: number;
}

export interface CommitQueueOptions {
  readonly database: Database;
  /** Shortest time between the starts of two commits; a step that finds the queue idle for longer goes at once. */
  readonly tickMs?: number;
  readonly logger: Logger;
  readonly observe?: (observation: CommitObservation) => void;
}

const TICK_MS = 5;
/** More than this waiting means that Postgres does not keep up: refusing is kinder than growing. */
export const QUEUED_ITEMS_MAX = 5_000;
/** Bounds one transaction, and with it how long its row locks are held. */
export const BATCH_ITEMS_MAX = 500;
const BATCH_TIMEOUT_MS = 20_000;
/** How often a step that ran alone may meet a deadlock before its caller hears of it. */
const ALONE_TRIES_MAX = 4;

/** A named statement that the server does not know although the driver thinks so: only a new connection helps. */
const UNKNOWN_STATEMENT = '26000';

/**
 * The planner sees a batch as a stream of single-row statements: generic plans save planning, and a plan that was made while a
 * table was empty must not scan it later. A step waits for a lock at most two seconds, because its neighbours wait with it.
 */
const WRITER_SETTINGS = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  lock_timeout: '2000',
};

interface Item {
  readonly statement: Statement;
  readonly resolve: (result: StatementResult<never>) => void;
  readonly reject: (error: unknown) => void;
}

interface Connection {
  readonly client: pg.Client;
  readonly socket: Socket;
}

const BEGIN = 'begin';
const COMMIT = 'commit';

type Outcome = PromiseSettledResult<pg.QueryResult<never>>;

export function createCommitQueue(options: CommitQueueOptions): CommitQueue {
  return new PipelinedCommitQueue(options);
}

class PipelinedCommitQueue implements CommitQueue {
  readonly #database: Database;
  readonly #tickMs: number;
  readonly #logger: Logger;
  readonly #observe: (observation: CommitObservation) => void;
  #waiting: Item[] = [];
  #connection: Connection | undefined;
  #lastStart = -Infinity;
  #scheduled = false;
  #running = false;
  #closed = false;
  #idle: (() => void)[] = [];

  constructor(options: CommitQueueOptions) {
    this.#database = options.database;
    this.#tickMs = options.tickMs ?? TICK_MS;
    this.#logger = options.logger;
    this.#observe = options.observe ?? (() => {});
  }

  run<Row>(statement: Statement): Promise<StatementResult<Row>> {
    if (this.#closed) return Promise.reject(new InfrastructureError('the commit queue is closed'));
    if (this.#waiting.length >= QUEUED_ITEMS_MAX) return Promise.reject(new InfrastructureError('the commit queue is full'));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ statement, resolve, reject });
      this.#schedule();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#running || this.#waiting.length > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.client.end();
  }

  #schedule(): void {
    if (this.#scheduled || this.#running) return;
    this.#scheduled = true;
    const waitMs = this.#lastStart + this.#tickMs - performance.now();
    const start = () => {
      this.#scheduled = false;
      void this.#flush(); // Settles every item itself and never rejects.
    };
    // At once still means after this turn of the event loop, so that steps that arrived together share.
    if (waitMs <= 0) setImmediate(start);
    else setTimeout(start, waitMs);
  }

  async #flush(): Promise<void> {
    this.#running = true;
    this.#lastStart = performance.now();
    const items = this.#waiting.splice(0, BATCH_ITEMS_MAX).sort(byRow);
    try {
      const commits = await this.#runBatch(items);
      this.#observe({ items: items.length, commits, durationMs: performance.now() - this.#lastStart });
    } catch (error) {
      this.#logger.error({ err: error, items: items.length }, 'commit failed');
      for (const item of items) item.reject(rejectionOf(error));
    }
    this.#running = false;
    if (this.#waiting.length > 0) this.#schedule();
    else for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Returns how many transactions it took. Throws when the connection was lost: then the whole batch is in doubt. */
  async #runBatch(items: readonly Item[]): Promise<number> {
    if (items.length === 1) return await this.#runAlone(items);
    const connection = await this.#connected();
    const outcomes = await this.#send(connection, [BEGIN, ...items.map((item) => item.statement), COMMIT]);
    const commit = outcomes.at(-1);
    if (commit?.status === 'fulfilled' && commit.value.command === 'COMMIT') {
      items.forEach((item, index) => settle(item, outcomes[index + 1]));
      // The driver refused some values before they reached the server, and may have closed a statement that it believes in.
      if (outcomes.some((outcome) => outcome.status === 'rejected')) this.#drop(connection);
      return 1;
    }
    const errors = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
    const lost = errors.find(isConnectionLoss);
    if (lost !== undefined) throw lost;
    if (errors.some((error) => sqlStateOf(error) === UNKNOWN_STATEMENT)) this.#drop(connection);
    this.#logger.warn({ err: errors[0], items: items.length }, 'a step failed, its batch runs one by one');
    return await this.#runAlone(items);
  }

  /** Every item is its own transaction, still in one write. One that met a deadlock with another process runs again. */
  async #runAlone(items: readonly Item[]): Promise<number> {
    let open = items;
    for (let attempt = 1; open.length > 0; attempt++) {
      const connection = await this.#connected();
      const outcomes = await this.#send(
        connection,
        open.map((item) => item.statement),
      );
      const again: Item[] = [];
      open.forEach((item, index) => {
        const outcome = outcomes[index];
        const error: unknown = outcome?.status === 'rejected' ? outcome.reason : undefined;
        const unknown = sqlStateOf(error) === UNKNOWN_STATEMENT;
        if (unknown || (error !== undefined && sqlStateOf(error) === undefined)) this.#drop(connection);
        if ((unknown || isTransient(error)) && attempt < ALONE_TRIES_MAX) again.push(item);
        else settle(item, outcome);
      });
      open = again;
    }
    return items.length;
  }

  /** All statements in one write; every one has its own answer. */
  async #send(connection: Connection, statements: readonly (Statement | string)[]): Promise<Outcome[]> {
    const deadline = setTimeout(() => this.#drop(connection), BATCH_TIMEOUT_MS);
    connection.socket.cork();
    const answers = statements.map((statement) =>
      typeof statement === 'string'
        ? connection.client.query<never>(statement)
        : connection.client.query<never>({ name: statement.name, text: statement.text, values: [...statement.values] }),
    );
    connection.socket.uncork();
    const outcomes = await Promise.allSettled(answers);
    clearTimeout(deadline);
    return outcomes;
  }

  async #connected(): Promise<Connection> {
    if (this.#connection) return this.#connection;
    const socket = new Socket();
    const client = this.#database.newClient({ pipeline: true, stream: () => socket, settings: WRITER_SETTINGS });
    const connection = { client, socket };
    const forget = () => {
      if (this.#connection === connection) this.#connection = undefined;
    };
    client.on('error', forget);
    client.on('end', forget);
    await client.connect();
    this.#connection = connection;
    return connection;
  }

  /** The next batch connects anew. */
  #drop(connection: Connection): void {
    if (this.#connection === connection) this.#connection = undefined;
    connection.socket.destroy();
  }
}

/** Statements about one row, or about none, keep the order in which they came. */
function byRow(a: Item, b: Item): number {
  const [first, second] = [a.statement.row ?? '', b.statement.row ?? ''];
  if (first === second) return 0;
  return first < second ? -1 : 1;
}

function settle(item: Item, outcome: Outcome | undefined): void {
  if (outcome?.status === 'fulfilled') item.resolve({ rowCount: outcome.value.rowCount ?? 0, rows: outcome.value.rows });
  else item.reject(rejectionOf(outcome?.reason));
}

function rejectionOf(error: unknown): unknown {
  if (error instanceof InfrastructureError || !(isInfrastructureFailure(error) || isConnectionLoss(error))) return error;
  return new InfrastructureError('the database did not confirm the step', { cause: error });
}

/** After such an error the connection is gone and nothing is known about a commit that was under way. */
function isConnectionLoss(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === undefined ? isInfrastructureFailure(error) : state.startsWith('57P') || state.startsWith('08');
}
