import { describe, expect, test } from 'vitest';

import type { GatewayFailure } from '../failure.ts';
import { fakeSource, heartbeat } from '../fake-log.ts';
import { serverSentEventsTransport } from './server-sent-events.ts';

const ITEM = heartbeat('c1');
const NEXT = `event: next\ndata: ${JSON.stringify({ data: ITEM })}\n\n`;
const COMPLETE = 'event: complete\ndata:\n\n';

/** Reads a body that comes in these pieces: the items, and how it ended. */
async function read(pieces: readonly (string | Uint8Array)[], o: { type?: string; status?: number } = {}) {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(typeof piece === 'string' ? encoder.encode(piece) : piece);
      controller.close();
    },
  });
  const headers = { 'content-type': o.type ?? 'text/event-stream' };
  const transport = serverSentEventsTransport({
    url: 'http://gateway.test/graphql',
    fetch: async () => new Response(body, { status: o.status ?? 200, headers }),
  });
  const source = { ...fakeSource(0), live: () => ({ query: '', variables: {}, read: ({ data }: { data?: unknown }) => data as never }) }; // The item that was sent.
  const items: unknown[] = [];
  try {
    for await (const item of transport.open(source, { from: 'NOW' }, new AbortController().signal)) items.push(item);
    return { items, ended: 'complete' };
  } catch (error) {
    return { items, ended: (error as GatewayFailure).code }; // What a transport throws.
  }
}

describe('a body of server-sent events', () => {
  test('is read event by event, and ends with complete', async () => {
    expect(await read([NEXT, NEXT, COMPLETE])).toEqual({ items: [ITEM, ITEM], ended: 'complete' });
  });

  test('may be cut into pieces anywhere, also inside a character', async () => {
    const note = heartbeat('курсор');
    const bytes = new TextEncoder().encode(`:\n\nevent: next\r\ndata: ${JSON.stringify({ data: note })}\r\n\r\n${COMPLETE}`);
    expect(await read([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual({ items: [note], ended: 'complete' });
  });

  test('that ends without complete was cut off: the reader has to come back', async () => {
    expect(await read([NEXT])).toEqual({ items: [ITEM], ended: 'CONNECTION_LOST' });
    expect(await read([NEXT, NEXT.slice(0, 20)])).toEqual({ items: [ITEM], ended: 'CONNECTION_LOST' });
  });

  test('that is a proxy’s page is no answer', async () => {
    expect(await read(['<h1>Blocked</h1>'], { type: 'text/html', status: 403 })).toEqual({ items: [], ended: 'CONNECTION_LOST' });
  });
});
