import { BACK_OFF, backOffMs, type BackOffSettings } from './back-off.ts';
import type { EventSource, StreamBegin } from './event-source.ts';
import { connectionLost, GatewayFailure } from './failure.ts';
import type { GraphqlClient } from './graphql-client.ts';
import { missingEvents } from './missing-events.ts';
import { pause } from './pause.ts';
import { isControl, type StreamControl, type StreamEvent, type StreamItem, type StreamPosition } from './stream-items.ts';
import { TransportLadder } from './transport-ladder.ts';
import type { StreamTransport, TransportName } from './transports/transport.ts';

/** Where a position survives: a file, `localStorage`, a row written together with the effect of the event. */
export interface PositionStore {
  load(): StreamPosition | null | Promise<StreamPosition | null>;
  save(position: StreamPosition): void | Promise<void>;
}

/** Why a reader could not go on where it stood. What happened meanwhile is in the snapshot, or has to be read again by the application. */
export interface StreamReset {
  readonly code: string;
  readonly failure: GatewayFailure;
}

export type StreamState =
  | { readonly state: 'LIVE'; readonly transport: TransportName }
  /** `attempt` counts since the last item; 0 is a reconnection that was asked for. */
  | { readonly state: 'CONNECTING'; readonly attempt: number; readonly inMs: number; readonly cause: GatewayFailure | null };

export interface FollowHandlers<Event extends StreamEvent, Snapshot> {
  /** At least once for every event, one at a time, in order. The position is stored when it has resolved; a rejection ends the following. */
  readonly onEvent: (event: Event) => void | Promise<void>;
  /** The state of the one thing that is followed, before its first event and after every reset. */
  readonly onSnapshot?: (snapshot: Snapshot) => void | Promise<void>;
  readonly onReset?: (reset: StreamReset) => void | Promise<void>;
  readonly onState?: (state: StreamState) => void;
  /** The credential is about to end, or was refused: get a new one. The next connection asks for it. */
  readonly onTokenExpiring?: () => void | Promise<void>;
}

export interface FollowOptions<Event extends StreamEvent, Snapshot> extends FollowHandlers<Event, Snapshot> {
  readonly source: EventSource<Event, Snapshot>;
  readonly client: GraphqlClient;
  /** Best first. */
  readonly transports: readonly StreamTransport[];
  /** Default: memory, for readers that need only what happens while they run. */
  readonly position?: PositionStore;
  /** Where to begin when no position is stored. SNAPSHOT only for a source that has one. */
  readonly begin: 'NOW' | 'BEGINNING' | 'SNAPSHOT';
  readonly signal?: AbortSignal;
  readonly random?: () => number;
  readonly backOff?: BackOffSettings;
  /** The longest silence: the gateway sends something at least every 15 seconds. */
  readonly silenceMsMax?: number;
}

const SILENCE_MS_MAX = 40_000;
/** A snapshot, or the beginning of what is kept, that cannot be continued so often in a row is a fault of the gateway. */
const RESETS_MAX = 3;
const RESET_CODES: readonly string[] = ['CURSOR_INVALID', 'CURSOR_SCOPE', 'CURSOR_EXPIRED', 'CURSOR_AHEAD', 'EVENTS_MISSING'];
const CREDENTIAL_CODES: readonly string[] = ['UNAUTHENTICATED', 'CREDENTIAL_ENDED'];

/**
 * Follows a stream until the signal is aborted: over whatever transport comes through, across every cut, without a hole. Rejects with
 * what a handler or the store threw, or with a GatewayFailure that no repetition can help.
 */
export async function followEvents<Event extends StreamEvent, Snapshot>(options: FollowOptions<Event, Snapshot>): Promise<void> {
  await new Follower(options).run();
}

/** How reading ended without a failure: when to connect again. */
interface Left {
  readonly inMs: number;
}

class Follower<Event extends StreamEvent, Snapshot> {
  readonly #o: FollowOptions<Event, Snapshot>;
  readonly #signal: AbortSignal;
  readonly #ladder: TransportLadder;
  #begin: FollowOptions<Event, Snapshot>['begin'];
  #position: StreamPosition | null = null;
  /** Failures since the last item. */
  #attempts = 0;
  #resets = 0;
  #credentialRefused = false;
  #isKnown: (event: Event) => boolean = () => false;

  constructor(options: FollowOptions<Event, Snapshot>) {
    this.#o = options;
    this.#signal = options.signal ?? new AbortController().signal;
    this.#ladder = new TransportLadder(options.transports);
    this.#begin = options.begin;
  }

