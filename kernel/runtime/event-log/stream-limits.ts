/** What every stream of a log is bounded by. Times in milliseconds. */
export interface StreamLimits {
  /** The longest silence on a stream: then a heartbeat says that it is alive and moves its cursor. */
  readonly heartbeatMs: number;
  /** How long a stream lives. Then it ends with a DRAINING notice, so that load moves and no connection is for ever. */
  readonly lifetimeMs: number;
  /** Streams end up to this much earlier, each at random, so that those of one moment do not come back in one. */
  readonly lifetimeSpreadMs: number;
  /** Streams that were let go are asked to come back spread over this time. */
  readonly reconnectSpreadMs: number;
  /** How long before its credential ends a stream says TOKEN_EXPIRING. */
  readonly expiryNoticeMs: number;
  /** Events that one process keeps in memory for all streams of a log. A stream that is further behind reads the tables. */
  readonly tailRowsMax: number;
  /** Rows of the past read from the tables for one participant: in the long run, and at once after a silence. */
  readonly replayRowsPerSecond: number;
  readonly replayBurstRows: number;
}

export const STREAM_LIMITS: StreamLimits = {
  heartbeatMs: 15_000,
  lifetimeMs: 3_600_000,
  lifetimeSpreadMs: 600_000,
  reconnectSpreadMs: 5_000,
  expiryNoticeMs: 30_000,
  tailRowsMax: 2_000,
  replayRowsPerSecond: 2_000,
  replayBurstRows: 10_000,
};
