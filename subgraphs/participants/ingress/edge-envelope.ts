import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import type { Clock } from '../../../kernel/runtime/clock.ts';
import type { HttpRequest } from '../../../kernel/runtime/service-host.ts';
import type { HubSecrets } from '../../../kernel/runtime/secrets.ts';
import { createEd25519RingVerifier } from '../../../kernel/runtime/signing.ts';
import {
  ENVELOPE_AGE_MAX_MS,
  ENVELOPE_HEADER,
  envelopeSchema,
  type Envelope,
  type IngressOperation,
} from '../../../schema/edge-envelope.ts';

export type EnvelopeFailure = { readonly code: 'ENVELOPE_MISSING' | 'ENVELOPE_REFUSED' | 'ENVELOPE_STALE' | 'ENVELOPE_OPERATION' };

/** Reads the edge's envelope of a request: made by the edge, just now, for this operation. */
export type ReadEnvelope = (request: HttpRequest, operation: IngressOperation) => Result<Envelope, EnvelopeFailure>;

export function createEnvelopeReader(o: { readonly secrets: Pick<HubSecrets, 'envelope'>; readonly clock: Clock }): ReadEnvelope {
  const verify = createEd25519RingVerifier(o.secrets.envelope);
  return (request, operation) => {
    const token = request.headers[ENVELOPE_HEADER];
    if (typeof token !== 'string') return fail({ code: 'ENVELOPE_MISSING' });
    const payload = verify(token);
    const envelope = payload.ok ? envelopeSchema.safeParse(payload.value) : null;
    if (!envelope?.success) return fail({ code: 'ENVELOPE_REFUSED' });
    const age = o.clock.now().getTime() - new Date(envelope.data.sentAt).getTime();
    if (Math.abs(age) > ENVELOPE_AGE_MAX_MS) return fail({ code: 'ENVELOPE_STALE' });
    return envelope.data.operation === operation ? ok(envelope.data) : fail({ code: 'ENVELOPE_OPERATION' });
  };
}
