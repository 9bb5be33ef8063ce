import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { signEd25519Token } from '../../../kernel/runtime/signing.ts';
import { DIRECTORY_PATH } from '../../../schema/directory.ts';
import { ENVELOPE_HEADER } from '../../../schema/edge-envelope.ts';
import { servePart } from '../part.ts';

// A core that takes every message at once and checks nothing: what is measured is the edge.

export interface CoreRequest {
  /** Signs the directory; its JSON. */
  readonly directoryKey: Parameters<typeof signEd25519Token>[0];
  readonly directory: string;
}

servePart(async ({ directoryKey, directory }: CoreRequest) => {
  const snapshot = signEd25519Token(directoryKey, directory);
  const server = createServer((request, response) => {
    request.resume();
    if (request.url?.startsWith(DIRECTORY_PATH)) {
      const known = request.url.includes('after=1');
      response.writeHead(known ? 304 : 200, { 'content-type': 'application/jwt' }).end(known ? undefined : snapshot);
      return;
    }
    const envelope = Buffer.from(String(request.headers[ENVELOPE_HEADER]).split('.')[1] ?? '', 'base64url').toString();
    const guid = /"paymentGuid":"([^"]+)"/.exec(envelope)?.[1];
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ guid }));
  });
  server.keepAliveTimeout = 120_000; // Connections outlive the pauses in which messages are signed.
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }; // A TCP server that listens.
});
