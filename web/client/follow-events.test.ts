import { array, assert, asyncProperty, boolean, nat, record } from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { connectionLost } from './failure.ts';
import { fakeSource, heartbeat, logged, memoryPosition, noClient, notice, ready, refusal, type Script, scripted } from './fake-log.ts';
import { followEvents, type FollowOptions } from './follow-events.ts';
import type { StreamEvent } from './stream-items.ts';
import type { StreamTransport } from './transports/transport.ts';

type Options = FollowOptions<StreamEvent, string>;

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const lost = connectionLost('cut');
/** Longer than any wait that a test means to sit out. */
const LONG_MS = 60_000;

/** Follows until the test ends, and tells what it did. `settle` lets so much time pass. */
function following(o: Partial<Options> & Pick<Options, 'transports'>) {
  const handled: string[] = [];
  const states: string[] = [];
  const abort = new AbortController();
  const options: Options = {
    source: fakeSource(100),
    client: noClient,
    begin: 'NOW',
    random: () => 0.5,
    onEvent: ({ sequence }) => void handled.push(sequence),
    onSnapshot: (snapshot) => void handled.push(snapshot),
    onReset: ({ code }) => void handled.push(code),
    onState: (state) => void states.push(state.state === 'LIVE' ? `live ${state.transport}` : `wait ${state.inMs}`),
    signal: abort.signal,
    ...o,
  };
  let outcome: unknown = 'following';
  const ended = followEvents(options).then(
    () => (outcome = 'ended'),
    (error: unknown) => (outcome = error),
  );
  return {
    handled,
    states,
    outcome: () => outcome,
    settle: (ms = 0) => vi.advanceTimersByTimeAsync(ms),
    stop: async () => {
      abort.abort();
      await ended;
    },
  };
}

describe('a position', () => {
  test('is stored when the handler has resolved, and not before', async () => {
    const position = memoryPosition();
    const gate = Promise.withResolvers<void>();
    const { settle } = following({ position, transports: [scripted('sse', [ready('c3'), logged(4)])], onEvent: () => gate.promise });
    await settle();
    expect(position.saved).toEqual([{ cursor: 'c3', sequence: null }]);
    gate.resolve();
    await settle();
    expect(position.saved.at(-1)).toEqual({ cursor: 'c4', sequence: '4' });
  });

  test('stays where it is when the handler rejects, and the following ends with the handler’s error', async () => {
    const position = memoryPosition();
    const broken = new Error('the shop is closed');
    const { outcome, settle } = following({
      position,
      transports: [scripted('sse', [ready('c3'), logged(4)])],
      onEvent: () => Promise.reject(broken),
    });
    await settle();
    expect(outcome()).toBe(broken);
    expect(position.saved).toEqual([{ cursor: 'c3', sequence: null }]);
  });

  test('that is stored is where the stream begins, whatever the beginning would be', async () => {
    const transport = scripted('sse', [logged(8), ready('c8')]);
    const { handled, settle } = following({ position: memoryPosition({ cursor: 'c7', sequence: '7' }), transports: [transport] });
    await settle();
    expect(transport.begun).toEqual([{ after: 'c7' }]);
    expect(handled).toEqual(['8']);
  });

  test('moves with a heartbeat, past what was not for this reader', async () => {
    const transport = scripted('sse', [ready('c3'), heartbeat('c9'), lost], []);
    const { settle } = following({ transports: [transport] });
    await settle(LONG_MS);
    expect(transport.begun.slice(0, 2)).toEqual([{ from: 'NOW' }, { after: 'c9' }]);
  });
});

