import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { createCursorKeys, type StreamFilter, type StreamScope } from '../../../kernel/runtime/event-log/cursor.ts';
import type { StreamItem } from '../../../kernel/runtime/event-log/stream-items.ts';
import type { StreamLimits } from '../../../kernel/runtime/event-log/stream-limits.ts';
import {
  createEventStreams,
  type EventStreams,
  type EventStreamsOptions,
  type StreamRequest,
} from '../../../kernel/runtime/event-log/stream.ts';
import { valueOf } from '../../../kernel/core/result.ts';
import { waitFor } from '../../support/wait-for.ts';
import { aLog, anEvent, LOG_NAME, silentLogger, type TestLog } from './support/a-log.ts';

const KEYS = createCursorKeys({ cursor: [{ kid: 'k1', key: Buffer.alloc(32, 1) }] });
const ALL: StreamScope = 'all';
const MERCHANT: StreamScope = { participant: 'merchant' };
const BANK: StreamScope = { participant: 'bank' };

let log: TestLog;
let streams: EventStreams;

beforeEach(async () => {
  log = await aLog();
  streams = someStreams();
});
afterEach(async () => {
  streams.drain();
  await log.drop();
});

function someStreams(limits: Partial<StreamLimits> = {}, more: Partial<EventStreamsOptions> = {}): EventStreams {
  return createEventStreams({ ...log, logName: LOG_NAME, keys: KEYS, logger: silentLogger, limits, ...more });
}

async function open(request: Partial<StreamRequest> = {}): Promise<AsyncIterableIterator<StreamItem>> {
  return valueOf(await streams.subscribe({ scope: MERCHANT, filter: {}, ...request }));
}

async function take(stream: AsyncIterableIterator<StreamItem>, count: number): Promise<StreamItem[]> {
  const items: StreamItem[] = [];
  while (items.length < count) {
    const { value, done } = await stream.next();
    if (done || !value) throw new Error(`the stream ended after ${items.length} items`);
    items.push(value);
  }
  return items;
}

async function next(stream: AsyncIterableIterator<StreamItem>): Promise<StreamItem> {
  const [item] = await take(stream, 1);
  if (!item) throw new Error('take gives what was asked for');
  return item;
}

/** `order-1/2 #5 after #4` for an event, its kind for any other item. */
function told(item: StreamItem): string {
  if (item.kind !== 'event') return item.kind;
  return `${item.event.subject}/${item.event.version} #${item.sequence} after ${item.previousSequence === null ? 'none' : `#${item.previousSequence}`}`;
}

async function publish(...events: Parameters<typeof anEvent>[0][]): Promise<void> {
  await log.publish(...events.map((event) => anEvent(event)));
  await log.number();
  log.bell.ring();
}

