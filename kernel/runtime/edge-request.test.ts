import { createHash, generateKeyPairSync } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import { ENVELOPE_AGE_MAX_MS, ENVELOPE_HEADER, INGRESS, type Envelope, type IngressOperation } from '../../schema/edge-envelope.ts';
import { createEdgeRoutes, type BankRequest, type EdgeRequest } from './edge-request.ts';
import type { HttpResponse } from './service-host.ts';
import { signEd25519Token } from './signing.ts';

const NOW = new Date('2026-03-01T10:00:00.000Z');
const BODY = Buffer.from('{"jwt":"a.b.c"}');
const ID = '00000000-0000-7000-8000-000000000001';
const OTHER_ID = '00000000-0000-7000-8000-000000000002';
const BANK = { kind: 'bank', id: 'bank-guid', kid: 'k' } as const;

const newest = secret('envelope-2');
const older = secret('envelope-1');
const TRUST = { secrets: { envelope: [newest, older] }, clock: { now: () => NOW } };
const routes = createEdgeRoutes({ ...TRUST, directory: null });

const ENVELOPE: Envelope = {
  eventId: 'e',
  mode: 'through',
  operation: 'order-json',
  method: 'GET',
  target: `/api/orders/${ID}?custom=true`,
  participant: BANK,
  bodySha256: createHash('sha256').update(BODY).digest('base64url'),
  directoryVersion: 1,
  receivedAt: NOW.toISOString(),
  sentAt: NOW.toISOString(),
  paymentGuid: null,
};

interface Sent {
  readonly envelope?: Partial<Envelope>;
  readonly header?: string | undefined;
  readonly signedBy?: typeof newest;
  readonly body?: Buffer;
  readonly query?: Readonly<Record<string, string>>;
}

const sentAt = (agoMs: number): string => new Date(NOW.getTime() - agoMs).toISOString();

test.each<[string, Sent, string | null]>([
  ['made by the edge for exactly this', {}, null],
  ['signed with a key that is no longer the newest', { signedBy: older }, null],
  ['sent as long ago as is allowed', { envelope: { sentAt: sentAt(ENVELOPE_AGE_MAX_MS) } }, null],
  ['about the id of its own address', { query: { id: ID } }, null],
  ['about something that is no id', { query: { id: 'none' } }, null],
  ['without an envelope', { header: undefined }, 'ENVELOPE_SIGNATURE'],
  ['with an empty envelope', { header: '' }, 'ENVELOPE_SIGNATURE'],
  ['with something else for an envelope', { header: 'x' }, 'ENVELOPE_SIGNATURE'],
  ['signed with a key of somebody else', { signedBy: secret('envelope-2') }, 'ENVELOPE_SIGNATURE'],
  ['signed with a key that the ring does not name', { signedBy: secret('envelope-3') }, 'ENVELOPE_SIGNATURE'],
  ['with an envelope of another shape', { envelope: { sentAt: 'x' } }, 'ENVELOPE_SIGNATURE'],
  ['made for another operation', { envelope: { operation: 'order-create' } }, 'ENVELOPE_MISMATCH'],
  ['made for another body', { body: Buffer.from('{}') }, 'ENVELOPE_MISMATCH'],
  ['made for another order', { query: { id: OTHER_ID } }, 'ENVELOPE_MISMATCH'],
  ['made for another payment', { query: { guid: OTHER_ID } }, 'ENVELOPE_MISMATCH'],
  ['sent too long ago', { envelope: { sentAt: sentAt(ENVELOPE_AGE_MAX_MS + 1) } }, 'ENVELOPE_STALE'],
  ['sent from the future', { envelope: { sentAt: sentAt(-ENVELOPE_AGE_MAX_MS - 1) } }, 'ENVELOPE_STALE'],
])('a request %s: %j gives %s', async (_title, sent, code) => {
  const seen: EdgeRequest[] = [];
  const answer = await send('order-json', sent, (request) => seen.push(request));
  expect([answer.status, codeOf(answer), seen.length]).toEqual(code === null ? [200, undefined, 1] : [401, code, 0]);
});

test.each<[string, Envelope['participant'], string | null]>([
  ['a bank', BANK, null],
  ['a merchant', { kind: 'merchant', id: 'm', kid: 'k' }, 'ENVELOPE_MISMATCH'],
  ['nobody', null, 'ENVELOPE_MISMATCH'],
])('a route of banks is asked in the name of %s: %j gives %s', async (_title, participant, code) => {
  const seen: BankRequest[] = [];
  const route = routes.ofBank('order-json', async (request) => {
    seen.push(request);
    return { status: 200 };
  });
  const answer = await route.handle(requestOf('order-json', { envelope: { participant } }));
  expect([answer.status, codeOf(answer)]).toEqual(code === null ? [200, undefined] : [401, code]);
  expect(seen.map(({ bankGuid }) => bankGuid)).toEqual(code === null ? [BANK.id] : []);
});

