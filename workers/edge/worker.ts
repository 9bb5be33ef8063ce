import { coreAway, rateLimited, refusal, toResponse } from './answer.ts';
import { createEdgeContext, createEdgeState, type EdgeState } from './edge-context.ts';
import { readIncoming, type Incoming } from './incoming.ts';
import { addressKey } from './limits/address-limiter.ts';
import { findRoute, type FoundRoute } from './routes.ts';
import { sweepInboxes } from './sweep.ts';
import { beginTrace, TRACE_BYTES, traceparentOf } from '../../kernel/core/trace-context.ts';
import { logEvent } from './log.ts';

export { DirectoryCache } from './directory/directory-cache.ts';
export { Inbox } from './inbox/inbox.ts';
export { Roster } from './roster.ts';

/** Cloudflare sets it on every request, whatever the client sent. On one machine nobody does, and everybody is one address. */
const ADDRESS_HEADER = 'cf-connecting-ip';

/** The one state of an isolate. Nothing is made before the first request, because the settings come with it. */
const isolate: { edge?: EdgeState } = {};

/** The Worker decides whether a request is authentic, never whether it is good business; architecture.md 6 has the order of work. */
export default {
  async fetch(request, env, execution): Promise<Response> {
    const startedAt = Date.now();
    const random = crypto.getRandomValues(new Uint8Array(TRACE_BYTES));
    // Whoever asks about an answer names it by this; the core's log has it as the trace of everything that followed.
    const requestId = beginTrace(random, 0).traceId;
    // The address is made of the Host header, which may hold anything.
    const url = URL.parse(request.url);
    const found = url ? findRoute(url.pathname) : undefined;
    const route = found?.template ?? '(none)';
    const response = await answer(request, env, { execution, random, url, found }).catch((error: unknown) => {
      // An object or the runtime failed. What was written down stays good; the sender may send the same request again.
      logEvent('request failed', { requestId, route, error: String(error) });
      return toResponse(coreAway());
    });
    response.headers.set('x-request-id', requestId);
    const answered = { route, method: knownMethod(request.method) ?? 'OTHER', status: response.status };
    const endedAtMs = Date.now();
    isolate.edge?.metrics.answered({ ...answered, durationMs: endedAtMs - startedAt });
    if (isolate.edge?.spans) {
      const trace = beginTrace(random, isolate.edge.settings.traceRatio);
      isolate.edge.spans.ended({ ...answered, trace, startedAtMs: startedAt, endedAtMs }, execution);
    }
    return response;
  },

  async scheduled(_controller, env, execution): Promise<void> {
    isolate.edge ??= createEdgeState(env);
    execution.waitUntil(sweepInboxes(isolate.edge, env));
  },
} satisfies ExportedHandler<Env>;

interface Arrival {
  readonly execution: ExecutionContext;
  /** For its trace. */
  readonly random: Uint8Array;
  /** Null for what is no address. */
  readonly url: URL | null;
  readonly found: FoundRoute | undefined;
}

async function answer(request: Request, env: Env, { execution, random, url, found }: Arrival): Promise<Response> {
  const edge = (isolate.edge ??= createEdgeState(env));
  if (!url) return toResponse(refusal('HTTP_MALFORMED'));
  const address = addressKey(request.headers.get(ADDRESS_HEADER));
  const waitMs = found?.route.unlimited ? 0 : edge.addresses.admit(address, Date.now());
  if (waitMs > 0) return toResponse(rateLimited({ limit: 'address', rate: edge.settings.addressRate, waitMs }));
  if (!found) return toResponse(refusal('NOT_FOUND'));
  const { route, parameters } = found;
  const method = knownMethod(request.method);
  const endpoint = method && route.methods[method];
  if (!method || !endpoint) {
    const notAllowed = refusal('METHOD_NOT_ALLOWED');
    return toResponse({ ...notAllowed, headers: { ...notAllowed.headers, allow: Object.keys(route.methods).join(', ') } });
  }
  const traceparent = traceparentOf(beginTrace(random, edge.settings.traceRatio));
  const incoming = await readIncoming(request, method, { url, traceparent, takesXml: route.takesXml ?? false });
  if (!incoming.ok) return toResponse(refusal(incoming.failure.code));
  return endpoint(incoming.value, parameters, createEdgeContext(edge, { env, execution, address }));
}

function knownMethod(method: string): Incoming['method'] | undefined {
  return method === 'GET' || method === 'POST' || method === 'PUT' ? method : undefined;
}