describe('a stream', () => {
  test('from now begins with ready and then brings what happens', async () => {
    await publish({ version: 1 });
    const stream = await open();
    expect(told(await next(stream))).toBe('ready');
    await publish({ version: 2 });
    expect(told(await next(stream))).toBe('order-1/2 #2 after #1');
  });

  test('from the beginning replays everything of the participant, then is ready', async () => {
    await publish({ version: 1 }, { subject: 'order-2', audience: ['bank'] }, { version: 2, audience: ['merchant', 'bank'] });
    const stream = await open({ from: 'BEGINNING' });
    expect((await take(stream, 3)).map(told)).toEqual(['order-1/1 #1 after none', 'order-1/2 #2 after #1', 'ready']);
    const bank = await open({ scope: BANK, from: 'BEGINNING' });
    expect((await take(bank, 3)).map(told)).toEqual(['order-2/1 #1 after none', 'order-1/2 #2 after #1', 'ready']);
  });

  test('for operations has all events under the numbers of the log', async () => {
    await publish({ version: 1 }, { subject: 'order-2', audience: [] });
    const stream = await open({ scope: ALL, from: 'BEGINNING' });
    expect((await take(stream, 3)).map(told)).toEqual(['order-1/1 #1 after none', 'order-2/1 #2 after #1', 'ready']);
  });

  test('from a snapshot begins with the last event of its subject', async () => {
    await publish({ version: 1 }, { version: 2 }, { subject: 'order-2' });
    const stream = await open({ filter: { subject: 'order-1' }, from: 'SNAPSHOT' });
    expect((await take(stream, 2)).map(told)).toEqual(['order-1/2 #2 after #1', 'ready']);
  });

  test('begins with what the log has then, also while no bell has rung for it', async () => {
    await open();
    await log.publish(anEvent({ version: 1 }), anEvent({ version: 2 }));
    await log.number();
    const streams = await Promise.all([open({ from: 'BEGINNING' }), open({ filter: { subject: 'order-1' }, from: 'SNAPSHOT' })]);
    expect((await take(streams[0], 3)).map(told)).toEqual(['order-1/1 #1 after none', 'order-1/2 #2 after #1', 'ready']);
    expect((await take(streams[1], 2)).map(told)).toEqual(['order-1/2 #2 after #1', 'ready']);
  });

  test('with a filter names the event before that passes the same filter, also as its first item', async () => {
    await publish({ version: 1, type: 'A' }, { version: 2, type: 'B' }, { version: 3, type: 'A' });
    const stream = await open({ filter: { types: ['A'] } });
    expect(told(await next(stream))).toBe('ready');
    await publish({ version: 4, type: 'B' }, { version: 5, type: 'A' });
    expect(told(await next(stream))).toBe('order-1/5 #5 after #3');
  });

  test('wakes several waiting readers, each in the same order', async () => {
    const readers = await Promise.all(Array.from({ length: 20 }, () => open({ filter: { subject: 'order-1' } })));
    await Promise.all(readers.map((reader) => next(reader)));
    const waiting = readers.map((reader) => take(reader, 3));
    await publish({ version: 1 }, { subject: 'order-2' }, { version: 2 });
    await publish({ version: 3 });
    for (const items of await Promise.all(waiting))
      expect(items.map((item) => told(item).slice(0, 9))).toEqual(['order-1/1', 'order-1/2', 'order-1/3']);
  });

  test('sends a heartbeat in silence, whose cursor passes what was not for this reader', async () => {
    streams = someStreams({ heartbeatMs: 30 });
    const stream = await open();
    await next(stream);
    await publish({ audience: ['bank'] });
    await waitFor(async () => {
      const item = await next(stream);
      expect(item.kind).toBe('heartbeat');
      const resumed = await open({ after: item.cursor });
      const beat = await next(resumed);
      await resumed.return?.();
      return beat.kind === 'ready' && beat.replayed === 0;
    });
  });

  test('sends heartbeats also while events that it filters out keep coming', async () => {
    streams = someStreams({ heartbeatMs: 40 });
    const stream = await open({ filter: { types: ['Rare'] } });
    await next(stream);
    const quiet = new AbortController();
    const noise = (async () => {
      for (let version = 1; !quiet.signal.aborted; version++) await publish({ version });
    })();
    expect((await next(stream)).kind).toBe('heartbeat');
    quiet.abort();
    await noise;
  });
});

describe('a stream of one subject', () => {
  const WATCHER: StreamScope = { subject: 'order-1' };

  test('counts the versions of its subject: nobody learns how busy its participant is', async () => {
    await publish({ version: 1 }, { subject: 'order-2' }, { version: 2 });
    const stream = await open({ scope: WATCHER, from: 'BEGINNING' });
    expect((await take(stream, 3)).map(told)).toEqual(['order-1/1 #1 after none', 'order-1/2 #2 after #1', 'ready']);
    await publish({ subject: 'order-2', version: 2 }, { version: 3 });
    expect(told(await next(stream))).toBe('order-1/3 #3 after #2');
  });

  test('cannot be widened or turned to another subject by a filter', async () => {
    await publish({ version: 1 }, { subject: 'order-2' });
    const stream = await open({ scope: WATCHER, filter: { subject: 'order-2' }, from: 'BEGINNING' });
    expect((await next(stream)).kind === 'event' ? 'something' : 'nothing').toBe('nothing');
    const page = valueOf(await streams.history({ scope: WATCHER, filter: { subject: 'order-2' }, first: 3 }));
    expect(page.events).toEqual([]);
  });

  test('may begin with its snapshot without being asked which', async () => {
    await publish({ version: 1 }, { version: 2 });
    expect(told(await next(await open({ scope: WATCHER, from: 'SNAPSHOT' })))).toBe('order-1/2 #2 after #1');
  });
});