  async run(): Promise<void> {
    this.#position = (await this.#o.position?.load()) ?? null;
    while (!this.#signal.aborted) {
      let next: { readonly inMs: number; readonly cause: GatewayFailure | null };
      try {
        next = { ...(await this.#connect()), cause: null };
      } catch (error) {
        if (this.#signal.aborted) return;
        if (!(error instanceof GatewayFailure)) throw error;
        next = { inMs: await this.#recover(error), cause: error };
      }
      if (this.#signal.aborted) return;
      this.#o.onState?.({ state: 'CONNECTING', attempt: this.#attempts, ...next });
      await pause(next.inMs, this.#signal);
    }
  }

  async #connect(): Promise<Left> {
    if (this.#position === null && this.#begin === 'SNAPSHOT') await this.#takeSnapshot();
    const transport = this.#ladder.choose(performance.now());
    const connection = new AbortController();
    const close = () => connection.abort();
    this.#signal.addEventListener('abort', close);
    let given = false;
    try {
      const items = transport.open(this.#o.source, this.#beginning(), connection.signal)[Symbol.asyncIterator]();
      for (;;) {
        const item = await this.#next(items, connection);
        if (item === null || this.#signal.aborted) return { inMs: this.#backOff(given) };
        if (!given) this.#arrived(transport);
        given = true;
        const left = await this.#handle(item);
        if (left) return left;
        if (this.#ladder.choose(performance.now()) !== transport) return { inMs: 0 };
      }
    } catch (error) {
      if (!given && error instanceof GatewayFailure && error.code === 'CONNECTION_LOST') this.#ladder.failed(transport, performance.now());
      throw error;
    } finally {
      this.#signal.removeEventListener('abort', close);
      close();
    }
  }

  #beginning(): StreamBegin {
    if (this.#position) return { after: this.#position.cursor };
    return { from: this.#begin === 'BEGINNING' ? 'BEGINNING' : 'NOW' };
  }

  /** The next item; null at the end. A silence longer than the gateway ever keeps is a connection that nobody has told us is dead. */
  async #next(items: AsyncIterator<StreamItem<Event>>, connection: AbortController): Promise<StreamItem<Event> | null> {
    let silent = false;
    const timer = setTimeout(() => {
      silent = true;
      connection.abort();
    }, this.#o.silenceMsMax ?? SILENCE_MS_MAX);
    try {
      const { done, value } = await items.next();
      if (silent) throw connectionLost('The stream was silent for too long');
      return done ? null : value;
    } catch (error) {
      throw silent ? connectionLost('The stream was silent for too long', error) : error;
    } finally {
      clearTimeout(timer);
    }
  }

  #arrived(transport: StreamTransport): void {
    this.#ladder.opened(transport);
    this.#attempts = 0;
    this.#credentialRefused = false;
    this.#o.onState?.({ state: 'LIVE', transport: transport.name });
  }

  /** Says when to leave the connection, if it is to be left. */
  async #handle(item: StreamItem<Event>): Promise<Left | null> {
    if (isControl(item)) return await this.#handleControl(item);
    const { sequence, previousSequence } = item;
    const last = this.#position?.sequence ?? null;
    if (last !== null && BigInt(sequence) <= BigInt(last)) return null;
    // Without a number of our own there is nothing to compare with: what came before the first event was not asked for.
    if (last !== null && previousSequence !== last) await this.#fill(item, last);
    else await this.#deliver(item);
    return null;
  }

  async #handleControl(item: StreamControl): Promise<Left | null> {
    this.#resets = 0;
    await this.#moveTo({ cursor: item.cursor, sequence: this.#position?.sequence ?? null });
    if (item.__typename !== 'StreamNotice') return null;
    switch (item.code) {
      case 'DRAINING':
        return { inMs: item.reconnectAfterMs ?? this.#backOff(true) };
      case 'LAGGED':
        throw new GatewayFailure('CURSOR_EXPIRED', 'What follows is no longer kept', { retryable: false });
      case 'TOKEN_EXPIRING':
        if (!this.#o.onTokenExpiring) return null;
        await this.#o.onTokenExpiring();
        return { inMs: 0 };
      default:
        return item.code satisfies never;
    }
  }

  /** Between the last event and this one there are others: the history has them. */
  async #fill(item: Event, last: string): Promise<void> {
    const { source, client } = this.#o;
    const after = this.#position?.cursor ?? null;
    for await (const event of missingEvents({ source, client, after, last, upTo: item, signal: this.#signal })) await this.#deliver(event);
  }

  async #deliver(event: Event): Promise<void> {
    if (!this.#isKnown(event)) await this.#o.onEvent(event);
    this.#resets = 0;
    await this.#moveTo({ cursor: event.cursor, sequence: event.sequence });
  }

  async #moveTo(position: StreamPosition): Promise<void> {
    this.#position = position;
    await this.#o.position?.save(position);
  }

  async #takeSnapshot(): Promise<void> {
    const { source, client, onSnapshot } = this.#o;
    if (!source.snapshot) throw new Error('this stream has no snapshot: begin with NOW or BEGINNING');
    const { value, cursor, includes } = await source.snapshot(client, this.#signal);
    await onSnapshot?.(value);
    this.#isKnown = includes;
    await this.#moveTo({ cursor, sequence: null });
  }

  /** What to do about a failure: gives the milliseconds until the next attempt, or throws it again when there is nothing to do. */
  async #recover(failure: GatewayFailure): Promise<number> {
    if (RESET_CODES.includes(failure.code)) return await this.#reset(failure);
    if (CREDENTIAL_CODES.includes(failure.code)) {
      if (this.#credentialRefused || !this.#o.onTokenExpiring) throw failure;
      this.#credentialRefused = true;
      await this.#o.onTokenExpiring();
      return this.#backOff(true);
    }
    if (!failure.retryable) throw failure;
    return failure.retryAfterMs ?? this.#backOff(false);
  }

  async #reset(failure: GatewayFailure): Promise<number> {
    this.#resets += 1;
    if (this.#resets > RESETS_MAX) throw failure;
    await this.#o.onReset?.({ code: failure.code, failure });
    const { retentionFrom } = failure.details;
    this.#position = typeof retentionFrom === 'string' && !this.#o.source.snapshot ? { cursor: retentionFrom, sequence: null } : null;
    this.#begin = this.#o.source.snapshot ? 'SNAPSHOT' : 'BEGINNING';
    return 0;
  }

  /** A connection that gave something is a new beginning; one that gave nothing is one more failure. */
  #backOff(afterItems: boolean): number {
    this.#attempts = afterItems ? 1 : this.#attempts + 1;
    return backOffMs(this.#attempts, (this.#o.random ?? Math.random)(), this.#o.backOff ?? BACK_OFF);
  }
}
