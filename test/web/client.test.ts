import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { StreamState } from '../../web/client/follow-events.ts';
import { followOrders, type OrderSnapshot } from '../../web/client/order-events.ts';
import { followPayments } from '../../web/client/payment-events.ts';
import type { StreamPosition } from '../../web/client/stream-items.ts';
import type { TransportName } from '../../web/client/transports/transport.ts';
import { waitFor } from '../support/wait-for.ts';
import { type WatchedHub, watchedHub } from './watched-hub.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const TRANSPORTS: readonly TransportName[] = ['websocket', 'sse', 'polling'];
/** Processes start slowly on a busy machine. */
const SLOW_MS = 60_000;
const patience = { timeoutMs: 15_000 };

let hub: WatchedHub;
beforeAll(async () => {
  hub = await watchedHub();
}, SLOW_MS);
afterAll(() => hub.close());

type Following = Parameters<typeof followOrders>[0];

/** Follows the merchant's orders until it is stopped, and tells what it got. */
function follow(o: Partial<Following> = {}) {
  const events: string[] = [];
  const snapshots: OrderSnapshot[] = [];
  const resets: string[] = [];
  const states: StreamState[] = [];
  const abort = new AbortController();
  const ended = followOrders({
    url: hub.url,
    credential: () => hub.secretKey,
    onEvent: ({ sequence, type, order }) => void events.push(`${sequence} ${type} ${order.orderId}`),
    onSnapshot: (snapshot) => void snapshots.push(snapshot),
    onReset: ({ code }) => void resets.push(code),
    onState: (state) => void states.push(state),
    signal: abort.signal,
    backOff: { firstMs: 50, mostMs: 200 },
    pollEveryMs: 50,
    ...o,
  });
  const outcome = ended.then(
    () => 'ended',
    (error: unknown) => error,
  );
  return {
    events,
    snapshots,
    resets,
    isLive: () => waitFor(() => states.some(({ state }) => state === 'LIVE'), { timeoutMs: SLOW_MS }),
    transport: () => states.findLast((state) => state.state === 'LIVE')?.transport,
    outcome,
    async stop() {
      abort.abort();
      expect(await outcome).toBe('ended');
    },
  };
}