describe('streams of one kind in a log of several', () => {
  beforeEach(() => publish({ version: 1, type: 'RegisterBuilt' }, { subject: 'booking-1', type: 'PaymentBooked' }));

  const registers = () => someStreams({}, { only: { streamName: 'registers', types: ['RegisterBuilt', 'RegisterConfirmed'] } });

  test('carry that kind alone, live and as history', async () => {
    streams = registers();
    const stream = await open({ from: 'BEGINNING' });
    expect((await take(stream, 2)).map(told)).toEqual(['order-1/1 #1 after none', 'ready']);
    await publish({ subject: 'booking-2', type: 'PaymentBooked' }, { version: 2, type: 'RegisterConfirmed' });
    expect(told(await next(stream))).toBe('order-1/2 #4 after #1');
    const page = valueOf(await streams.history({ scope: MERCHANT, filter: {}, first: 10 }));
    expect(page.events.map(told)).toEqual(['order-1/1 #1 after none', 'order-1/2 #4 after #1']);
  });

  test('do not take the cursors of another kind', async () => {
    const cursor = streams.cursorAt({ scope: MERCHANT, filter: {} }, { epoch: 1, head: 1n });
    streams = registers();
    expect(await streams.subscribe({ scope: MERCHANT, filter: {}, after: cursor })).toEqual({
      ok: false,
      failure: { code: 'CURSOR_SCOPE' },
    });
  });
});

describe('resuming', () => {
  test('brings exactly what was missed, wherever the connection broke', async () => {
    const versions = Array.from({ length: 30 }, (_, index) => ({
      version: index + 1,
      audience: index % 3 === 0 ? ['bank'] : ['merchant'],
    }));
    await publish(...versions);
    const whole = (await take(await open({ from: 'BEGINNING' }), 21)).filter((item) => item.kind === 'event');
    expect(whole).toHaveLength(20);
    for (const [index, item] of whole.entries()) {
      const resumed = await open({ after: item.cursor });
      const rest = await take(resumed, whole.length - index);
      await resumed.return?.();
      expect(rest.map(told)).toEqual([...whole.slice(index + 1).map(told), 'ready']);
    }
  });

  test('loses and repeats nothing while events keep coming and the reader breaks off again and again', async () => {
    let version = 0;
    const total = 300;
    const writer = (async () => {
      while (version < total) await publish({ version: ++version }, { version: ++version }, { version: ++version });
    })();
    const seen: bigint[] = [];
    let after: string | undefined;
    while (seen.length < total) {
      const stream: AsyncIterableIterator<StreamItem> = await open(after === undefined ? { from: 'BEGINNING' } : { after });
      for (let n = 0; n < 17 && seen.length < total; n++) {
        const item = await next(stream);
        if (item.kind === 'event') seen.push(item.sequence);
        after = item.cursor;
      }
      await stream.return?.();
    }
    await writer;
    expect(seen).toEqual(Array.from({ length: total }, (_, index) => BigInt(index + 1)));
  });

  test('works from a cursor that another process made a moment ago', async () => {
    await publish({ version: 1 });
    const slow = await open();
    await next(slow);
    await log.publish(anEvent({ version: 2 }));
    await log.number(); // This process has heard no bell yet.
    const elsewhere = someStreams();
    const there = valueOf(await elsewhere.subscribe({ scope: MERCHANT, filter: {}, from: 'BEGINNING' }));
    const [, second] = await take(there, 2);
    const resumed = await open({ after: second?.cursor });
    expect((await next(resumed)).kind).toBe('ready');
    await publish({ version: 3 });
    expect(told(await next(resumed))).toBe('order-1/3 #3 after #2');
    elsewhere.drain();
  });

  test('asks the tables nothing when a thousand readers come back at once after a short absence', async () => {
    await publish(...Array.from({ length: 40 }, (_, index) => ({ version: index + 1 })));
    const place = streams.cursorAt({ scope: MERCHANT, filter: {} }, { epoch: 1, head: 25n });
    const calls: unknown[] = [];
    const query = log.database.pool.query.bind(log.database.pool);
    log.database.pool.query = ((...args: Parameters<typeof query>) => {
      calls.push(args);
      return query(...args);
    }) as typeof query; // Counts, and is otherwise the same function.
    const readers = await Promise.all(Array.from({ length: 1_000 }, () => open({ after: place })));
    const items = await Promise.all(readers.map((reader) => take(reader, 16)));
    expect(new Set(items.map((each) => each.map(told).join())).size).toBe(1);
    expect(items[0]?.map((item) => item.kind).join()).toBe(`${'event,'.repeat(15)}ready`);
    expect(calls.length).toBeLessThan(10); // The head, the warm rows, what came before the first event, and a poll or two.
  });

  test('falls back to the tables when the reader is slower than the memory', async () => {
    streams = someStreams({ tailRowsMax: 5 });
    const stream = await open();
    await next(stream);
    for (let version = 1; version <= 40; version++) await publish({ version });
    await waitFor(async () => (await streams.head()).head === 40n);
    expect((await take(stream, 40)).map((item) => item.kind === 'event' && item.event.version)).toEqual(
      Array.from({ length: 40 }, (_, n) => n + 1),
    );
  });
});

