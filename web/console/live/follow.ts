import type { EventSource } from '../../client/event-source.ts';
import { GatewayFailure } from '../../client/failure.ts';
import { followEvents, type StreamState } from '../../client/follow-events.ts';
import { followingOf } from '../../client/following.ts';
import { pause } from '../../client/pause.ts';
import type { StreamEvent } from '../../client/stream-items.ts';
import type { Hub } from '../session/hub.tsx';

export interface Following<Event extends StreamEvent> {
  readonly onEvent: (event: Event) => void;
  readonly onState: (state: StreamState['state']) => void;
  /** Something was missed for good: what is on the screen has to be asked for again. */
  readonly onReset: () => void;
  readonly signal: AbortSignal;
}

/** The console never gives up: what no repetition of the client helps is tried again after this. */
const AGAIN_AFTER_MS = 5_000;

/** Follows a stream from now on for as long as the page is open. A credential that ends waits for whoever signs in again. */
export async function follow<Event extends StreamEvent>(
  { url, session }: Pick<Hub, 'url' | 'session'>,
  source: EventSource<Event, never>,
  { onEvent, onState, onReset, signal }: Following<Event>,
): Promise<void> {
  const position = memory();
  while (!signal.aborted) {
    try {
      await followEvents(
        followingOf(source, {
          url,
          credential: () => session.state().credential,
          begin: 'NOW',
          position,
          signal,
          onEvent,
          onReset,
          onState: ({ state }) => onState(state),
          onTokenExpiring: () => session.renewed(),
        }),
      );
      return;
    } catch (error) {
      if (!(error instanceof GatewayFailure)) throw error;
      onState('CONNECTING');
      await pause(AGAIN_AFTER_MS, signal);
    }
  }
}

function memory() {
  let kept: { cursor: string; sequence: string | null } | null = null;
  return {
    load: () => kept,
    save: (position: NonNullable<typeof kept>) => {
      kept = position;
    },
  };
}
