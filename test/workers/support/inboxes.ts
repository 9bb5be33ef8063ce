import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { vi } from 'vitest';
import { type Envelope, ENVELOPE_HEADER } from '../../../schema/edge-envelope.ts';
import type { Answer } from '../../../workers/edge/answer.ts';
import type { NewMessage } from '../../../workers/edge/inbox/inbox-store.ts';
import type { Inbox, ThroughRequest } from '../../../workers/edge/inbox/inbox.ts';
import type { Place } from '../../../workers/edge/inbox/place.ts';
import { homeOf } from '../../../workers/edge/inbox/shard-map.ts';
import type { UsedToken } from '../../../workers/edge/inbox/token-store.ts';

const MINUTE_MS = 60_000;
const NO_LIMIT = { perSecond: 100_000, burst: 100_000 };

/** What the core does with each request that it is sent. */
export const core: { answer: (request: Request) => Promise<Response>; readonly sent: Envelope[] } = { answer: takes, sent: [] };

/** Never restored: the alarms of a file's objects go on until the runtime of the file ends. */
export function playCore(): void {
  vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) => {
    const request = new Request(input, init);
    core.sent.push(envelopeOf(request));
    return core.answer(request);
  });
}

/** Takes every message, as payments does. */
export async function takes(request: Request): Promise<Response> {
  return Response.json({ guid: envelopeOf(request).paymentGuid });
}

export const away = (): Promise<Response> => Promise.reject(new Error('Network connection lost.'));

function envelopeOf(request: Request): Envelope {
  const [, payload = ''] = (request.headers.get(ENVELOPE_HEADER) ?? '').split('.');
  return JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as Envelope; // The edge made it.
}

export const aBankId = (): string => crypto.randomUUID();

/** Where a participant's one object is, unless it says otherwise. */
export function placeOf(participant: string, over: Partial<Place> = {}): Place {
  return { participant, name: participant, shards: 1, version: 1, limits: NO_LIMIT, ...over };
}

export const inboxNamed = (name: string): DurableObjectStub<Inbox> => env.INBOX.get(env.INBOX.idFromName(name));

export function aToken(over: Partial<UsedToken> = {}): UsedToken {
  return { jti: crypto.randomUUID(), requestHash: crypto.randomUUID(), keptUntil: Date.now() + 6 * MINUTE_MS, ...over };
}

export function aMessage(over: { guid?: string; token?: Partial<UsedToken>; bank?: string } = {}): NewMessage {
  const guid = over.guid ?? crypto.randomUUID();
  return {
    guid,
    token: aToken(over.token),
    facts: {
      eventId: guid,
      operation: 'payment-message',
      method: 'POST',
      target: '/',
      participant: { kind: 'bank', id: over.bank ?? 'b', kid: 'k' },
      bodySha256: '',
      directoryVersion: 1,
      receivedAt: new Date().toISOString(),
      paymentGuid: guid,
    },
    pending: { orderId: 'o', amount: 5, currency: 'UAH' },
    contentType: 'application/json',
    raw: new Uint8Array([1, 2, 3]),
  };
}

export function aRead(token: UsedToken = aToken()): ThroughRequest {
  const facts = { ...aMessage().facts, eventId: token.jti, operation: 'order-json' as const, method: 'GET', paymentGuid: null };
  return { token, core: { facts, query: {}, body: null, contentType: null } };
}

/** What a Worker asks for a message, by a directory in which the bank has so many objects. */
export function sendMessage(bank: string, message: NewMessage, over: Partial<Place> = {}): Promise<Answer> {
  const place = placeOf(bank, { ...over, name: homeOf(bank, message.guid, over.shards ?? 1) });
  return inboxNamed(place.name).message(place, message);
}

export function sendRead(bank: string, request: ThroughRequest, over: Partial<Place> = {}): Promise<Answer> {
  const place = placeOf(bank, { ...over, name: homeOf(bank, request.token.jti, over.shards ?? 1) });
  return inboxNamed(place.name).through(place, request);
}

export function rowsOf(name: string, query: string): Promise<Record<string, unknown>[]> {
  return runInDurableObject(inboxNamed(name), (_inbox, state) => state.storage.sql.exec(query).toArray());
}

export const statesOf = (name: string) => rowsOf(name, 'SELECT state, raw IS NULL AS dropped FROM message ORDER BY seq');

export const codeOf = (answer: Answer): string => (JSON.parse(answer.body) as { code?: string }).code ?? '';
