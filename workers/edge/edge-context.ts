import { toResponse, type Answer } from './answer.ts';
import type { Sender, Trust } from './authenticate.ts';
import { createCoreClient, createEdgeSigner, type CoreClient, type CoreRequest, type EnvelopeFacts } from './core-client.ts';
import { DirectorySource } from './directory/directory-source.ts';
import type { Inbox } from './inbox/inbox.ts';
import type { Incoming } from './incoming.ts';
import { inJurisdiction, readSettings, type EdgeSettings } from './settings.ts';
import type { IngressOperation } from '../../schema/edge-envelope.ts';
import type { PageToken } from '../../schema/page-token.ts';

/** What lives as long as an isolate: the settings, the copy of the directory, the envelope key. */
export interface EdgeState {
  readonly settings: EdgeSettings;
  readonly directory: DirectorySource;
  readonly core: CoreClient;
  readonly sign: (payload: string) => Promise<string>;
}

export function createEdgeState(env: Env): EdgeState {
  const settings = readSettings(env);
  return {
    settings,
    directory: new DirectorySource(settings.jurisdiction),
    core: createCoreClient(settings),
    sign: createEdgeSigner(settings.envelopeKey),
  };
}

/** What an endpoint works with during one request. */
export interface EdgeContext extends Trust {
  readonly core: CoreClient;
  signPageToken(claims: PageToken): Promise<string>;
  /** The inbox of a participant. The call goes on when the caller hangs up: its message may already be written down. */
  answerFrom(participantId: string, call: (inbox: DurableObjectStub<Inbox>) => Promise<Answer>): Promise<Response>;
}

export function createEdgeContext(state: EdgeState, env: Env, execution: ExecutionContext): EdgeContext {
  return {
    directory: { current: () => state.directory.current(env), refreshed: () => state.directory.refreshed(env) },
    ownNames: state.settings.ownNames,
    core: state.core,
    signPageToken: (claims) => state.sign(JSON.stringify(claims)),
    async answerFrom(participantId, call) {
      const namespace = inJurisdiction(env.INBOX, state.settings.jurisdiction);
      const answer = call(namespace.get(namespace.idFromName(participantId)));
      execution.waitUntil(answer.catch(() => undefined)); // The failure itself is handled by whoever awaits the answer.
      return toResponse(await answer);
    },
  };
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
  };
  return { facts, query: o.query, body: incoming.body.length === 0 ? null : incoming.body, contentType: incoming.contentType };
}
