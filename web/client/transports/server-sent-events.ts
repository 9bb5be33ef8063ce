import { connectionLost } from '../failure.ts';
import type { GraphqlResult } from '../event-source.ts';
import { answerOf, type Endpoint, post } from '../graphql-client.ts';
import type { StreamTransport } from './transport.ts';

const EVENT_STREAM = 'text/event-stream';

/**
 * GraphQL over server-sent events, read with `fetch` rather than EventSource: it can send the credential in a header and the operation
 * in a body, and reads no further than its reader does.
 */
export function serverSentEventsTransport(endpoint: Endpoint): StreamTransport {
  return {
    name: 'sse',
    async *open(source, begin, signal) {
      const operation = source.live(begin);
      const { query, variables } = operation;
      const response = await post(endpoint, { query, variables }, { accept: EVENT_STREAM, signal });
      if (!response.headers.get('content-type')?.startsWith(EVENT_STREAM) || !response.body) {
        // A refusal comes as one answer; `read` throws what it says.
        yield operation.read(await answerOf(response));
        return;
      }
      for await (const result of resultsOf(response.body, signal)) yield operation.read(result);
    },
  };
}

/** Ends at the event `complete`. A body that ends without it was cut off: CONNECTION_LOST. */
async function* resultsOf(body: ReadableStream<Uint8Array>, signal: AbortSignal): AsyncGenerator<GraphqlResult> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (;;) {
      const { done, value } = await read(reader, signal);
      if (done) break;
      text += decoder.decode(value, { stream: true });
      const blocks = text.split(/\r?\n\r?\n/);
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = fieldOf(block, 'event');
        const data = fieldOf(block, 'data');
        if (event === 'complete') return;
        if (event === 'next' && data !== '') yield JSON.parse(data) as GraphqlResult; // The gateway writes one result per event.
      }
    }
  } finally {
    // Frees the connection when the reader leaves early; it may be broken already, and then there is nothing to free.
    await reader.cancel().catch(() => undefined);
  }
  throw connectionLost('The stream was cut off');
}

async function read(reader: ReadableStreamDefaultReader<Uint8Array>, signal: AbortSignal) {
  try {
    return await reader.read();
  } catch (error) {
    if (signal.aborted) throw error;
    throw connectionLost('The stream broke', error);
  }
}

/** The lines of a field, joined; a comment has none. */
function fieldOf(block: string, name: 'event' | 'data'): string {
  return block
    .split(/\r?\n/)
    .filter((line) => line.startsWith(`${name}:`))
    .map((line) => line.slice(name.length + 1).trimStart())
    .join('\n');
}
