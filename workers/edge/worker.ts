import { coreAway, refusal, toResponse } from './answer.ts';
import { createEdgeContext, createEdgeState, type EdgeState } from './edge-context.ts';
import { readIncoming, type Incoming } from './incoming.ts';
import { findRoute } from './routes.ts';
import { sweepInboxes } from './sweep.ts';
import { logEvent } from './log.ts';

export { DirectoryCache } from './directory/directory-cache.ts';
export { Inbox } from './inbox/inbox.ts';

/** The one state of an isolate. Nothing is made before the first request, because the settings come with it. */
const isolate: { edge?: EdgeState } = {};

/** The Worker decides whether a request is authentic, never whether it is good business; architecture.md 6 has the order of work. */
export default {
  async fetch(request, env, execution): Promise<Response> {
    // The address is made of the Host header, which may hold anything.
    if (!URL.canParse(request.url)) return toResponse(refusal('HTTP_MALFORMED'));
    const url = new URL(request.url);
    const found = findRoute(url.pathname);
    if (!found) return toResponse(refusal('NOT_FOUND'));
    const { route, parameters } = found;
    const method = knownMethod(request.method);
    const endpoint = method && route.methods[method];
    if (!method || !endpoint) {
      const answer = refusal('METHOD_NOT_ALLOWED');
      return toResponse({ ...answer, headers: { ...answer.headers, allow: Object.keys(route.methods).join(', ') } });
    }
    try {
      const incoming = await readIncoming(request, method, url);
      if (!incoming.ok) return toResponse(refusal(incoming.failure.code));
      isolate.edge ??= createEdgeState(env);
      return await endpoint(incoming.value, parameters, createEdgeContext(isolate.edge, env, execution));
    } catch (error) {
      // An object or the runtime failed. What was written down stays good; the sender may send the same request again.
      logEvent('request failed', { path: route.path.source, error: String(error) });
      return toResponse(coreAway());
    }
  },

  async scheduled(_controller, env, execution): Promise<void> {
    isolate.edge ??= createEdgeState(env);
    execution.waitUntil(sweepInboxes(isolate.edge, env));
  },
} satisfies ExportedHandler<Env>;

function knownMethod(method: string): Incoming['method'] | undefined {
  return method === 'GET' || method === 'POST' || method === 'PUT' ? method : undefined;
}
