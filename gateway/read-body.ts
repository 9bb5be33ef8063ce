import type http from 'node:http';

/** The whole body, or null as soon as it is longer than `bytesMax`. Rejects when the sender goes away in the middle. */
export async function readBody(request: http.IncomingMessage, bytesMax: number): Promise<Buffer | null> {
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) return null;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    // No encoding is set on the request, so its chunks are buffers.
    length += chunk.length;
    if (length > bytesMax) return null;
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}