describe('the stream client', () => {
  test(
    'misses nothing when the gateway is killed while it reads, over any transport',
    async () => {
      const before = (await hub.history()).length;
      const readers = TRANSPORTS.map((name) => follow({ transports: [name] }));
      for (const reader of readers) await reader.isLive();
      const first = await hub.createOrder();
      for (const { events } of readers) await waitFor(() => events.some((event) => event.endsWith(first)), patience);

      await hub.kill();
      // Nobody tells the readers of these before they are back: the events are committed through another process.
      await hub.createOrder({ elsewhere: true });
      await hub.createOrder({ elsewhere: true });
      await hub.start();
      const last = await hub.createOrder();

      const expected = (await hub.history()).slice(before);
      expect(expected.length).toBe(4);
      for (const reader of readers) {
        await waitFor(() => reader.events.some((event) => event.endsWith(last)), { timeoutMs: SLOW_MS });
        expect(reader.events, reader.transport()).toEqual(expected);
        await reader.stop();
      }
    },
    2 * SLOW_MS,
  );

  test('falls from a socket that nobody lets through to a stream that nobody lets through to asking, and misses nothing', async () => {
    class Blocked extends WebSocket {
      constructor(_url: string, protocol: string) {
        super('ws://127.0.0.1:1', protocol);
      }
    }
    const withoutStreams: typeof fetch = async (input, init) =>
      new Headers(init?.headers).get('accept') === 'text/event-stream'
        ? new Response('<h1>Blocked</h1>', { status: 403 })
        : fetch(input, init);
    const onSse = follow({ WebSocket: Blocked });
    const onPolling = follow({ WebSocket: Blocked, fetch: withoutStreams });
    await Promise.all([onSse.isLive(), onPolling.isLive()]);
    const orderId = await hub.createOrder();
    await waitFor(() => [onSse, onPolling].every(({ events }) => events.some((event) => event.endsWith(orderId))), patience);
    expect([onSse.transport(), onPolling.transport()]).toEqual(['sse', 'polling']);
    await Promise.all([onSse.stop(), onPolling.stop()]);
  });

  test.each(TRANSPORTS)('over %s begins one order with its state, and goes on behind it', async (name) => {
    const orderId = await hub.createOrder();
    const reader = follow({ orderId, transports: [name] });
    await reader.isLive();
    expect(reader.snapshots).toMatchObject([{ orderId, status: 'CREATED', amount: { minor: '150075' }, merchant: { name: 'Shop' } }]);
    await hub.cancelOrder(orderId);
    await waitFor(() => reader.events.length > 0, patience);
    expect(reader.events).toEqual([expect.stringMatching(`^\\d+ ORDER_CANCELED ${orderId}$`)]);
    await reader.stop();
  });

  test.each(TRANSPORTS)('over %s takes a snapshot when its cursor is none of ours, or of another stream', async (name) => {
    const orderId = await hub.createOrder();
    const ofAll = await cursorOfAllOrders();
    for (const [cursor, code] of [
      ['no-cursor', 'CURSOR_INVALID'],
      [ofAll, 'CURSOR_SCOPE'],
    ] as const) {
      const stored: StreamPosition = { cursor, sequence: '1' };
      const reader = follow({ orderId, transports: [name], position: { load: () => stored, save: () => undefined } });
      await reader.isLive();
      expect([reader.resets, reader.snapshots.map((snapshot) => snapshot.orderId)]).toEqual([[code], [orderId]]);
      await reader.stop();
    }
  });

  test.each(TRANSPORTS)('over %s ends when its credential is no good, and asks for a better one first', async (name) => {
    let asked = 0;
    const { outcome } = follow({
      transports: [name],
      credential: () => 'sk_test_0123456789abcdef0123',
      onTokenExpiring: () => void (asked += 1),
    });
    expect([await outcome, asked]).toMatchObject([{ code: 'UNAUTHENTICATED' }, 1]);
  });

  test('follows payments as well', async () => {
    const abort = new AbortController();
    const states: StreamState[] = [];
    const ended = followPayments({
      url: hub.url,
      credential: () => hub.secretKey,
      onEvent: () => undefined,
      onState: (state) => void states.push(state),
      signal: abort.signal,
    });
    await waitFor(() => states.length > 0, patience);
    abort.abort();
    await ended;
    expect(states).toEqual([{ state: 'LIVE', transport: 'websocket' }]);
  });
});

async function cursorOfAllOrders(): Promise<string> {
  const { data } = await hub.query('{ orderEvents(first: 1) { pageInfo { endCursor } } }', { credential: hub.secretKey });
  return data.orderEvents.pageInfo.endCursor;
}

describe('the script in README.md', () => {
  test(
    'is killed, is started again, and has missed nothing',
    async () => {
      await writeFile(path.join(hub.home, 'sandbox.json'), JSON.stringify({ gateway: hub.url, merchants: [{ secretKey: hub.secretKey }] }));
      const script = await scriptInReadme();
      expect(script.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(10);
      const before = (await hub.history()).length;
      const lines: string[] = [];

      const first = await run(script, lines);
      const orderId = await hub.createOrder();
      await waitFor(() => lines.some((line) => line.endsWith(orderId)), patience);
      await killed(first);
      await hub.createOrder();
      const last = await hub.createOrder();
      const second = await run(script, lines);
      await waitFor(() => lines.some((line) => line.endsWith(last)), { timeoutMs: SLOW_MS });
      await killed(second);

      // An event may be handled twice, if the script dies between the event and its position. None may be missing.
      expect([...new Set(lines)]).toEqual((await hub.history()).slice(before));
    },
    2 * SLOW_MS,
  );
});

async function scriptInReadme(): Promise<string> {
  const readme = await readFile(path.join(ROOT, 'README.md'), 'utf8');
  const script = /```js\n(?<script>[^`]*followOrders[^]*?)```/.exec(readme)?.groups?.['script'];
  if (!script) throw new Error('README.md shows no script that follows orders');
  return script;
}

/** Resolves when the script has a position: what happens from now on is what it must not miss. */
async function run(script: string, lines: string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], DCM_HOME: hub.home },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
  });
  await waitFor(() => readFile(path.join(hub.home, 'watched-orders.json'), 'utf8'), { timeoutMs: SLOW_MS });
  return child;
}

async function killed(child: ChildProcess): Promise<void> {
  const closed = once(child, 'close'); // Everything that it wrote has been read then.
  child.kill('SIGKILL');
  await closed;
}