test('a request has the parameters of the ingress path and the query that the edge received', async () => {
  const seen: EdgeRequest[] = [];
  await send('order-json', { query: { id: ID, format: 'svg' } }, (request) => seen.push(request));
  const [request] = seen;
  expect([request?.parameter('orderId'), request?.parameter('format'), request?.parameter('custom')]).toEqual([ID, 'svg', '']);
  expect([request?.query.get('custom'), request?.query.get('id')]).toEqual(['true', null]);
  expect(request?.body).toEqual(BODY);
});

describe('the directory of whoever is asked', () => {
  /** A directory with the key of BANK, whose newest version is `newest`. */
  function aDirectory(o: { version: number; newest: number; revokedFrom?: string }) {
    let { version } = o;
    const looks: number[] = [];
    return {
      looks,
      get version() {
        return version;
      },
      async refresh() {
        looks.push(version);
        if (o.newest === 0) throw new Error('participants is away');
        version = o.newest;
      },
      keyOwner: (kid: string) => (kid === BANK.kid ? ({ key: { revokedFrom: o.revokedFrom ?? null } } as never) : undefined), // what is looked at
    };
  }

  const ask = async (directory: ReturnType<typeof aDirectory>, envelope: Partial<Envelope> = {}) => {
    const route = createEdgeRoutes({ ...TRUST, directory }).ofBank('order-json', async () => ({ status: 200 }));
    const answer = await route.handle(requestOf('order-json', { envelope }));
    return [answer.status, codeOf(answer)];
  };

  test.each([
    ['is as new as that of the edge', { version: 7, newest: 9 }, 0],
    ['is newer', { version: 8, newest: 9 }, 0],
    ['is older', { version: 6, newest: 9 }, 1],
    ['is older and cannot be newer, after a restore', { version: 3, newest: 5 }, 2],
  ])('that %s is looked at anew so often: %j, %d times', async (_, versions, looks) => {
    const directory = aDirectory(versions);
    expect(await ask(directory, { directoryVersion: 7 })).toEqual([200, undefined]);
    expect(directory.looks).toHaveLength(looks);
  });

  test('that is older and cannot be asked answers nothing: the edge sends again', async () => {
    await expect(ask(aDirectory({ version: 6, newest: 0 }), { directoryVersion: 7 })).rejects.toThrow('participants is away');
  });

  test.each<[string, Partial<Envelope>, string | undefined, number]>([
    ['whose key was revoked by then', {}, NOW.toISOString(), 401],
    ['whose key was revoked long before', {}, sentAt(86_400_000), 401],
    ['whose key was revoked after it came', { receivedAt: sentAt(1) }, NOW.toISOString(), 200],
    ['whose key is good', {}, undefined, 200],
    ['whose key is not known here', { participant: { ...BANK, kid: 'another' } }, NOW.toISOString(), 200],
    ['that is a payment message, which has a signature of its own', { mode: 'promised' }, NOW.toISOString(), 200],
  ])('has the last word on a request %s', async (_, envelope, revokedFrom, status) => {
    const directory = aDirectory({ version: 1, newest: 1, ...(revokedFrom === undefined ? {} : { revokedFrom }) });
    expect(await ask(directory, envelope)).toEqual([status, status === 401 ? 'TOKEN_KEY_RETIRED' : undefined]);
  });
});

async function send(operation: IngressOperation, sent: Sent, see: (request: EdgeRequest) => unknown): Promise<HttpResponse> {
  const route = routes.ofAnyone(operation, async (request) => {
    see(request);
    return { status: 200 };
  });
  return route.handle(requestOf(operation, sent));
}

function requestOf(operation: IngressOperation, sent: Sent) {
  const { method, path } = INGRESS[operation];
  const target = `${path}?${new URLSearchParams(sent.query).toString()}`;
  const token = signEd25519Token(sent.signedBy ?? newest, JSON.stringify({ ...ENVELOPE, ...sent.envelope }));
  const header = 'header' in sent ? sent.header : token;
  const headers = header === undefined ? {} : { [ENVELOPE_HEADER]: header };
  return { method, url: new URL(`http://hub${target}`), target, params: {}, headers, body: sent.body ?? BODY, requestId: 'r' };
}

function codeOf({ body }: HttpResponse): unknown {
  return body === undefined ? undefined : (JSON.parse(String(body)) as { code?: unknown }).code; // The refusals of these routes are objects.
}

function secret(kid: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { kid, privateJwk: privateKey.export({ format: 'jwk' }), publicJwk: publicKey.export({ format: 'jwk' }) };
}
