import { createServer } from 'node:net';

import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare';

import { servePart } from '../part.ts';

// The other baseline: a Worker in workerd, on a socket of its own as the edge is, that reads the body and answers.

const SCRIPT = `export default { async fetch(request) { await request.arrayBuffer(); return new Response('{}', { headers: { 'content-type': 'application/json' } }); } };`;

servePart(async () => {
  const port = await freePort();
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      name: 'empty',
      host: '127.0.0.1',
      port: 0,
      cf: false,
      log: new Log(LogLevel.WARN),
      logRequests: false,
      modules: [{ type: 'ESModule', path: '/empty/worker.js', contents: SCRIPT }],
      modulesRoot: '/empty',
      compatibilityDate: '2026-10-20',
      unsafeDirectSockets: [{ host: '127.0.0.1', port }],
    }),
  );
  await miniflare.ready;
  return { url: `http://127.0.0.1:${port}` };
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('a listening TCP server has a port');
  return address.port;
}
