import { readCallbackTest, saysItIsATest, type CallbackReceiver, type IncomingCallback } from '../protocol/client/read-callback.ts';
import { callbackTestSchema, type CallbackTest } from '../protocol/callback-test.ts';
import { readHeaderToken } from '../protocol/header-token.ts';
import { readBodyToken } from '../protocol/token.ts';
import { utf8 } from '../protocol/web-crypto.ts';
import { answerAs, type Behaviour, type BehaviourBook } from './behaviour.ts';
import { recorded, type History } from './history.ts';
import { answer, type ActorAnswer, type ActorRequest } from './http-server.ts';
import type { HubConnection } from './hub-connection.ts';

/** What a bank and a shop have for it. */
export interface TestedActor {
  /** Guid or uid. */
  readonly id: string;
  readonly hub: Pick<HubConnection, 'keys'>;
  readonly behaviours: BehaviourBook;
  readonly history: History;
  readonly now: () => Date;
  readonly pause: (milliseconds: number) => Promise<void>;
}

/**
 * Answers a test callback, whatever address it came to; null when the request does not say that it is one. An honest actor checks it as every
 * callback and notes it. Told to by the control port, it believes what it must not, or refuses what it must not.
 */
export async function answerCallbackTest(actor: TestedActor, request: ActorRequest): Promise<ActorAnswer | null> {
  if (!saysItIsATest(utf8(request.body))) return null;
  const behaviour = actor.behaviours.next('callback-test');
  const read = await readAs(behaviour, actor, request);
  if ('code' in read)
    return recorded(actor.history, request, { callbackGuid: null, answer: answer(401, { error: read.code }), body: read });
  const { callback_guid: callbackGuid } = read;
  const isRepeat = actor.history.after(0).some((entry) => entry.direction === 'in' && entry.callbackGuid === callbackGuid);
  const noted = behaviour.behave === 'refuse-repeats' && isRepeat ? answer(409, { error: 'ALREADY_SEEN' }) : answer(200, { noted: true });
  const result = await answerAs(behaviour, () => Promise.resolve(noted), actor.pause);
  return recorded(actor.history, request, { callbackGuid, answer: result, body: read });
}

/** The test as this actor reads it, or why it does not believe it. */
async function readAs({ behave }: Behaviour, actor: TestedActor, request: ActorRequest): Promise<CallbackTest | { readonly code: string }> {
  const incoming = incomingOf(request);
  if (behave === 'trust-anyone') {
    const token = readBodyToken(incoming.body);
    const claims = callbackTestSchema.safeParse(token.ok ? token.value.claims : null);
    return claims.data ?? { code: 'CALLBACK_SHAPE' };
  }
  const header = readHeaderToken(incoming.authorization);
  const { kid, issuedAt } = header.ok ? { kid: header.value.header.kid, issuedAt: header.value.claims['iat'] } : {};
  const receiver: CallbackReceiver = {
    hubKeys: await actor.hub.keys(kid),
    audience: actor.id,
    now: behave === 'trust-any-time' && typeof issuedAt === 'number' ? new Date(issuedAt * 1000) : actor.now(),
  };
  const read = await readCallbackTest(incoming, receiver);
  return read.ok ? read.value : { code: read.failure.code };
}

function incomingOf(request: ActorRequest): IncomingCallback {
  const { method, target: path, headers, body } = request;
  return { method, path, authorization: headers['cx-authorization'], body: utf8(body) };
}
