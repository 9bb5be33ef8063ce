import { setTimeout as pause } from 'node:timers/promises';

import type { WebSocketServer } from 'ws';

/** How long streams that were asked to end may take to say their last word. */
const LAST_WORDS_MS = 1_000;
/** How long clients may take to answer that they have heard of the end. */
const GOODBYE_MS = 1_000;
const LOOK_AGAIN_MS = 10;

/** What there is to know of a connection: its open operations, by their id. */
interface Connection {
  readonly subscriptions: Readonly<Record<string, unknown>>;
}

/** Ends a graphql-ws server: first the operations that are about to end, then the connections, at last those that do not answer. */
export async function closeSocketServer(o: {
  readonly sockets: WebSocketServer;
  readonly contexts: ReadonlySet<Connection>;
  /** Says goodbye to everybody (1001), and resolves when they have gone. */
  dispose(): Promise<void>;
}): Promise<void> {
  const deadline = performance.now() + LAST_WORDS_MS;
  const areBusy = () => [...o.contexts].some(({ subscriptions }) => Object.keys(subscriptions).length > 0);
  while (areBusy() && performance.now() < deadline) await pause(LOOK_AGAIN_MS);
  const cut = setTimeout(() => {
    for (const client of o.sockets.clients) client.terminate();
  }, GOODBYE_MS);
  await o.dispose();
  clearTimeout(cut);
}
