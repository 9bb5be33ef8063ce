import type { CursorCodec, LogPlace } from './cursor.ts';
import type { LoggedEvent } from './feed.ts';

/**
 * Why a stream tells its reader something. DRAINING: it ends because its life is over, this process stops or the log was restored.
 * LAGGED: it ends because the reader was so slow that retention overtook it. TOKEN_EXPIRING: its credential is about to end.
 */
export type StreamNoticeCode = 'DRAINING' | 'TOKEN_EXPIRING' | 'LAGGED';

/** Everything an item says about its place. `cursor` is made when it is first asked for. */
interface Placed {
  /** Resume here and the next item is the one that follows this one. */
  readonly cursor: string;
}

export interface StreamEvent extends Placed {
  readonly kind: 'event';
  /** A participant's own dense number; for operations the log's; for whoever watches one subject its version. */
  readonly sequence: bigint;
  /** The event of this scope and filter just before, whether or not this reader got it; null only when there is none. */
  readonly previousSequence: bigint | null;
  readonly event: LoggedEvent;
}

/** History is done; what follows is live. */
export interface StreamReady extends Placed {
  readonly kind: 'ready';
  readonly replayed: number;
  /** The oldest place that can still be resumed. */
  readonly retentionFrom: string;
}

/** Nothing for this reader, and still alive. Moves the cursor past what the filter left out. */
export interface StreamHeartbeat extends Placed {
  readonly kind: 'heartbeat';
}

export interface StreamNotice extends Placed {
  readonly kind: 'notice';
  readonly code: StreamNoticeCode;
  readonly reconnectAfterMs: number | null;
}

export type StreamItem = StreamEvent | StreamReady | StreamHeartbeat | StreamNotice;

/** Adds a cursor that costs nothing unless somebody reads it. */
export function placed<T extends object>(item: T, codec: CursorCodec, place: LogPlace): T & Placed {
  let cursor: string | undefined;
  return Object.defineProperty(item, 'cursor', {
    enumerable: true,
    get: () => (cursor ??= codec.encode(place)),
  }) as T & Placed; // defineProperty returns its argument with the property just added.
}
