import { isRateLimited, rateLimited, toResponse, type Answer } from './answer.ts';
import type { Sender, Signer, Trust } from './authenticate.ts';
import { createCoreClient, createEdgeSigner, type CoreClient, type CoreRequest, type EnvelopeFacts } from './core-client.ts';
import { DirectorySource } from './directory/directory-source.ts';
import type { Inbox } from './inbox/inbox.ts';
import type { Place } from './inbox/place.ts';
import { EdgeMetrics } from './edge-metrics.ts';
import { homeOf } from './inbox/shard-map.ts';
import type { Incoming } from './incoming.ts';
import { AddressLimiter } from './limits/address-limiter.ts';
import { ParticipantBrake } from './limits/participant-brake.ts';
import { inJurisdiction, readSettings, type EdgeSettings } from './settings.ts';
import { SpanExport } from './span-export.ts';
import { utf8 } from '../../protocol/web-crypto.ts';
import type { IngressOperation } from '../../schema/edge-envelope.ts';
import type { PageToken } from '../../schema/page-token.ts';

/** What lives as long as an isolate: the settings, the copy of the directory, the envelope key, what is over its limit. */
export interface EdgeState {
  readonly settings: EdgeSettings;
  readonly directory: DirectorySource;
  readonly core: CoreClient;
  readonly sign: (payload: string) => Promise<string>;
  readonly addresses: AddressLimiter;
  readonly brake: ParticipantBrake;
  readonly metrics: EdgeMetrics;
  /** Null where traces are not exported. */
  readonly spans: SpanExport | null;
}

export function createEdgeState(env: Env): EdgeState {
  const settings = readSettings(env);
  return {
    settings,
    directory: new DirectorySource(settings.jurisdiction),
    core: createCoreClient(settings),
    sign: createEdgeSigner(settings.envelopeKey),
    addresses: new AddressLimiter(settings.addressRate),
    brake: new ParticipantBrake(),
    metrics: new EdgeMetrics(),
    spans: settings.traceEndpoint === null ? null : new SpanExport(settings.traceEndpoint),
  };
}

/** What an endpoint works with during one request. */
export interface EdgeContext extends Trust {
  readonly core: CoreClient;
  readonly page: EdgeSettings['page'];
  signPageToken(claims: PageToken): Promise<string>;
  /** Null for whoever may not read them. */
  exposeMetrics(authorization: string | null): string | null;
  /**
   * To be told as soon as a signature has proved who asks: from here on the request counts for its sender and not for its address. 429
   * when it is known already that the sender is over its limit, else null.
   */
  proven(sender: Signer): Answer | null;
  /**
   * The inbox of a participant, of several the one where this key has its home. The call goes on when the caller hangs up: its message
   * may already be written down.
   */
  answerFrom(sender: Signer, key: string, call: InboxCall): Promise<Response>;
  /** For a request that has no token for an inbox to guard: 429 when its sender is over its limit, else null. */
  admit(sender: Signer): Promise<Answer | null>;
}

export type InboxCall = (inbox: DurableObjectStub<Inbox>, place: Place) => Promise<Answer>;

export function createEdgeContext(
  state: EdgeState,
  o: { readonly env: Env; readonly execution: ExecutionContext; readonly address: string },
): EdgeContext {
  const { env, execution, address } = o;
  const inboxOf = ({ participant, directoryVersion }: Signer, key: string) => {
    const { id, limits } = participant;
    const place: Place = {
      participant: id,
      name: homeOf(id, key, limits.shards),
      shards: limits.shards,
      version: directoryVersion,
      limits,
    };
    const namespace = inJurisdiction(env.INBOX, state.settings.jurisdiction);
    return { stub: namespace.get(namespace.idFromName(place.name)), place };
  };
  const noteLimit = (participant: string, answer: Answer): void => {
    if (isRateLimited(answer)) state.brake.overLimit(participant, Date.now() + answer.waitMs);
  };
  return {
    directory: { current: () => state.directory.current(env), refreshed: () => state.directory.refreshed(env) },
    ownNames: state.settings.ownNames,
    core: state.core,
    page: state.settings.page,
    signPageToken: (claims) => state.sign(JSON.stringify(claims)),
    exposeMetrics(authorization) {
      const { metricsToken } = state.settings;
      const expected = `Bearer ${metricsToken}`;
      return metricsToken !== '' && isSameText(authorization ?? '', expected) ? state.metrics.expose() : null;
    },
    proven({ participant: { id, limits } }) {
      state.addresses.giveBack(address);
      const now = Date.now();
      const waitMs = state.brake.waitFor(id, now);
      return waitMs === 0 ? null : rateLimited({ limit: 'participant', rate: limits, waitMs });
    },
    async answerFrom(sender, key, call) {
      const { stub, place } = inboxOf(sender, key);
      const answer = call(stub, place);
      execution.waitUntil(answer.catch(() => undefined)); // The failure itself is handled by whoever awaits the answer.
      const answered = await answer;
      noteLimit(place.participant, answered);
      return toResponse(answered);
    },
    async admit(sender) {
      const { stub, place } = inboxOf(sender, '');
      const limited = await stub.admit(place);
      if (limited) noteLimit(place.participant, limited);
      return limited;
    },
  };
}

/** In constant time for texts of one length. */
function isSameText(a: string, b: string): boolean {
  const [left, right] = [utf8(a), utf8(b)];
  // The types of Preact bring those of browsers, which hide this function of workerd's.
  const subtle = crypto.subtle as SubtleCrypto & { timingSafeEqual(a: Uint8Array, b: Uint8Array): boolean }; // See above.
  return left.length === right.length && subtle.timingSafeEqual(left, right);
}

/** The envelope of a request that is not a payment message: `eventId` is the token's jti, so that a repeat is known as one. */
export function throughRequest(
  incoming: Incoming,
  operation: IngressOperation,
  o: {
    readonly sender: (Pick<Sender, 'participant' | 'kid' | 'directoryVersion'> & { readonly token?: Sender['token'] }) | null;
    readonly query: Readonly<Record<string, string>>;
  },
): CoreRequest {
  const facts: EnvelopeFacts = {
    eventId: o.sender?.token?.jti ?? crypto.randomUUID(),
    operation,
    method: incoming.method,
    target: incoming.target,
    participant: o.sender && { kind: o.sender.participant.kind, id: o.sender.participant.id, kid: o.sender.kid },
    bodySha256: incoming.bodySha256,
    directoryVersion: o.sender?.directoryVersion ?? 0,
    receivedAt: incoming.receivedAt.toISOString(),
    paymentGuid: null,
    traceparent: incoming.traceparent,
  };
  return { facts, query: o.query, body: incoming.body.length === 0 ? null : incoming.body, contentType: incoming.contentType };
}
