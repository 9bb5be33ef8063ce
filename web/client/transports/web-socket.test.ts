import { describe, expect, test } from 'vitest';

import type { GatewayFailure } from '../failure.ts';
import { fakeSource, heartbeat } from '../fake-log.ts';
import { webSocketTransport } from './web-socket.ts';

type Listener = (event: never) => void;

/** A socket whose other end is the test. */
class FakeSocket {
  static last: FakeSocket;
  readonly sent: unknown[] = [];
  readonly closedWith: unknown[] = [];
  readonly #listeners = new Map<string, Listener[]>();

  readonly url: string;
  readonly protocol: string;

  constructor(url: string, protocol: string) {
    this.url = url;
    this.protocol = protocol;
    FakeSocket.last = this;
  }

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(code?: number): void {
    this.closedWith.push(code);
  }

  happens(type: string, event: unknown = {}): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event as never); // What the browser gives to a listener of this type.
  }

  says(message: object): void {
    this.happens('message', { data: JSON.stringify(message) });
  }
}

/** A stream whose first item is awaited; gives the socket and the outcome of the whole. */
async function opened() {
  const transport = webSocketTransport({ url: 'https://hub.test/graphql', credential: () => 'sk_1', WebSocket: FakeSocket });
  const source = {
    ...fakeSource(0),
    live: () => ({ query: '{ q }', variables: { n: 1 }, read: ({ data }: { data?: unknown }) => data as never }),
  }; // The item that was sent.
  const items: unknown[] = [];
  const abort = new AbortController();
  const outcome = (async () => {
    for await (const item of transport.open(source, { from: 'NOW' }, abort.signal)) items.push(item);
    return 'ended';
  })().catch((error: GatewayFailure) => error.code);
  await Promise.resolve(); // The credential is asked for first.
  await Promise.resolve();
  const socket = FakeSocket.last;
  socket.happens('open');
  socket.says({ type: 'connection_ack' });
  return { socket, items, outcome, abort };
}

describe('a socket', () => {
  test('sends the credential, then the operation, answers pings and ends with complete', async () => {
    const { socket, items, outcome } = await opened();
    socket.says({ type: 'ping' });
    socket.says({ id: '1', type: 'next', payload: { data: heartbeat('c1') } });
    socket.says({ id: '1', type: 'complete' });
    expect(await outcome).toBe('ended');
    expect([socket.url, socket.protocol]).toEqual(['wss://hub.test/graphql', 'graphql-transport-ws']);
    expect(socket.sent).toEqual([
      { type: 'connection_init', payload: { authorization: 'Bearer sk_1' } },
      { id: '1', type: 'subscribe', payload: { query: '{ q }', variables: { n: 1 } } },
      { type: 'pong' },
    ]);
    expect([items, socket.closedWith]).toEqual([[heartbeat('c1')], [1_000]]);
  });

  test.each([
    [4_401, 'UNAUTHENTICATED'],
    [4_403, 'CREDENTIAL_ENDED'],
    [1_001, 'CONNECTION_LOST'],
    [1_006, 'CONNECTION_LOST'],
  ])('that is closed with %i is %s', async (code, failure) => {
    const { socket, outcome } = await opened();
    socket.happens('close', { code, reason: '' });
    expect(await outcome).toBe(failure);
  });

  test('that gives an error gives its code', async () => {
    const { socket, outcome } = await opened();
    socket.says({ id: '1', type: 'error', payload: [{ message: 'no', extensions: { code: 'CURSOR_INVALID', retryable: false } }] });
    expect(await outcome).toBe('CURSOR_INVALID');
  });

  test('whose reader is too slow is let go, and what it gave is still handled', async () => {
    const { socket, items, outcome } = await opened();
    for (let n = 0; n < 5_000; n += 1) socket.says({ id: '1', type: 'next', payload: { data: heartbeat(`c${n}`) } });
    expect(await outcome).toBe('CONNECTION_LOST');
    expect([items.length, socket.closedWith[0]]).toEqual([1_001, 1_000]);
  });

  test('is closed at once when the reader leaves while it waits', async () => {
    const { socket, outcome, abort } = await opened();
    abort.abort();
    expect(await outcome).toBe('ended');
    expect(socket.closedWith[0]).toBe(1_000);
  });
});
