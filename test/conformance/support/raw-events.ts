import http from 'node:http';

import { waitFor } from '../../support/wait-for.ts';

/** One block of `text/event-stream`: its lines by their field, comments under ''. */
export interface EventBlock {
  readonly event?: string;
  readonly data?: string;
  readonly id?: string;
  readonly comment?: string;
}

export interface RawEvents {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly blocks: readonly EventBlock[];
  /** Hears of every block; then none is kept. */
  onBlock(listener: (block: EventBlock) => void): void;
  /** The next event that is no comment, in order. Fails when none comes. */
  next(): Promise<EventBlock>;
  /** How the response ended: `ended` as a whole, or `cut`. */
  ended(): Promise<'ended' | 'cut'>;
  /** Stops reading the connection, and goes on. */
  pause(): void;
  resume(): void;
  abort(): void;
  readonly body: string;
}

/** A request as it is, and the events of its answer. Knows nothing of GraphQL. */
export async function rawEvents(
  url: string,
  { method = 'POST', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string | object } = {},
): Promise<RawEvents> {
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
  const request = http.request(url, { method, agent: false, headers: { accept: 'text/event-stream', ...type, ...headers } }, resolve);
  request.on('error', reject);
  request.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body));
  const response = await promise;
  request.off('error', reject).on('error', () => undefined); // From here on the response tells how it ended.
  response.on('error', () => undefined);
  const { promise: end, resolve: ended } = Promise.withResolvers<'ended' | 'cut'>();
  response.on('close', () => ended(response.complete ? 'ended' : 'cut'));
  const blocks: EventBlock[] = [];
  const listeners: ((block: EventBlock) => void)[] = [];
  let text = '';
  let unread = '';
  response.setEncoding('utf8').on('data', (chunk: string) => {
    if (listeners.length === 0 || response.statusCode !== 200) text += chunk;
    unread += chunk;
    for (let stop = unread.indexOf('\n\n'); stop >= 0; stop = unread.indexOf('\n\n')) {
      const block = blockOf(unread.slice(0, stop));
      unread = unread.slice(stop + 2);
      if (listeners.length === 0) blocks.push(block);
      for (const listener of listeners) listener(block);
    }
  });
  let taken = 0;
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    blocks,
    onBlock: (listener) => void listeners.push(listener),
    async next() {
      const events = await waitFor(() => {
        const found = blocks.filter(({ event }) => event !== undefined);
        return found.length > taken ? found : null;
      });
      const event = events[taken];
      taken += 1;
      if (!event) throw new Error('waited for an event that is not there');
      return event;
    },
    ended: () => end,
    pause: () => void response.pause(),
    resume: () => void response.resume(),
    abort: () => void request.destroy(),
    get body() {
      return text;
    },
  };
}

function blockOf(block: string): EventBlock {
  const fields: Record<string, string> = {};
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    const name = colon === 0 ? 'comment' : line.slice(0, colon === -1 ? line.length : colon);
    fields[name] = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
  }
  return fields;
}