describe('events', () => {
  test('that come again after a cut are handled once', async () => {
    const transport = scripted('sse', [ready('c0'), logged(1), logged(2), lost], [logged(1), logged(2), logged(3)]);
    const { handled, settle } = following({ transports: [transport] });
    await settle(1_000);
    expect(handled).toEqual(['1', '2', '3']);
  });

  test('that are missing between two others are fetched from the history, and handled in order', async () => {
    const source = fakeSource(100);
    const { handled, settle } = following({ source, transports: [scripted('sse', [ready('c0'), logged(1), logged(5), logged(6)])] });
    await settle();
    expect(handled).toEqual(['1', '2', '3', '4', '5', '6']);
    expect(source.pagesAfter).toEqual(['c1', 'c3']);
  });

  test('that are missing before the first one after a resume are found as well', async () => {
    const { handled, settle } = following({
      position: memoryPosition({ cursor: 'c7', sequence: '7' }),
      transports: [scripted('sse', [logged(10)])],
    });
    await settle();
    expect(handled).toEqual(['8', '9', '10']);
  });

  test('that the history does not have either are a reset', async () => {
    const transport = scripted('sse', [ready('c0'), logged(1), logged(4)], []);
    const { handled, settle } = following({ source: fakeSource(100, { lost: [2, 3], snapshotAt: 50 }), transports: [transport] });
    await settle();
    expect(handled).toEqual(['1', 'EVENTS_MISSING', 'state at 50']);
    expect(transport.begun.at(-1)).toEqual({ after: 'c50' });
  });

  test('that a snapshot has in it are not handled after it, though their places are behind its own', async () => {
    const source = fakeSource(9, { snapshotAt: 6, snapshotPlacedAt: 4 });
    const position = memoryPosition();
    const { handled, settle } = following({
      source,
      position,
      begin: 'SNAPSHOT',
      transports: [scripted('sse', [ready('c4'), logged(5), logged(6), logged(7)])],
    });
    await settle();
    expect(handled).toEqual(['state at 6', '7']);
    expect(position.saved.map(({ cursor }) => cursor)).toEqual(['c4', 'c4', 'c5', 'c6', 'c7']);
  });

  test('of a stream without a number of its own begin anywhere', async () => {
    const { handled, settle } = following({ transports: [scripted('sse', [ready('c6'), logged(7)])] });
    await settle();
    expect(handled).toEqual(['7']);
  });
});

describe('a cursor that cannot be continued', () => {
  test.each(['CURSOR_INVALID', 'CURSOR_SCOPE', 'CURSOR_EXPIRED', 'CURSOR_AHEAD'])(
    '%s: the application is told, then a snapshot, then the stream behind it',
    async (code) => {
      const transport = scripted('websocket', [refusal(code, { retentionFrom: 'c40' })], [ready('c50'), logged(51)]);
      const { handled, settle } = following({
        source: fakeSource(100, { snapshotAt: 50 }),
        position: memoryPosition({ cursor: 'c7', sequence: '7' }),
        transports: [transport],
      });
      await settle();
      expect(handled).toEqual([code, 'state at 50', '51']);
      expect(transport.begun).toEqual([{ after: 'c7' }, { after: 'c50' }]);
    },
  );

  test('of a stream of many things goes on with the oldest event that is kept', async () => {
    const transport = scripted('sse', [refusal('CURSOR_EXPIRED', { retentionFrom: 'c40' })], [logged(41)]);
    const { handled, settle } = following({ position: memoryPosition({ cursor: 'c7', sequence: '7' }), transports: [transport] });
    await settle();
    expect(handled).toEqual(['CURSOR_EXPIRED', '41']);
    expect(transport.begun).toEqual([{ after: 'c7' }, { after: 'c40' }]);
  });

  test('of a stream of many things whose log was restored goes on with the beginning', async () => {
    const transport = scripted('sse', [refusal('CURSOR_AHEAD')], [logged(1)]);
    const { handled, settle } = following({ position: memoryPosition({ cursor: 'c7', sequence: '7' }), transports: [transport] });
    await settle();
    expect(handled).toEqual(['CURSOR_AHEAD', '1']);
    expect(transport.begun.at(-1)).toEqual({ from: 'BEGINNING' });
  });

  test('again and again is a fault, not a loop', async () => {
    const transport = scripted('sse', [refusal('CURSOR_INVALID')]);
    const { outcome, settle } = following({ source: fakeSource(9, { snapshotAt: 5 }), transports: [transport] });
    await settle(LONG_MS);
    expect(outcome()).toMatchObject({ code: 'CURSOR_INVALID' });
    expect(transport.begun.length).toBe(4);
  });
});

