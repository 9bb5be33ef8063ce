import { encodeBase64url } from '../../protocol/base64.ts';
import { utf8 } from '../../protocol/web-crypto.ts';
import { TRACE_HEADER } from '../../kernel/core/trace-context.ts';
import { ENVELOPE_HEADER, INGRESS, type Envelope, type IngressOperation } from '../../schema/edge-envelope.ts';
import type { CoreAnswer } from './core-answer.ts';
import type { EdgeSettings, EnvelopeKey } from './settings.ts';

/** An envelope before it is signed for one send. */
export type EnvelopeFacts = Omit<Envelope, 'mode' | 'sentAt' | 'operation'> & { readonly operation: IngressOperation };

export interface CoreRequest {
  readonly facts: EnvelopeFacts;
  /** Query of the ingress path, under the names of INGRESS_PARAMETERS. */
  readonly query: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer> | null;
  readonly contentType: string | null;
}

export interface CoreClient {
  /** Sends once and reads the answer as text, all within the time limit. Never throws. */
  send(request: CoreRequest, o: { readonly mode: Envelope['mode']; readonly timeoutMs: number }): Promise<CoreAnswer>;
  /** The same for an answer that is passed on as a stream; the limit counts until its headers. Null when there is none. */
  open(request: CoreRequest, o: { readonly timeoutMs: number }): Promise<Response | null>;
}

/** The way from the edge to the subgraphs: every request carries the edge's own signature, made anew at each send. */
export function createCoreClient(settings: EdgeSettings): CoreClient {
  const sign = createEdgeSigner(settings.envelopeKey);

  async function post(request: CoreRequest, mode: Envelope['mode'], signal: AbortSignal): Promise<Response> {
    const ingress = INGRESS[request.facts.operation];
    const query = Object.keys(request.query).length === 0 ? '' : `?${new URLSearchParams(request.query).toString()}`;
    const envelope: Envelope = { ...request.facts, mode, sentAt: new Date().toISOString() };
    const headers: Record<string, string> = { [ENVELOPE_HEADER]: await sign(JSON.stringify(envelope)) };
    if (request.contentType !== null) headers['content-type'] = request.contentType;
    if (request.facts.traceparent !== undefined) headers[TRACE_HEADER] = request.facts.traceparent;
    const { url, fetcher } = settings.subgraphs[ingress.subgraph];
    return fetcher.fetch(`${url}${ingress.path}${query}`, {
      method: ingress.method,
      headers,
      redirect: 'manual',
      signal,
      ...(request.body === null ? {} : { body: request.body }),
    });
  }

  return {
    async send(request, { mode, timeoutMs }) {
      const deadline = startDeadline(timeoutMs);
      let isAnswering = false;
      try {
        const response = await post(request, mode, deadline.signal);
        isAnswering = true;
        const contentType = response.headers.get('content-type') ?? 'application/json';
        return { kind: 'answered', status: response.status, contentType, body: await response.text() };
      } catch {
        // However a send fails, it is no answer; who asked knows what that means for the request.
        return { kind: 'none', why: deadline.signal.aborted ? 'deadline' : isAnswering ? 'lost' : 'unreachable' };
      } finally {
        deadline.clear();
      }
    },
    async open(request, { timeoutMs }) {
      const deadline = startDeadline(timeoutMs);
      try {
        return await post(request, 'through', deadline.signal);
      } catch {
        return null; // See above.
      } finally {
        deadline.clear();
      }
    },
  };
}

/** A timer of our own and not AbortSignal.timeout, whose timers stay until they fire, long after the answer. */
function startDeadline(timeoutMs: number): { readonly signal: AbortSignal; clear(): void } {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeoutMs);
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
}

/** Compact EdDSA tokens over JSON texts, by the edge's own key. What a token is for, its payload says. */
export function createEdgeSigner({ kid, privateJwk }: EnvelopeKey): (payload: string) => Promise<string> {
  const header = encodeBase64url(utf8(JSON.stringify({ alg: 'EdDSA', kid })));
  const { kty, crv, x, d } = privateJwk;
  let key: CryptoKey | undefined;
  return async (payload) => {
    key ??= await crypto.subtle.importKey('jwk', { kty, crv, x, d }, 'Ed25519', false, ['sign']);
    const signingInput = `${header}.${encodeBase64url(utf8(payload))}`;
    const signature = await crypto.subtle.sign('Ed25519', key, utf8(signingInput));
    return `${signingInput}.${encodeBase64url(new Uint8Array(signature))}`;
  };
}
