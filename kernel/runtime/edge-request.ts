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
import type { RefreshableDirectory } from './directory.ts';
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

/** What a key is to whoever believes the edge about it. */
type KnownKeys = Pick<RefreshableDirectory, 'version' | 'refresh' | 'keyOwner'>;

/**
 * `clock`: the wall clock, which the edge has as well. `directory`: ours, which is made at least as new as the one that the edge went by;
 * null for whoever needs none.
 */
export function createEdgeRoutes(o: {
  readonly secrets: Pick<HubSecrets, 'envelope'>;
  readonly clock: Clock;
  readonly directory: KnownKeys | null;
}): EdgeRoutes {
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
        if (!sent.ok) return notOfTheEdge(sent.failure);
        const admitted = admit(sent.value);
        if (!admitted.ok) return notOfTheEdge(admitted.failure);
        const { envelope } = sent.value;
        if (o.directory) await catchUp(o.directory, envelope.directoryVersion);
        if (o.directory && envelope.mode === 'through' && isRevoked(o.directory, envelope)) {
          return jsonResponse(401, { error: 'the token key is not in use', code: 'TOKEN_KEY_RETIRED' });
        }
        return await answer(admitted.value);
      },
    };
  }

  return {
    ofAnyone: (operation, answer) => route(operation, ok, answer),
    ofBank: (operation, answer) => route(operation, ofBank, answer),
  };
}

function notOfTheEdge({ code }: EnvelopeFailure): HttpResponse {
  return jsonResponse(401, { error: 'not a request of the edge', code });
}

/** A pull that was under way already may have read before the news. */
const LOOKS_MAX = 2;

/**
 * The edge believed a newer directory than ours: one look at participants, because a key that we do not know yet is no wrong key. Throws
 * when participants is away, and the edge sends again. What is the newest that participants has will do, also after a restore.
 */
async function catchUp(directory: KnownKeys, version: number): Promise<void> {
  for (let look = 1; look <= LOOKS_MAX && directory.version < version; look++) await directory.refresh();
}

/**
 * True when the edge believed a header token of a key that was revoked by then: it had not heard yet. Nothing else would look at that
 * token again; a payment message has a signature of its own, which payments verifies as of the same moment.
 */
function isRevoked(directory: KnownKeys, { participant, receivedAt }: Envelope): boolean {
  const revokedFrom = participant ? directory.keyOwner(participant.kid)?.key.revokedFrom : null;
  return typeof revokedFrom === 'string' && Date.parse(revokedFrom) <= Date.parse(receivedAt);
}

function ofBank(request: EdgeRequest): Result<BankRequest, EnvelopeFailure> {
  const { participant } = request.envelope;
  return participant?.kind === 'bank' ? ok({ ...request, bankGuid: participant.id }) : fail({ code: 'ENVELOPE_MISMATCH' });
}

const sha256 = (body: Uint8Array): string => createHash('sha256').update(body).digest('base64url');