describe('a notice', () => {
  test('DRAINING: the reader comes back after the time that it was asked to wait, where it stood', async () => {
    const transport = scripted('sse', [ready('c1'), logged(2), notice('DRAINING', 'c2', 3_000)], [logged(3)]);
    const { handled, states, settle } = following({ transports: [transport] });
    await settle(2_999);
    expect(transport.begun.length).toBe(1);
    await settle(1);
    expect(transport.begun.at(-1)).toEqual({ after: 'c2' });
    expect(handled).toEqual(['2', '3']);
    expect(states).toEqual(['live sse', 'wait 3000', 'live sse']);
  });

  test('LAGGED: a snapshot, because what follows is no longer kept', async () => {
    const transport = scripted('sse', [ready('c1'), notice('LAGGED', 'c1')], []);
    const { handled, settle } = following({ source: fakeSource(9, { snapshotAt: 5 }), transports: [transport] });
    await settle();
    expect(handled).toEqual(['CURSOR_EXPIRED', 'state at 5']);
  });

  test('TOKEN_EXPIRING: the application gets a new credential, and the reader connects with it', async () => {
    const onTokenExpiring = vi.fn<() => void>();
    const transport = scripted('sse', [ready('c1'), notice('TOKEN_EXPIRING', 'c1')], [logged(2)]);
    const { handled, settle } = following({ transports: [transport], onTokenExpiring });
    await settle();
    expect([onTokenExpiring.mock.calls.length, transport.begun.at(-1), handled]).toEqual([1, { after: 'c1' }, ['2']]);
  });

  test('TOKEN_EXPIRING without a way to a new credential: the stream is read to its end', async () => {
    const transport = scripted('sse', [ready('c1'), notice('TOKEN_EXPIRING', 'c1'), logged(2)]);
    const { handled, settle } = following({ transports: [transport] });
    await settle();
    expect([transport.begun.length, handled]).toEqual([1, ['2']]);
  });
});

describe('a credential that is refused', () => {
  test.each(['UNAUTHENTICATED', 'CREDENTIAL_ENDED'])('%s ends the following when there is no way to another one', async (code) => {
    const { outcome, settle } = following({ transports: [scripted('sse', [refusal(code)])] });
    await settle();
    expect(outcome()).toMatchObject({ code });
  });

  test('is renewed once; a second refusal ends the following', async () => {
    const onTokenExpiring = vi.fn<() => void>();
    const { outcome, settle } = following({ transports: [scripted('sse', [refusal('UNAUTHENTICATED')])], onTokenExpiring });
    await settle(LONG_MS);
    expect([onTokenExpiring.mock.calls.length, outcome()]).toMatchObject([1, { code: 'UNAUTHENTICATED' }]);
  });

  test('after an hour of events is a new refusal', async () => {
    const onTokenExpiring = vi.fn<() => void>();
    const ended = refusal('CREDENTIAL_ENDED');
    const transport = scripted('websocket', [ready('c1'), ended], [ready('c1'), ended], []);
    const { outcome, settle } = following({ transports: [transport], onTokenExpiring });
    await settle(1_000);
    expect([onTokenExpiring.mock.calls.length, transport.begun.length, outcome()]).toEqual([2, 3, 'following']);
  });
});

describe('a failure', () => {
  test('that no repetition helps ends the following', async () => {
    const { outcome, settle } = following({ transports: [scripted('sse', [refusal('FORBIDDEN')])] });
    await settle();
    expect(outcome()).toMatchObject({ code: 'FORBIDDEN' });
  });

  test('that says when to come back is waited for so long', async () => {
    const transport = scripted('sse', [refusal('RATE_LIMITED', { retryAfterMs: 7_000 }, true)], [ready('c1')]);
    const { states, settle } = following({ transports: [transport] });
    await settle(7_000);
    expect(states).toEqual(['wait 7000', 'live sse']);
  });

  test('after failure is waited for longer and longer, and not at all longer after an item', async () => {
    const transport = scripted('sse', [lost], [lost], [lost], [ready('c1'), lost], []);
    const { states, settle } = following({ transports: [transport] });
    await settle(LONG_MS);
    expect(states.filter((state) => state.startsWith('wait')).slice(0, 4)).toEqual(['wait 250', 'wait 500', 'wait 1000', 'wait 250']);
  });

  test('that nobody tells of shows by its silence', async () => {
    const transport = scripted('sse', [ready('c1')], [ready('c1')]);
    const { states, settle } = following({ transports: [transport], silenceMsMax: 40_000 });
    await settle(39_999);
    expect(transport.begun.length).toBe(1);
    await settle(1_000);
    expect(transport.begun.length).toBe(2);
    expect(states).toEqual(['live sse', 'wait 250', 'live sse']);
  });

  test('of the handler’s slowness is none: only waiting for the gateway counts as silence', async () => {
    const gate = Promise.withResolvers<void>();
    const transport = scripted('sse', [ready('c1'), logged(2)]);
    const { settle } = following({ transports: [transport], silenceMsMax: 40_000, onEvent: () => gate.promise });
    await settle(LONG_MS);
    expect(transport.begun.length).toBe(1);
  });
});

