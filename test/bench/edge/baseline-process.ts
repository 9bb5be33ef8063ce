import { createPublicKey, verify, type JsonWebKey } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { HEADER_TOKEN_NAME } from '../../../protocol/header-token.ts';
import { servePart } from '../part.ts';

// The baseline: a plain Node HTTP server that verifies the two signatures of a message and does nothing else. It remembers nothing.

servePart(async ({ jwk }: { readonly jwk: JsonWebKey }) => {
  const key = createPublicKey({ key: { ...jwk }, format: 'jwk' });
  const verifies = (token: string): boolean => {
    const end = token.lastIndexOf('.');
    return verify('sha256', Buffer.from(token.slice(0, end)), key, Buffer.from(token.slice(end + 1), 'base64url'));
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { jwt } = JSON.parse(Buffer.concat(chunks).toString()) as { jwt: string }; // The generator's own message.
      const right = verifies(String(request.headers[HEADER_TOKEN_NAME.toLowerCase()])) && verifies(jwt);
      response.writeHead(right ? 200 : 401, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }; // A TCP server that listens.
});
