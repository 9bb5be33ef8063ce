/** Where a reader stands in a stream: what to resume with, and the number of the last event that it has handled. */
export interface StreamPosition {
  readonly cursor: string;
  /** Null until the first event: a place alone says nothing about numbers. */
  readonly sequence: string | null;
}

/** What every event of every stream says about its place. Numbers are digits, because they outgrow a double. */
export interface StreamEvent {
  readonly __typename: string;
  readonly cursor: string;
  readonly sequence: string;
  readonly previousSequence: string | null;
}

/** History is done; what follows is live. */
export interface StreamReady {
  readonly __typename: 'StreamReady';
  readonly cursor: string;
  readonly replayed: number;
}

/** Nothing new, and the stream is alive. */
export interface StreamHeartbeat {
  readonly __typename: 'StreamHeartbeat';
  readonly cursor: string;
}

export interface StreamNotice {
  readonly __typename: 'StreamNotice';
  readonly cursor: string;
  readonly code: 'DRAINING' | 'TOKEN_EXPIRING' | 'LAGGED';
  readonly reconnectAfterMs: number | null;
}

export type StreamControl = StreamReady | StreamHeartbeat | StreamNotice;
export type StreamItem<Event extends StreamEvent> = Event | StreamControl;

const CONTROL_TYPES: readonly string[] = ['StreamReady', 'StreamHeartbeat', 'StreamNotice'] satisfies StreamControl['__typename'][];

/** Tells what only has a place from what happened. */
export function isControl<Event extends StreamEvent>(item: StreamItem<Event>): item is StreamControl {
  return CONTROL_TYPES.includes(item.__typename);
}
