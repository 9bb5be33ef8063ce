import { createHash } from 'node:crypto';

import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import type { Clock } from '../../../kernel/runtime/clock.ts';
import type { SigningSecret } from '../../../kernel/runtime/secrets.ts';
import { type HttpRequest, type HttpResponse, type HttpRoute, jsonResponse } from '../../../kernel/runtime/service-host.ts';
import { createEd25519RingVerifier } from '../../../kernel/runtime/signing.ts';
import {
  type Envelope,
  ENVELOPE_AGE_MAX_MS,
  ENVELOPE_HEADER,
  envelopeSchema,
  INGRESS,
  type IngressOperation,
} from '../../../schema/edge-envelope.ts';

/** A request that the edge has signed for this operation, this body and this moment, sent by a bank that the edge has authenticated. */
export interface BankRequest {
  readonly envelope: Envelope;
  readonly bankGuid: string;
  readonly body: Buffer;
  readonly query: URLSearchParams;
}

/** ENVELOPE_SIGNATURE: not made by the edge. ENVELOPE_MISMATCH: made for another request. ENVELOPE_STALE: sent too long ago. */
type EnvelopeFailure = { readonly code: 'ENVELOPE_SIGNATURE' | 'ENVELOPE_MISMATCH' | 'ENVELOPE_STALE' };

export type EdgeRoute = (operation: IngressOperation, answer: (request: BankRequest) => Promise<HttpResponse>) => HttpRoute;

/** Makes routes that only the edge can use, in the name of a bank. Everything else is answered 401. */
export function createEdgeRoute(o: { readonly envelopeKeys: readonly SigningSecret[]; readonly clock: Clock }): EdgeRoute {
  const verify = createEd25519RingVerifier(o.envelopeKeys);

  function read(operation: IngressOperation, { headers, body, url }: HttpRequest): Result<BankRequest, EnvelopeFailure> {
    const header = headers[ENVELOPE_HEADER];
    const payload = verify(typeof header === 'string' ? header : '');
    const parsed = envelopeSchema.safeParse(payload.ok ? payload.value : undefined);
    if (!parsed.success) return fail({ code: 'ENVELOPE_SIGNATURE' });
    const envelope = parsed.data;
    const { participant } = envelope;
    const digest = createHash('sha256').update(body).digest('base64url');
    if (envelope.operation !== operation || envelope.bodySha256 !== digest || participant?.kind !== 'bank') {
      return fail({ code: 'ENVELOPE_MISMATCH' });
    }
    const ageMs = o.clock.now().getTime() - Date.parse(envelope.sentAt);
    if (Math.abs(ageMs) > ENVELOPE_AGE_MAX_MS) return fail({ code: 'ENVELOPE_STALE' });
    return ok({ envelope, bankGuid: participant.id, body, query: url.searchParams });
  }

  return (operation, answer) => {
    const { method, path } = INGRESS[operation];
    return {
      method,
      path,
      async handle(request) {
        const sent = read(operation, request);
        return sent.ok ? await answer(sent.value) : jsonResponse(401, { error: 'not a request of the edge', code: sent.failure.code });
      },
    };
  };
}
