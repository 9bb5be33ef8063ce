import { randomUUID } from 'node:crypto';

import { graphql } from 'graphql';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import type { Caller } from '../../schema/caller.ts';
import type { ReportedMessage } from '../../schema/parked-messages.ts';
import { type Hub, type Message, PaymentsWorld } from './support/payments-world.ts';

let world: PaymentsWorld;
beforeAll(async () => {
  world = await PaymentsWorld.open();
});
afterEach(() => world.reset());
afterAll(() => world.close());

const OPERATIONS: Caller = { kind: 'operations', subject: 'olena', scopes: [] };
const sender = (): Caller => ({ kind: 'bank', bankGuid: world.parties.initiator.entry.guid, keyId: 'k' });
const merchant = (): Caller => ({ kind: 'merchant', merchantUid: world.parties.merchantUid, keyId: 'k' });

type Data = Record<string, unknown>;

async function ask(hub: Hub, caller: Caller, source: string, variableValues: Data = {}): Promise<Data> {
  const contextValue = hub.subgraph.contextFor({ caller, requestId: 'test' });
  const { data, errors } = await graphql({ schema: hub.subgraph.schema, source, variableValues, contextValue });
  if (errors) throw errors[0]?.originalError ?? errors[0] ?? new Error('no data');
  return JSON.parse(JSON.stringify(data)) as Data; // Results have no prototype, which toEqual minds.
}

function aParked(over: Partial<ReportedMessage> = {}): ReportedMessage {
  const about = {
    bankGuid: world.parties.initiator.entry.guid,
    receivedAt: '2026-01-02T10:00:00.000Z',
    orderId: randomUUID(),
    amountMinor: '150075',
    currency: 'UAH',
  };
  const parkedAt = '2026-01-02T10:05:00.000Z';
  return { guid: randomUUID(), state: 'parked', parkedAt, reason: 'the core answered 400 INVALID_REQUEST', tries: 4, about, ...over };
}

async function report(hub: Hub, ...messages: ReportedMessage[]): Promise<unknown> {
  const { status, body } = await world.report(hub, messages);
  expect(status).toBe(200);
  return body['decisions'];
}

const LIST = `query($state: ParkedMessageState, $first: Int, $after: Cursor) { parkedMessages(state: $state, first: $first, after: $after) {
  nodes { paymentGuid state reason tries parkedAt receivedAt orderId amount { minor } initiatorBank { guid } decisionReason payment { status } }
  pageInfo { hasNextPage endCursor } } }`;