describe('a cursor', () => {
  const codeOf = async (request: StreamRequest): Promise<string> => {
    const result = await streams.subscribe(request);
    return result.ok ? 'OK' : result.failure.code;
  };
  const cursorOf = (scope: StreamScope, filter: StreamFilter, position = 1n, epoch = 1) =>
    streams.cursorAt({ scope, filter }, { epoch, head: position });

  beforeEach(() => publish({ version: 1 }, { version: 2 }, { version: 3 }));

  test.each([
    ['of this stream', () => cursorOf(MERCHANT, {}), 'OK'],
    ['of another participant', () => cursorOf(BANK, {}), 'CURSOR_SCOPE'],
    ['of another filter', () => cursorOf(MERCHANT, { subject: 'order-1' }), 'CURSOR_SCOPE'],
    ['that is no cursor', () => 'AAAA', 'CURSOR_INVALID'],
    ['with one changed character', () => flip(cursorOf(MERCHANT, {})), 'CURSOR_INVALID'],
    ['beyond the head', () => cursorOf(MERCHANT, {}, 4n), 'CURSOR_AHEAD'],
    ['of another epoch', () => cursorOf(MERCHANT, {}, 1n, 2), 'CURSOR_AHEAD'],
  ])('%s', async (_title, cursor, code) => {
    expect(await codeOf({ scope: MERCHANT, filter: {}, after: cursor() })).toBe(code);
    expect(await historyCode(cursor())).toBe(code);
  });

  test('below the retention floor names the oldest place that is left', async () => {
    const old = cursorOf(MERCHANT, {}, 1n);
    await log.database.pool.query('delete from event_log where pos <= 2; update log_head set floor = 2');
    const result = await streams.subscribe({ scope: MERCHANT, filter: {}, after: old });
    if (result.ok || result.failure.code !== 'CURSOR_EXPIRED') throw new Error('the cursor has expired');
    const stream = await open({ after: result.failure.retentionFrom });
    expect((await take(stream, 2)).map((item) => item.kind)).toEqual(['event', 'ready']);
    expect(await historyCode(old)).toBe('CURSOR_EXPIRED');
  });

  test('and an explicit start contradict each other', async () => {
    expect(await codeOf({ scope: MERCHANT, filter: {}, after: cursorOf(MERCHANT, {}), from: 'BEGINNING' })).toBe('STREAM_START_CONFLICT');
  });

  test('a snapshot start needs one subject', async () => {
    expect(await codeOf({ scope: MERCHANT, filter: {}, from: 'SNAPSHOT' })).toBe('STREAM_SNAPSHOT_SUBJECT');
  });

  async function historyCode(after: string): Promise<string> {
    const result = await streams.history({ scope: MERCHANT, filter: {}, after, first: 10 });
    return result.ok ? 'OK' : result.failure.code;
  }
});

describe('history', () => {
  test('pages with the same items and cursors as the stream', async () => {
    await publish(...Array.from({ length: 7 }, (_, index) => ({ version: index + 1 })));
    const pages: string[][] = [];
    let after: string | undefined;
    for (let more = true; more;) {
      const page = valueOf(await streams.history({ scope: MERCHANT, filter: { subject: 'order-1' }, first: 3, after }));
      pages.push(page.events.map(told));
      after = page.endCursor;
      more = page.hasNextPage;
    }
    expect(pages.map((page) => page.length)).toEqual([3, 3, 1]);
    expect(pages[1]?.[0]).toBe('order-1/4 #4 after #3');
    const stream = await open({ filter: { subject: 'order-1' }, after });
    expect(told(await next(stream))).toBe('ready');
  });

  test('of somebody else is empty', async () => {
    await publish({ version: 1 });
    const page = valueOf(await streams.history({ scope: BANK, filter: { subject: 'order-1' }, first: 3 }));
    expect(page).toMatchObject({ events: [], hasNextPage: false });
  });
});

