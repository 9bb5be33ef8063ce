import { createServer } from 'node:net';

import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare';

import { servePart } from '../part.ts';

// The other baselines: a Worker in workerd, on a socket of its own as the edge is, that reads the body and answers; or that asks a Durable
// Object in between which does nothing, as cheap a way to one object as there is.

const SCRIPT = `
  import { DurableObject } from 'cloudflare:workers';
  const answer = () => new Response('{}', { headers: { 'content-type': 'application/json' } });
  export class Nothing extends DurableObject { ask() { return null; } }
  export default { async fetch(request, env) {
    await request.arrayBuffer();
    if (env.ASKS) await env.NOTHING.get(env.NOTHING.idFromName('one')).ask();
    return answer();
  } };`;

servePart(async ({ asksObject }: { readonly asksObject: boolean }) => {
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
      bindings: { ASKS: asksObject },
      durableObjects: { NOTHING: { className: 'Nothing', useSQLite: true } },
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
