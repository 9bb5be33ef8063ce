import type { Clock } from '../clock.ts';
import type { Database } from '../database.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { HubSecrets } from '../secrets.ts';
import { noteStep } from '../tracing.ts';
import { createBell, type Bell } from './bell.ts';
import { createCursorKeys } from './cursor.ts';
import { createFeed, type Feed } from './feed.ts';
import { createRelay } from './relay.ts';
import { createLogRetention } from './retention.ts';
import { sharedFeed } from './shared-feed.ts';
import type { StreamLimits } from './stream-limits.ts';
import { createEventStreams, type EventStreams, type EventStreamsOptions, type StreamObserver } from './stream.ts';

/** The event log of one subgraph with everything that reads and keeps it in this process. */
export interface EventLog {
  readonly bell: Bell;
  /** For sister subgraphs. */
  readonly feed: Feed;
  /** Call after a commit that wrote events. Cheap, never throws. */
  poke(): void;
  /** Live streams of the log; `only` where it has several kinds of subject. Call it while the subgraph is built. */
  streams(only?: EventStreamsOptions['only']): EventStreams;
  /** After the migrations. */
  start(): Promise<void>;
  /** Lets the readers of every stream go, each with a notice and a cursor, and refuses new ones. */
  drain(): void;
  /** After the last commit that wrote events. */
  stop(): Promise<void>;
}

export interface EventLogOptions {
  readonly database: Database;
  readonly logName: string;
  readonly secrets: Pick<HubSecrets, 'cursor'>;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly streamLimits?: Partial<StreamLimits>;
}

/** Nothing runs before `start`. */
export function createEventLog(options: EventLogOptions): EventLog {
  const { database, logName, metrics, logger } = options;
  const bell = createBell();
  const relay = createRelay({ database, logName, bell, logger, observe: batchObserver(metrics, logName) });
  const retention = createLogRetention(options);
  const streams: EventStreams[] = [];
  const drain = () => {
    for (const each of streams) each.drain();
  };
  return {
    bell,
    feed: sharedFeed(createFeed({ database, logName })),
    poke: () => relay.poke(),
    streams(only) {
      const keys = createCursorKeys(options.secrets);
      const observe = streamObserver(metrics, only?.streamName ?? logName);
      const limits = options.streamLimits ?? {};
      const made = createEventStreams({ database, logName, bell, keys, logger, observe, limits, ...(only ? { only } : {}) });
      streams.push(made);
      return made;
    },
    async start() {
      await relay.start();
      retention.start();
    },
    drain,
    async stop() {
      drain();
      await retention.stop();
      await relay.stop();
    },
  };
}

function batchObserver(metrics: Metrics, log: string) {
  const events = metrics.counter({ name: 'event_log_events_total', help: 'Events numbered by this process.', labels: ['log'] });
  const duration = metrics.histogram({ name: 'event_log_batch_seconds', help: 'Time of one batch of the relay.', labels: ['log'] });
  return (batch: { readonly events: number; readonly durationMs: number }) => {
    events.inc({ log }, batch.events);
    duration.observe({ log }, batch.durationMs / 1_000);
  };
}

function streamObserver(metrics: Metrics, stream: string): StreamObserver {
  const open = metrics.gauge({ name: 'event_streams_open', help: 'Live streams of this process.', labels: ['stream'] });
  const items = metrics.counter({ name: 'event_stream_items_total', help: 'Items handed to readers.', labels: ['stream', 'kind'] });
  const lag = metrics.histogram({
    name: 'event_stream_lag_seconds',
    help: 'From when an event happened until a live stream handed it out.',
    labels: ['stream'],
  });
  const refused = metrics.counter({ name: 'event_stream_refusals_total', help: 'Streams not opened.', labels: ['stream', 'code'] });
  return {
    opened: () => open.inc({ stream }),
    closed: () => open.dec({ stream }),
    refused: (code) => refused.inc({ stream, code }),
    item(item, { isLive }) {
      items.inc({ stream, kind: item.kind });
      if (item.kind !== 'event') return;
      const { at, type, traceparent } = item.event;
      if (isLive) lag.observe({ stream }, Math.max(0, Date.now() - at.getTime()) / 1_000);
      noteStep(traceparent, { name: `stream ${stream}`, attributes: { 'hub.event.type': type } });
    },
  };
}