describe('a notice', () => {
  test('ends a stream whose life is over, each a little earlier at random, with a time to come back', async () => {
    streams = someStreams({ lifetimeMs: 40, lifetimeSpreadMs: 30, reconnectSpreadMs: 1_000 }, { random: () => 0.5 });
    const stream = await open();
    expect((await take(stream, 2)).slice(1)).toMatchObject([{ kind: 'notice', code: 'DRAINING', reconnectAfterMs: 500 }]);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(streams.live).toBe(0);
  });

  test('also ends one that is busy with replaying', async () => {
    streams = someStreams({ lifetimeMs: 1, lifetimeSpreadMs: 0, tailRowsMax: 1, replayRowsPerSecond: 10, replayBurstRows: 1 });
    await publish(...Array.from({ length: 20 }, (_, index) => ({ version: index + 1 })));
    const stream = await open({ from: 'BEGINNING' });
    await waitFor(async () => (await next(stream)).kind === 'notice');
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  test('says once that the credential is about to end, after ready, and the stream goes on', async () => {
    streams = someStreams({ expiryNoticeMs: 1_000 });
    const stream = await open({ credentialEndsInMs: 900 });
    expect((await take(stream, 2)).map((item) => (item.kind === 'notice' ? item.code : item.kind))).toEqual(['ready', 'TOKEN_EXPIRING']);
    await publish({ version: 1 });
    expect(told(await next(stream))).toBe('order-1/1 #1 after none');
  });

  test('comes to a waiting reader when its time has come, without an event', async () => {
    streams = someStreams({ expiryNoticeMs: 1_000 });
    const stream = await open({ credentialEndsInMs: 1_030 });
    await next(stream);
    expect(await next(stream)).toMatchObject({ kind: 'notice', code: 'TOKEN_EXPIRING', reconnectAfterMs: null });
  });

  test('ends a stream that was read so slowly that retention overtook it', async () => {
    streams = someStreams({ tailRowsMax: 1 });
    const stream = await open();
    await next(stream);
    await publish(...Array.from({ length: 5 }, (_, index) => ({ version: index + 1 })));
    await log.database.pool.query('update log_head set floor = 3');
    const other = await open(); // Has the tail read what was published, past what this process remembers.
    await waitFor(async () => (await streams.head()).head === 5n);
    const notice = await waitFor(async () => {
      const item = await next(stream);
      return item.kind === 'notice' ? item : null;
    });
    expect(notice.code).toBe('LAGGED');
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    await other.return?.();
    const back = await streams.subscribe({ scope: MERCHANT, filter: {}, after: notice.cursor });
    expect(back).toMatchObject({ ok: false, failure: { code: 'CURSOR_EXPIRED' } });
  });
});

describe('a log that was restored to an earlier state', () => {
  const restore = () =>
    log.database.pool.query(`delete from event_log where pos > 2; delete from event_audience where pos > 2;
      update participant_head set pos = 2; update log_head set pos = 2, epoch = epoch + 1`);

  test('lets all readers go, whose cursors then say so, and serves new ones', async () => {
    await publish(...Array.from({ length: 5 }, (_, index) => ({ version: index + 1 })));
    const stream = await open();
    await next(stream);
    const waiting = next(stream);
    await restore();
    log.bell.ring();
    const notice = await waiting;
    expect(notice).toMatchObject({ kind: 'notice', code: 'DRAINING' });
    const back = await streams.subscribe({ scope: MERCHANT, filter: {}, after: notice.cursor });
    expect(back).toEqual({ ok: false, failure: { code: 'CURSOR_AHEAD' } });
    const anew = await open();
    await next(anew);
    await publish({ version: 6 });
    expect(await next(anew)).toMatchObject({ kind: 'event', event: { version: 6, position: 3n } });
  });
});

describe('the end of a stream', () => {
  test('frees a reader that waits at once, without an event', async () => {
    const stream = await open();
    await next(stream);
    const waiting = stream.next();
    await stream.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(streams.live).toBe(0);
  });

  test('closes no other stream, and a later one starts again where the log is', async () => {
    const [one, other] = [await open(), await open()];
    await take(one, 1);
    await take(other, 1);
    await one.return?.();
    await publish({ version: 1 });
    expect(told(await next(other))).toBe('order-1/1 #1 after none');
    await other.return?.();
    await publish({ version: 2 });
    const later = await open();
    expect(told(await next(later))).toBe('ready');
    await publish({ version: 3 });
    expect(told(await next(later))).toBe('order-1/3 #3 after #2');
  });

  test('is announced when the process stops, with a cursor to resume elsewhere', async () => {
    await publish({ version: 1 });
    const stream = await open();
    await next(stream);
    const waiting = next(stream);
    streams.drain();
    const notice = await waiting;
    expect(notice).toMatchObject({ kind: 'notice', code: 'DRAINING' });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(await streams.subscribe({ scope: MERCHANT, filter: {} })).toEqual({ ok: false, failure: { code: 'STREAM_DRAINING' } });
    const elsewhere = someStreams();
    const resumed = valueOf(await elsewhere.subscribe({ scope: MERCHANT, filter: {}, after: notice.cursor }));
    expect((await next(resumed)).kind).toBe('ready');
    elsewhere.drain();
  });
});

function flip(cursor: string): string {
  return `${cursor.slice(0, 20)}${cursor[20] === 'A' ? 'B' : 'A'}${cursor.slice(21)}`;
}