describe('transports', () => {
  test('are tried from the best to the last, on the same cursor, and the best again soon after', async () => {
    const socket = scripted('websocket', [lost]);
    const sse = scripted('sse', [lost]);
    const polling = scripted('polling', [ready('c7'), logged(8), heartbeat('c8')], []);
    const { handled, states, settle } = following({
      position: memoryPosition({ cursor: 'c7', sequence: '7' }),
      transports: [socket, sse, polling],
      random: () => 0,
    });
    await settle(100);
    expect([socket.begun.length, sse.begun.length, polling.begun]).toEqual([2, 2, [{ after: 'c7' }]]);
    expect([handled, states.at(-1)]).toEqual([['8'], 'live polling']);
  });

  test('that failed only because the gateway was away are used again', async () => {
    const socket = scripted('websocket', [lost], [lost], [ready('c1')]);
    const polling = scripted('polling', [lost]);
    const { states, settle } = following({ transports: [socket, polling], random: () => 0 });
    await settle(100);
    expect(states.at(-1)).toBe('live websocket');
  });

  test('better than the present one are tried while it works, less and less often', async () => {
    const socket = scripted('websocket', [lost]);
    const everySecond: StreamTransport = {
      name: 'polling',
      async *open(_source, _begin, signal) {
        while (!signal.aborted) {
          yield heartbeat('c1') as never; // The event type of these tests.
          await new Promise((resolve) => setTimeout(resolve, 1_000));
        }
      },
    };
    const { settle } = following({ transports: [socket, everySecond], random: () => 0 });
    await settle(4_000);
    expect(socket.begun.length).toBe(2);
    await settle(3_000);
    expect(socket.begun.length).toBe(3);
    await settle(15_000);
    expect(socket.begun.length).toBe(3);
    await settle(10_000);
    expect(socket.begun.length).toBe(4);
  });
});

test('an aborted signal ends the following, also while it waits', async () => {
  const waiting = following({ transports: [scripted('sse', [])] });
  const pausing = following({ transports: [scripted('sse', [lost])] });
  await waiting.settle();
  await Promise.all([waiting.stop(), pausing.stop()]);
  expect([waiting.outcome(), pausing.outcome()]).toEqual(['ended', 'ended']);
});

test('whatever connections do, every event of the log is handled once and in order', async () => {
  vi.useRealTimers();
  const HEAD = 12;
  // A connection that loses events, repeats what came before its cursor, and is cut anywhere.
  const connection = record({
    keep: array(boolean(), { minLength: HEAD, maxLength: HEAD }),
    again: nat(3),
    cutAfter: nat(HEAD),
  });
  await assert(
    asyncProperty(array(connection, { maxLength: 6 }), async (connections) => {
      const handled: string[] = [];
      const abort = new AbortController();
      let opened = 0;
      const hostile: StreamTransport = {
        name: 'sse',
        async *open(_source, begin) {
          const plan = connections[opened];
          opened += 1;
          const after = 'after' in begin ? Number(begin.after.slice(1)) : 0;
          const sent: Script = Array.from({ length: HEAD }, (_, index) => index + 1)
            .filter((n) => n > after - (plan?.again ?? 0) && (!plan || plan.keep[n - 1] || n <= after))
            .map(logged);
          for (const step of plan ? sent.slice(0, plan.cutAfter) : sent) yield step as never; // The event type of these tests.
          throw lost;
        },
      };
      await followEvents<StreamEvent, string>({
        source: fakeSource(HEAD),
        client: noClient,
        begin: 'BEGINNING',
        transports: [hostile],
        // The first event is handled already, so that a hole right behind it shows as well.
        position: memoryPosition({ cursor: 'c1', sequence: '1' }),
        backOff: { firstMs: 0, mostMs: 0 },
        onEvent({ sequence }) {
          handled.push(sequence);
          if (sequence === String(HEAD)) abort.abort();
        },
        signal: abort.signal,
      });
      expect(handled).toEqual(Array.from({ length: HEAD - 1 }, (_, index) => String(index + 2)));
    }),
    { numRuns: 300 },
  );
});