interface Listed {
  readonly nodes: readonly Data[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
}
const page = async (hub: Hub, caller: Caller, variables: Data = {}) =>
  (await ask(hub, caller, LIST, { state: 'PARKED', ...variables }))['parkedMessages'] as Listed; // As the query asks.
const listed = async (hub: Hub, state: string | null = 'PARKED', caller: Caller = OPERATIONS) => (await page(hub, caller, { state })).nodes;

const RESOLVE = `mutation($input: ParkedMessageResolveInput!) {
  parkedMessageResolve(input: $input) { parkedMessage { paymentGuid state decisionReason } replayed errors { code path } } }`;

async function resolve(hub: Hub, paymentGuid: string, over: Data = {}, caller: Caller = OPERATIONS): Promise<unknown> {
  const input = { paymentGuid, outcome: 'REPLAY', reason: 'the database is mended', idempotencyKey: 'key-1', ...over };
  return (await ask(hub, caller, RESOLVE, { input }))['parkedMessageResolve'];
}

const refusedWith = (code: string) =>
  expect.objectContaining({ parkedMessage: null, errors: [expect.objectContaining({ code })] }) as unknown;
const audited = async () =>
  (await world.audited()).map(({ actor, action, target, details }) => ({ by: actor.id, action, ...target, ...details }));

describe('a message that the edge has parked', () => {
  it('is listed with what it is about, for operations alone', async () => {
    const hub = await world.hub();
    const parked = aParked();
    expect(await report(hub, parked)).toEqual([]);
    expect(await listed(hub)).toEqual([
      {
        paymentGuid: parked.guid,
        state: 'PARKED',
        reason: parked.reason,
        tries: 4,
        parkedAt: parked.parkedAt,
        receivedAt: '2026-01-02T10:00:00.000Z',
        orderId: parked.about?.orderId,
        amount: { minor: '150075' },
        initiatorBank: { guid: parked.about?.bankGuid },
        decisionReason: null,
        payment: null,
      },
    ]);
    for (const caller of [sender(), merchant(), { kind: 'anonymous' } as const]) expect(await listed(hub, null, caller)).toEqual([]);
    await report(hub, parked, aParked({ about: null, parkedAt: '2026-01-02T10:05:01.000Z' }));
    expect(await listed(hub)).toMatchObject([{ amount: null, initiatorBank: null, orderId: null }, { paymentGuid: parked.guid }]);
  });

  it('is counted until somebody decides', async () => {
    const hub = await world.hub();
    const gauge = async () => /^parked_messages (\d+)$/m.exec((await world.metrics.expose()).text)?.[1];
    const parked = aParked();
    await report(hub, parked, aParked());
    expect(await gauge()).toBe('2');
    await resolve(hub, parked.guid);
    expect(await gauge()).toBe('1');
  });

  it('is one of a list that is read page by page, last parked first', async () => {
    const hub = await world.hub();
    const parked = [3, 1, 2].map((minute) => aParked({ parkedAt: `2026-01-02T10:0${minute}:00.000Z` }));
    await report(hub, ...parked);
    const first = await page(hub, OPERATIONS, { first: 2 });
    const second = await page(hub, OPERATIONS, { first: 2, after: first.pageInfo.endCursor });
    expect([...first.nodes, ...second.nodes].map((node) => node['paymentGuid'])).toEqual([0, 2, 1].map((at) => parked[at]?.guid));
    expect([first, second].map(({ pageInfo }) => pageInfo.hasNextPage)).toEqual([true, false]);
  });

  it.for([
    ['REPLAY', 'replay', 'REPLAY_ASKED'],
    ['REFUSE', 'refuse', 'REFUSE_ASKED'],
  ])('is decided about once: %s reaches the edge with each report, and the audit log', async ([outcome, operation, state]) => {
    const hub = await world.hub();
    const parked = aParked();
    await report(hub, parked);
    const answer = { parkedMessage: { paymentGuid: parked.guid, state, decisionReason: 'the database is mended' }, errors: [] };
    expect(await resolve(hub, parked.guid, { outcome })).toEqual({ ...answer, replayed: false });
    expect(await resolve(hub, parked.guid, { outcome })).toEqual({ ...answer, replayed: true });
    const [first, second] = [await report(hub, parked), await report(hub, parked)];
    const { guid, parkedAt } = parked;
    expect(first).toEqual([{ guid, parkedAt, operation, operationId: expect.any(String) as string, reason: 'the database is mended' }]);
    expect(second).toEqual(first);
    expect(await audited()).toEqual([
      {
        by: 'olena',
        action: 'parkedMessageResolve',
        kind: 'parkedMessage',
        id: guid,
        outcome,
        reason: 'the database is mended',
      },
    ]);
    expect(await listed(hub)).toEqual([]);
    expect(await listed(hub, state)).toHaveLength(1);
  });

  it('that is parked again waits again, and hears nothing of what was decided before', async () => {
    const hub = await world.hub();
    const parked = aParked();
    await report(hub, parked);
    await resolve(hub, parked.guid);
    const again = { ...parked, parkedAt: '2026-01-02T11:00:00.000Z', reason: 'the core answered 400 ACCOUNT' };
    expect(await report(hub, again)).toEqual([]);
    expect(await listed(hub)).toMatchObject([{ state: 'PARKED', reason: again.reason, decisionReason: null }]);
    expect(await report(hub, parked)).toEqual([]); // A report that was long under way.
    expect(await listed(hub)).toMatchObject([{ reason: again.reason }]);
    await resolve(hub, parked.guid, { outcome: 'REFUSE', idempotencyKey: 'key-2' });
    expect(await report(hub, parked)).toEqual([]);
    expect(await report(hub, again)).toMatchObject([{ operation: 'refuse', parkedAt: again.parkedAt }]);
    expect(await audited()).toHaveLength(2);
  });

  it('that the edge had to dismiss stays so, with who refused it', async () => {
    const hub = await world.hub();
    const parked = aParked();
    await report(hub, parked);
    await resolve(hub, parked.guid, { outcome: 'REFUSE', reason: 'unreadable' });
    expect(await report(hub, { ...parked, state: 'dismissed' })).toEqual([]);
    expect(await report(hub, parked)).toEqual([]);
    expect(await listed(hub, 'DISMISSED')).toMatchObject([{ decisionReason: 'unreadable' }]);
    expect(await resolve(hub, parked.guid, { idempotencyKey: 'key-2' })).toEqual(refusedWith('PARKED_MESSAGE_ALREADY_DECIDED'));
  });

  it('refuses what cannot be done, each with its code', async () => {
    const hub = await world.hub();
    const parked = aParked();
    const { guid } = parked;
    await report(hub, parked);
    for (const caller of [sender(), merchant()]) expect(await resolve(hub, guid, {}, caller)).toEqual(refusedWith('OPERATIONS_ONLY'));
    for (const reason of ['', ' ', 'x'.repeat(501)]) expect(await resolve(hub, guid, { reason })).toEqual(refusedWith('REASON_INVALID'));
    for (const idempotencyKey of ['', 'x'.repeat(129)])
      expect(await resolve(hub, guid, { idempotencyKey })).toEqual(refusedWith('IDEMPOTENCY_KEY_INVALID'));
    for (const unknown of [randomUUID(), 'nonsense']) expect(await resolve(hub, unknown)).toEqual(refusedWith('PARKED_MESSAGE_NOT_FOUND'));
    await resolve(hub, guid, { idempotencyKey: 'key-2' });
    expect(await resolve(hub, guid, { idempotencyKey: 'key-2', reason: 'another' })).toEqual(refusedWith('IDEMPOTENCY_MISMATCH'));
    expect(await resolve(hub, guid, { idempotencyKey: 'key-3', outcome: 'REFUSE' })).toEqual(refusedWith('PARKED_MESSAGE_ALREADY_DECIDED'));
  });

  it('has one winner of two decisions at once', async () => {
    const [hub, other] = [await world.hub(), await world.hub()];
    const parked = aParked();
    await report(hub, parked);
    const answers = await Promise.all([
      resolve(hub, parked.guid, { idempotencyKey: 'key-1', outcome: 'REFUSE' }),
      resolve(other, parked.guid, { idempotencyKey: 'key-2' }),
    ]);
    expect(answers).toContainEqual(refusedWith('PARKED_MESSAGE_ALREADY_DECIDED'));
    expect(await audited()).toHaveLength(1);
  });

  it('is reported by the edge and by nobody else', async () => {
    const hub = await world.hub();
    const parked = aParked();
    const participant = { kind: 'bank', id: world.parties.initiator.entry.guid, kid: 'k' } as const;
    for (const envelope of [{ participant }, { bodySha256: 'another' }, { operation: 'payment-message' }])
      expect((await world.report(hub, [parked], envelope)).status).toBe(401);
    for (const nonsense of [{}, { ...parked, guid: 'x' }, { ...parked, state: 'gone' }, { ...parked, reason: 'x'.repeat(501) }])
      expect((await world.report(hub, [nonsense])).status).toBe(401);
    expect(await listed(hub, null)).toEqual([]);
  });
});

describe('a parked message of which there is a payment', () => {
  /** Taken, but the edge never heard so. */
  async function taken(hub: Hub): Promise<Message> {
    const message = await world.message();
    await world.send(hub, message, { mode: 'promised' });
    await world.untilSettled(message.guid);
    return message;
  }

  it('needs nobody: the edge is told to send it once more, and is told of the payment then', async () => {
    const hub = await world.hub();
    const message = await taken(hub);
    const parked = aParked({ guid: message.guid });
    expect(await report(hub, parked)).toMatchObject([{ operation: 'replay', reason: null }]);
    expect(await listed(hub)).toEqual([]);
    expect(await listed(hub, 'RECORDED')).toMatchObject([{ payment: { status: 'SUCCESS' } }]);
    expect(await world.send(hub, message, { mode: 'promised' })).toMatchObject({ status: 200, body: { guid: message.guid } });
  });

  it('is not decided about any more: the real answer counts', async () => {
    const hub = await world.hub();
    const message = await world.message();
    await report(hub, aParked({ guid: message.guid }));
    await world.send(hub, message, { mode: 'promised' });
    expect(await resolve(hub, message.guid, { outcome: 'REFUSE' })).toEqual(refusedWith('PARKED_MESSAGE_ALREADY_ANSWERED'));
    expect(await audited()).toEqual([]);
    await world.untilSettled(message.guid);
    expect(await world.state(message.guid)).toBe('SUCCESS');
  });

  it('stays what it is when the refusal was on its way already', async () => {
    const hub = await world.hub();
    const message = await world.message();
    await report(hub, aParked({ guid: message.guid }));
    await resolve(hub, message.guid, { outcome: 'REFUSE' });
    await world.send(hub, message, { mode: 'promised' });
    expect((await world.send(hub, message, { mode: 'refused' })).status).toBe(200);
    await world.untilSettled(message.guid);
    expect(await world.state(message.guid)).toBe('SUCCESS');
  });

  it('is a rejected one when operations refused it, of which its bank hears', async () => {
    const hub = await world.hub();
    const message = await world.message();
    await report(hub, aParked({ guid: message.guid }));
    await resolve(hub, message.guid, { outcome: 'REFUSE' });
    expect((await world.send(hub, message, { mode: 'refused' })).status).toBe(200);
    await world.untilSettled(message.guid);
    expect(await world.rows('select state, reason_code from payment')).toEqual([{ state: 'REJECT', reason_code: 'REFUSED_BY_OPERATIONS' }]);
    expect(await world.deliveries(message.guid)).toEqual(['pay-out: DONE']);
    expect(await listed(hub, 'RECORDED')).toMatchObject([{ payment: { status: 'REJECT' } }]);
    const again = { ...message, receivedAt: new Date(Date.parse(message.receivedAt) + 1000).toISOString() };
    expect(await world.send(hub, again)).toMatchObject({
      status: 409,
      body: { code: 'REFUSED_BY_OPERATIONS', payment_message_guid: message.guid },
    });
  });
});
