import type { IngressOperation } from '../../../schema/edge-envelope.ts';
import { coreAway, refusal, toResponse } from '../answer.ts';
import type { Signer } from '../authenticate.ts';
import { throughRequest, type EdgeContext } from '../edge-context.ts';
import { THROUGH_ANSWER_MS } from '../inbox/inbox.ts';
import { codeOf } from '../inbox/message-state.ts';
import type { Incoming } from '../incoming.ts';
import type { PathParameters } from './endpoint.ts';

/** Headers of the core that reach the caller: what browsers need of QR codes and lists. */
const HEADERS_PASSED = [
  'cache-control',
  'content-security-policy',
  'content-type',
  'etag',
  'location',
  'permissions-policy',
  'referrer-policy',
  'vary',
  'x-content-type-options',
  'x-frame-options',
];

/** `GET /api/v1/merchants/emitters`: the banks a customer can pay with. */
export function getEmitters(incoming: Incoming, _path: PathParameters, edge: EdgeContext): Promise<Response> {
  return forwardAnonymously(incoming, 'emitters', {}, edge);
}

/** `GET /api/v1/.well-known/jwks.json`: the hub's own public keys, also for pages of any origin that check what the hub has signed. */
export async function getJwks(incoming: Incoming, _path: PathParameters, edge: EdgeContext): Promise<Response> {
  const response = await forwardAnonymously(incoming, 'jwks', {}, edge);
  response.headers.set('access-control-allow-origin', '*');
  return response;
}

/** Answers while the process answers. */
export async function getLiveness(): Promise<Response> {
  return Response.json({ status: 'alive' });
}

/** Ready as soon as the edge knows whom to believe; it takes payment messages while the core is away. */
export async function getReadiness(_incoming: Incoming, _path: PathParameters, edge: EdgeContext): Promise<Response> {
  const { version } = await edge.directory.current();
  const directory = version > 0 ? { ok: true, detail: `version ${version}` } : { ok: false, detail: 'no snapshot yet' };
  return Response.json(
    {
      status: version > 0 ? 'ready' : 'no directory yet',
      directoryVersion: version,
      dependencies: [{ name: 'directory', ...directory }],
    },
    { status: version > 0 ? 200 : 503 },
  );
}

/** What this isolate has counted, for whoever holds the token of the configuration; without one it is not there. */
export async function getMetrics(incoming: Incoming, _path: PathParameters, edge: EdgeContext): Promise<Response> {
  const text = edge.exposeMetrics(incoming.headers.get('authorization'));
  if (text === null) return toResponse(refusal('NOT_FOUND'));
  return new Response(text, { headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' } });
}

/** Passes a request on that needs no header token, and its answer back as a stream. */
export async function forwardAnonymously(
  incoming: Incoming,
  operation: IngressOperation,
  query: Readonly<Record<string, string>>,
  edge: EdgeContext,
  signer: Signer | null = null,
): Promise<Response> {
  const response = await edge.core.open(throughRequest(incoming, operation, { sender: signer, query }), { timeoutMs: THROUGH_ANSWER_MS });
  if (response === null || response.status >= 500) {
    await response?.body?.cancel();
    return toResponse(coreAway());
  }
  const body = response.status === 401 ? await response.text() : response.body;
  // A 401 in words that are not ours says that the core does not believe the edge; the caller has done nothing wrong.
  if (typeof body === 'string' && codeOf(body) === undefined) return toResponse(coreAway());
  const headers = new Headers();
  for (const name of HEADERS_PASSED) {
    const value = response.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  return new Response(body, { status: response.status, headers });
}
