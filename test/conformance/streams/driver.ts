/**
 * What the suite asks of a gateway under test beyond its public endpoint: to make things happen, and to fail. Whoever serves the streams of
 * design "resumable event streams" can be tested with one implementation of this; the suite itself speaks HTTP and WebSocket only.
 */
export interface StreamDriver {
  /** Where GraphQL is answered, over HTTP; over WebSocket at the same address. */
  readonly endpoint: string;
  /** What comes behind `Bearer`, for two merchants who have nothing to do with each other, and for staff who see everything. */
  readonly credentials: { readonly merchant: string; readonly stranger: string; readonly operations: string };
  /** Staff, for so long only. */
  operationsFor(milliseconds: number): Promise<string>;
  /** Another key of the merchant, and how to take it back. */
  revocableKey(): Promise<{ readonly credential: string; revoke(): Promise<void> }>;
  /** A new order of a merchant: its first event. Resolves when it can be read. Gives the order's id. */
  createOrder(merchant?: 'merchant' | 'stranger'): Promise<string>;
  /** So many further events of an order, alternately ORDER_CLAIMED and ORDER_RELEASED. Resolves when they are committed. */
  change(orderId: string, times: number): Promise<void>;
  /** From here on, and until the returned function is called, fields joined from another subgraph fail. */
  breakJoins(): Promise<() => Promise<void>>;
  /** Ends the retention of everything that has happened up to here. */
  forgetHistory(): Promise<void>;
  /** Sets the log's epoch as a restored backup does. */
  restore(): Promise<void>;
  /** Streams that have a source open, wherever it is. */
  openSources(): Promise<number>;
  /** How many events have been taken from the log, for all streams ever. */
  eventsTaken(): Promise<number>;
  /** Ends the processes without a warning and starts them again at the same addresses. */
  kill(what: 'gateway' | 'subgraph' | 'both'): Promise<void>;
  /** Asks the subgraph's process to end, and starts it again at the same address once it has ended. */
  restartSubgraph(): Promise<void>;
}
