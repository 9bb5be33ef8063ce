import { createHash } from 'node:crypto';

import {
  ENVELOPE_AGE_MAX_MS,
  ENVELOPE_HEADER,
  envelopeSchema,
  INGRESS,
  INGRESS_PARAMETERS,
  type Envelope,
  type IngressOperation,
} from '../../schema/edge-envelope.ts';
import { isUuid } from '../core/ids.ts';
import { fail, ok, type Result } from '../core/result.ts';
import type { Clock } from './clock.ts';
import type { HubSecrets } from './secrets.ts';
import { jsonResponse, type HttpRequest, type HttpResponse, type HttpRoute } from './service-host.ts';
import { createEd25519RingVerifier } from './signing.ts';

/** A request that the edge has signed for this operation, this body and this moment. */
export interface EdgeRequest {
  readonly envelope: Envelope;
  readonly body: Buffer;
  /** A parameter of the ingress path; '' when absent. */
  readonly parameter: (name: keyof typeof INGRESS_PARAMETERS) => string;
  /** Query of the request as the edge received it. */
  readonly query: URLSearchParams;
}

/** Sent by a bank that the edge has authenticated. */
export interface BankRequest extends EdgeRequest {
  readonly bankGuid: string;
}

type Answer<Request> = (request: Request) => Promise<HttpResponse>;

/** Makes routes that only the edge can use: anything without its fresh signature over operation and body is answered 401. */
export interface EdgeRoutes {
  /** For whoever the edge lets in; the envelope names the participant, if it is one. */
  ofAnyone(operation: IngressOperation, answer: Answer<EdgeRequest>): HttpRoute;
  /** In the name of a bank only; anything else is answered 401 as well. */
  ofBank(operation: IngressOperation, answer: Answer<BankRequest>): HttpRoute;
}

/** ENVELOPE_SIGNATURE: not made by the edge. ENVELOPE_MISMATCH: made for another request. ENVELOPE_STALE: not sent just now. */
type EnvelopeFailure = { readonly code: 'ENVELOPE_SIGNATURE' | 'ENVELOPE_MISMATCH' | 'ENVELOPE_STALE' };

/** `clock`: the wall clock, which the edge has as well. */
export function createEdgeRoutes(o: { readonly secrets: Pick<HubSecrets, 'envelope'>; readonly clock: Clock }): EdgeRoutes {
  const verify = createEd25519RingVerifier(() => o.secrets.envelope);

  function read(operation: IngressOperation, { headers, body, url }: HttpRequest): Result<EdgeRequest, EnvelopeFailure> {
    const header = headers[ENVELOPE_HEADER];
    const payload = verify(typeof header === 'string' ? header : '');
    const parsed = envelopeSchema.safeParse(payload.ok ? payload.value : undefined);
    if (!parsed.success) return fail({ code: 'ENVELOPE_SIGNATURE' });
    const envelope = parsed.data;
    const parameter: EdgeRequest['parameter'] = (name) => url.searchParams.get(INGRESS_PARAMETERS[name]) ?? '';
    // The query of the ingress path is not signed by itself, but the address it was taken from is. What is no id finds nothing anyway.
    const addressed = [parameter('orderId'), parameter('paymentGuid'), parameter('payRequestGuid')].every(
      (id) => !isUuid(id) || envelope.target.includes(id),
    );
    const register = parameter('registerId');
    const ofRegister = register === '' || envelope.target.split(/[/?]/).includes(register);
    if (envelope.operation !== operation || !addressed || !ofRegister || envelope.bodySha256 !== sha256(body))
      return fail({ code: 'ENVELOPE_MISMATCH' });
    const ageMs = o.clock.now().getTime() - Date.parse(envelope.sentAt);
    if (Math.abs(ageMs) > ENVELOPE_AGE_MAX_MS) return fail({ code: 'ENVELOPE_STALE' });
    return ok({ envelope, body, parameter, query: URL.parse(envelope.target, 'http://edge')?.searchParams ?? new URLSearchParams() });
  }

  function route<Request>(
    operation: IngressOperation,
    admit: (request: EdgeRequest) => Result<Request, EnvelopeFailure>,
    answer: Answer<Request>,
  ): HttpRoute {
    const { method, path } = INGRESS[operation];
    return {
      method,
      path,
      async handle(request) {
        const sent = read(operation, request);
        const admitted = sent.ok ? admit(sent.value) : sent;
        if (admitted.ok) return await answer(admitted.value);
        return jsonResponse(401, { error: 'not a request of the edge', code: admitted.failure.code });
      },
    };
  }

  return {
    ofAnyone: (operation, answer) => route(operation, ok, answer),
    ofBank: (operation, answer) => route(operation, ofBank, answer),
  };
}

function ofBank(request: EdgeRequest): Result<BankRequest, EnvelopeFailure> {
  const { participant } = request.envelope;
  return participant?.kind === 'bank' ? ok({ ...request, bankGuid: participant.id }) : fail({ code: 'ENVELOPE_MISMATCH' });
}

const sha256 = (body: Uint8Array): string => createHash('sha256').update(body).digest('base64url');
