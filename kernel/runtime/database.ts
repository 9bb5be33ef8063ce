import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';

import { Client, Pool, types, type ClientConfig, type CustomTypesConfig, type PoolClient } from 'pg';

/**
 * One subgraph's part of Postgres: every connection has the subgraph's schema as its search_path, so SQL names no schema.
 *
 * How values arrive, on `pool`, in `transaction` and on `newClient` alike (the global `pg.types` stay untouched):
 * `bigint`, `bigint[]` and `count(*)` as bigint, `timestamptz` as Date, `date` as 'YYYY-MM-DD', `numeric` as its text, `json` and `jsonb` parsed, `bytea` as Buffer.
 */
export interface Database {
  readonly schema: string;
  readonly url: string;
  readonly pool: Pool;
  /**
   * Runs `work` in one READ COMMITTED transaction. Deadlocks and serialization failures are tried again, TRANSACTION_TRIES_MAX times
   * in all, so `work` may run more than once and must have no effect outside the database. Any other error rolls back and is thrown.
   */
  transaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T>;
  /** A connection of its own, not connected yet. The owner ends it and must listen to its `error` event. */
  newClient(options?: ClientOptions): Client;
  close(): Promise<void>;
}

export interface ClientOptions {
  readonly pipeline?: boolean;
  /** The socket to use, for an owner that wants to cork its writes. */
  readonly stream?: () => Duplex;
  /** Server settings of this connection only, on top of those that every connection has. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface DatabaseOptions {
  readonly url: string;
  readonly schema: string;
  readonly applicationName: string;
  readonly poolMax?: number;
}

const POOL_MAX = 6;
const POOL_IDLE_MS = 10_000;
const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 15_000;
/** Bounds how long a forgotten transaction can hold back vacuum, and with it the relay's batches. */
const IDLE_IN_TRANSACTION_MS = 10_000;
export const TRANSACTION_TRIES_MAX = 4;
const RETRY_STEP_MS = 5;

const SCHEMA_NAME = /^[a-z_][a-z0-9_]{0,62}$/;

/** Connects lazily: creating it opens nothing. The schema itself is created by `migrate`. */
export function createDatabase(options: DatabaseOptions): Database {
  const { url, schema } = options;
  if (!SCHEMA_NAME.test(schema)) throw new Error(`'${schema}' is no plain schema name`);
  const config = (settings: Readonly<Record<string, string>> = {}): ClientConfig => ({
    ...connectionOf(url, { search_path: schema, jit: 'off', ...settings }),
    application_name: options.applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    keepAlive: true,
    types: VALUE_TYPES,
  });
  const pool = new Pool({ ...config(), max: options.poolMax ?? POOL_MAX, idleTimeoutMillis: POOL_IDLE_MS, allowExitOnIdle: true });
  // A connection that the server drops reports it as an event, which would end the process without a listener. Whoever used the
  // connection gets the error from its own query, and the pool replaces it.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));

  return {
    schema,
    url,
    pool,
    transaction: (work) => transactionOn(pool, work),
    newClient: ({ pipeline, stream, settings } = {}) =>
      new Client({ ...config(settings), ...(pipeline ? { pipeline } : {}), ...(stream ? { stream } : {}) }),
    close: () => pool.end(),
  };
}

async function transactionOn<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const client = await pool.connect();
    let broken: Error | undefined;
    try {
      await client.query('begin');
      const value = await work(client);
      const { command } = await client.query('commit');
      if (command !== 'COMMIT') throw new Error('the transaction had failed before its end, and its work did not say so');
      return value;
    } catch (error) {
      broken = await rollBack(client);
      if (!isTransient(error) || attempt >= TRANSACTION_TRIES_MAX) throw error;
    } finally {
      client.release(broken);
    }
    await pause(RETRY_STEP_MS * attempt);
  }
}

/** Returns an error when the connection cannot be used again. */
async function rollBack(client: PoolClient): Promise<Error | undefined> {
  try {
    await client.query('rollback');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error('rollback failed');
  }
}

/** The database or the way to it failed, and it is not known whether the last COMMIT took effect. Say nothing, try later. */
export class InfrastructureError extends Error {
  override readonly name = 'InfrastructureError';
}

const TRANSIENT = new Set(['40001', '40P01']);
/** SQLSTATE classes that say something about the server or the moment, nothing about the statement. */
const INFRASTRUCTURE_CLASSES = new Set(['08', '40', '53', '57', '58', 'XX']);
const LOCK_NOT_AVAILABLE = '55P03';
const SQLSTATE = /^[0-9A-Z]{5}$/;

/** The SQLSTATE of an error that Postgres sent, otherwise undefined. */
export function sqlStateOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && SQLSTATE.test(code) ? code : undefined;
}

/** A deadlock or a serialization failure: the same transaction may well pass when it runs again. */
export function isTransient(error: unknown): boolean {
  return TRANSIENT.has(sqlStateOf(error) ?? '');
}

/** True when the server or the connection failed, false when the statement (or the code around it) is at fault. */
export function isInfrastructureFailure(error: unknown): boolean {
  if (error instanceof InfrastructureError) return true;
  const state = sqlStateOf(error);
  if (state !== undefined) return INFRASTRUCTURE_CLASSES.has(state.slice(0, 2)) || state === LOCK_NOT_AVAILABLE;
  if (!(error instanceof Error)) return false;
  return SOCKET_ERRORS.has('code' in error ? String(error.code) : '') || DRIVER_ERRORS.some((text) => error.message.startsWith(text));
}

const SOCKET_ERRORS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
/** pg gives these errors no code. */
const DRIVER_ERRORS = [
  'Connection terminated',
  'Client has encountered a connection error',
  'Client was closed',
  'timeout expired',
  'timeout exceeded when trying to connect',
  'Cannot use a pool after calling end',
];

// Object ids of built-in types, from pg_type.
const INT8: number = 20;
const INT8_ARRAY: number = 1016;
const DATE: number = 1082;

const VALUE_TYPES: CustomTypesConfig = {
  getTypeParser: (type, format) => {
    const id: number = type;
    const parse = types.getTypeParser(type, format);
    if (format === 'binary') return parse;
    if (id === INT8) return BigInt;
    if (id === INT8_ARRAY) return (text: string) => parse(text).map(BigInt);
    return id === DATE ? (text: string) => text : parse;
  },
};

/** pg lets the URL win over the settings beside it, so `options` inside a URL has to be joined with ours. */
function connectionOf(url: string, settings: Readonly<Record<string, string>>): ClientConfig {
  const parsed = new URL(url);
  const given = parsed.searchParams.get('options');
  parsed.searchParams.delete('options');
  const ours = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
  return { connectionString: parsed.href, options: [...(given ? [given] : []), ...ours].join(' ') };
}
