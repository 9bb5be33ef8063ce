import { isUuid } from '../../../kernel/core/ids.ts';
import type { Clock } from '../../../kernel/runtime/clock.ts';
import type { HttpRequest, HttpResponse, HttpRoute } from '../../../kernel/runtime/service-host.ts';
import { jsonResponse } from '../../../kernel/runtime/service-host.ts';
import type { SigningSecret } from '../../../kernel/runtime/secrets.ts';
import { createEd25519RingVerifier } from '../../../kernel/runtime/signing.ts';
import { bodySha256 } from '../../../protocol/digest.ts';
import { errorBody, type ErrorCode, type ErrorFamily } from '../../../protocol/errors.ts';
import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import {
  ENVELOPE_AGE_MAX_MS,
  ENVELOPE_HEADER,
  envelopeSchema,
  INGRESS,
  INGRESS_PARAMETERS,
  type Envelope,
  type IngressOperation,
} from '../../../schema/edge-envelope.ts';

/** A request that the edge has signed for this operation and this body. */
export interface EdgeRequest {
  readonly envelope: Envelope;
  readonly body: Buffer;
  /** Parameters of the ingress path; '' when absent. */
  readonly orderId: string;
  readonly format: string;
  /** Query of the request as the edge received it. */
  readonly query: URLSearchParams;
}

type EnvelopeFailure = { readonly code: 'ENVELOPE_SIGNATURE' | 'ENVELOPE_MISMATCH' | 'ENVELOPE_STALE' };

export type EdgeRoutes = (operation: IngressOperation, answer: (request: EdgeRequest) => Promise<HttpResponse>) => HttpRoute;

/** Makes routes that only the edge can use: anything without its fresh signature over operation and body is answered 401. */
export function createEdgeRoutes(o: { readonly envelopeKeys: readonly SigningSecret[]; readonly wallClock: Clock }): EdgeRoutes {
  const verify = createEd25519RingVerifier(o.envelopeKeys);

  async function read(operation: IngressOperation, { headers, body, url }: HttpRequest): Promise<Result<EdgeRequest, EnvelopeFailure>> {
    const header = headers[ENVELOPE_HEADER];
    const payload = verify(typeof header === 'string' ? header : '');
    const parsed = envelopeSchema.safeParse(payload.ok ? payload.value : undefined);
    if (!parsed.success) return fail({ code: 'ENVELOPE_SIGNATURE' });
    const envelope = parsed.data;
    const orderId = url.searchParams.get(INGRESS_PARAMETERS.orderId) ?? '';
    // The query of the ingress path is not signed by itself, but the address it was taken from is. What is no id finds nothing anyway.
    const addressed = !isUuid(orderId) || envelope.target.includes(orderId);
    const belongs = envelope.operation === operation && addressed && envelope.bodySha256 === (await bodySha256(body));
    if (!belongs) return fail({ code: 'ENVELOPE_MISMATCH' });
    const ageMs = o.wallClock.now().getTime() - new Date(envelope.sentAt).getTime();
    if (Math.abs(ageMs) > ENVELOPE_AGE_MAX_MS) return fail({ code: 'ENVELOPE_STALE' });
    const format = url.searchParams.get(INGRESS_PARAMETERS.format) ?? '';
    return ok({ envelope, body, orderId, format, query: URL.parse(envelope.target, 'http://edge')?.searchParams ?? new URLSearchParams() });
  }

  return (operation, answer) => {
    const { method, path } = INGRESS[operation];
    return {
      method,
      path,
      async handle(request) {
        const sent = await read(operation, request);
        return sent.ok ? await answer(sent.value) : jsonResponse(401, { error: 'not a request of the edge', code: sent.failure.code });
      },
    };
  };
}

/** A refusal in the guide's words. */
export function refusal(code: ErrorCode, family?: ErrorFamily): HttpResponse {
  const { status, body } = errorBody(code, {}, family);
  return jsonResponse(status, body);
}
