import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { paymentGuid } from '../../protocol/payment-guid.ts';
import { REFUSALS_MAX } from '../../workers/edge/inbox/message-state.ts';
import { waitFor } from '../support/wait-for.ts';
import { aGet, aMessage, anEdge, send, type Answered, type EdgeUnderTest } from './support/edge-under-test.ts';
import type { CoreReply, Forwarded } from './support/fake-core.ts';
import { messageClaims } from './support/participants.ts';

const DRAIN_MS = 15_000;

let t: EdgeUnderTest;
beforeEach(async () => {
  t = await anEdge({ vars: { INBOX_UNFINISHED_MAX: '4' } });
});
afterEach(() => t.stop());

const forwardsOf = (guid: unknown): Forwarded[] => t.core.of('payment-message').filter((one) => one.envelope.paymentGuid === guid);
const promisesOf = (guid: unknown): Forwarded[] => forwardsOf(guid).filter((one) => one.envelope.mode === 'promised');
const statusOf = async (guid: unknown) =>
  send(t.url, await aGet(t.bank, `/api/v1/counterparty/${t.bank.id}/payment-message/${String(guid)}`));
const json = (status: number, body: object): CoreReply => ({ status, body: JSON.stringify(body) });
/** Makes the edge know the directory while the core is still there. */
const warmUp = () => waitFor(async () => (await fetch(`${t.url}/readyz`)).status === 200);

describe('a payment message while the core is away', () => {
  it('is promised with the guid that it keeps, reads Pending, and is forwarded as promised when the core is back', async () => {
    await warmUp();
    await t.core.down();
    const jti = randomUUID();
    const orderId = randomUUID();
    const message = await aMessage(t.bank, { claims: { jti, order_id: orderId } });
    const answer = await send(t.url, message);
    const guid = await paymentGuid(t.bank.id, jti);
    expect(answer).toMatchObject({ status: 202, body: JSON.stringify({ guid }) });
    expect(await statusOf(guid)).toMatchObject({
      status: 200,
      json: { guid, status: 'Pending', order_id: orderId, amount: 1500.75, currency: 'UAH' },
    });
    expect(await send(t.url, message)).toMatchObject({ status: 202, body: answer.body });
    await t.core.up();
    await waitFor(() => promisesOf(guid).length === 1, { timeoutMs: DRAIN_MS });
    expect(promisesOf(guid)).toMatchObject([{ body: message.body, envelope: { eventId: guid, paymentGuid: guid } }]);
    await waitFor(async () => (await statusOf(guid)).json['operation'] === 'payment-message-status', { timeoutMs: DRAIN_MS });
    expect(forwardsOf(guid)).toHaveLength(1);
    expect(t.core.payments.size).toBe(1);
  });

  it('is a duplicate under another header token as soon as it is promised', async () => {
    await warmUp();
    await t.core.down();
    const jti = randomUUID();
    const guid = await paymentGuid(t.bank.id, jti);
    expect((await send(t.url, await aMessage(t.bank, { claims: { jti } }))).status).toBe(202);
    expect(await send(t.url, await aMessage(t.bank, { claims: { jti, amount: 2 } }))).toMatchObject({
      status: 409,
      json: { code: 'DUPLICATE_JTI', payment_message_guid: guid },
    });
    await t.core.up();
    await waitFor(() => promisesOf(guid).length === 1, { timeoutMs: DRAIN_MS });
    expect(forwardsOf(guid)).toHaveLength(1);
  });

  it('is promised after a 5xx, and after a 4xx that is not about the message', async () => {
    for (const reply of [json(500, {}), json(404, { error: 'no such path' }), json(401, { code: 'ENVELOPE_SIGNATURE' }), json(429, {})]) {
      t.core.answer = (request) => (request.envelope.mode === 'answer' ? reply : t.core.answerAsPayments(request));
      const answer = await send(t.url, await aMessage(t.bank));
      expect(answer.status).toBe(202);
      await waitFor(() => promisesOf(answer.json['guid']).length === 1, { timeoutMs: DRAIN_MS });
    }
  });

  it('is promised at the deadline, and a later answer of the core changes nothing', async () => {
    const held = Promise.withResolvers<void>();
    t.core.answer = (request) =>
      request.envelope.mode === 'answer'
        ? { ...json(400, { code: 'AMOUNT_MISMATCH' }), after: held.promise }
        : t.core.answerAsPayments(request);
    const message = await aMessage(t.bank);
    const startedAt = performance.now();
    const answer = await send(t.url, message);
    const waitedMs = performance.now() - startedAt;
    held.resolve();
    expect(answer.status).toBe(202);
    expect(waitedMs).toBeGreaterThan(2900);
    expect(waitedMs).toBeLessThan(6000);
    await waitFor(() => promisesOf(answer.json['guid']).length === 1, { timeoutMs: DRAIN_MS });
    expect(await send(t.url, message)).toMatchObject({ status: 202, body: answer.body });
  });

  it('is taken only while the inbox has room: then 503, nothing stored, and the same request later succeeds', async () => {
    await warmUp();
    await t.core.down();
    for (let i = 0; i < 4; i++) expect((await send(t.url, await aMessage(t.bank))).status).toBe(202);
    const tooMany = await aMessage(t.bank);
    const refused = await send(t.url, tooMany);
    expect(refused).toMatchObject({ status: 503, json: { code: 'HUB_BUSY' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await send(t.url, await aMessage(t.otherBank))).status).toBe(202);
    await t.core.up();
    await waitFor(async () => (await send(t.url, tooMany)).status === 200, { timeoutMs: DRAIN_MS });
  });
});

describe('an inbox with little room', () => {
  it('says so when it holds as many bytes as it may, and has room again when the core has taken them', async () => {
    const small = await anEdge({ vars: { INBOX_UNFINISHED_BYTES_MAX: '60000' } });
    try {
      await waitFor(async () => (await fetch(`${small.url}/readyz`)).status === 200);
      await small.core.down();
      const answers: number[] = [];
      while (!answers.includes(503) && answers.length < 200) answers.push((await send(small.url, await aMessage(small.bank))).status);
      expect(answers.at(-1)).toBe(503);
      expect(answers.length).toBeGreaterThan(10);
      expect(answers.length).toBeLessThan(200);
      expect(new Set(answers.slice(0, -1))).toEqual(new Set([202]));
      const refused = await aMessage(small.bank);
      expect(await send(small.url, refused)).toMatchObject({ status: 503, json: { code: 'HUB_BUSY' } });
      expect((await send(small.url, await aMessage(small.otherBank))).status).toBe(202);
      await small.core.up();
      await waitFor(async () => (await send(small.url, refused)).status === 200, { timeoutMs: DRAIN_MS });
      await waitFor(() => small.core.payments.size === answers.length + 1, { timeoutMs: DRAIN_MS });
    } finally {
      await small.stop();
    }
  });
});

describe('the bank’s own retries and those of its inbox', () => {
  it('meet in one payment, and are told of the same one', async () => {
    const MESSAGES = 12;
    const wide = await anEdge();
    try {
      await waitFor(async () => (await fetch(`${wide.url}/readyz`)).status === 200);
      // Every third answer is lost in one way or another: before the core has acted, or after.
      let asked = 0;
      wide.core.answer = (request) => {
        if (request.envelope.operation !== 'payment-message') return json(200, {});
        asked += 1;
        if (asked % 3 === 0) return json(503, {});
        const reply = wide.core.answerAsPayments(request);
        return asked % 3 === 1 ? json(502, {}) : reply;
      };
      const jtis = Array.from({ length: MESSAGES }, () => randomUUID());
      const payloads = await Promise.all(jtis.map((jti) => wide.bank.sign(messageClaims({ jti }))));
      const tellBank = async (jwt: string): Promise<Answered[]> => {
        const same = await aMessage(wide.bank, { body: JSON.stringify({ jwt }) });
        const answers: Answered[] = [];
        // The same bytes, and the same message under another header token, while the inbox sends by itself.
        for (let round = 0; round < 4; round++) {
          answers.push(await send(wide.url, same), await send(wide.url, await aMessage(wide.bank, { body: JSON.stringify({ jwt }) })));
        }
        return answers;
      };
      const told = await Promise.all(payloads.map(tellBank));
      wide.core.answer = (request) => wide.core.answerAsPayments(request);
      const guids = await Promise.all(jtis.map((jti) => paymentGuid(wide.bank.id, jti)));
      await waitFor(() => guids.every((guid) => wide.core.payments.has(guid)), { timeoutMs: DRAIN_MS });
      expect(wide.core.payments.size).toBe(MESSAGES);
      for (const [at, answers] of told.entries()) {
        const named = answers.map(({ json: body }) => body['guid'] ?? body['payment_message_guid']);
        expect(new Set(named)).toEqual(new Set([guids[at]]));
        expect(answers.filter(({ status }) => status < 300)).toHaveLength(4); // The same bytes, each time the same answer.
        expect(answers.filter(({ status }) => status === 409)).toHaveLength(4);
      }
      // The inbox has told the core of each promise, and has nothing left to tell.
      const promised = told.flat().filter(({ status }) => status === 202);
      expect(promised.length).toBeGreaterThan(0);
    } finally {
      await wide.stop();
    }
  });
});

describe('a promised message that the core will not take', () => {
  it('is tried again, then parked, reads Pending, and blocks nobody', async () => {
    const poison = randomUUID();
    const poisonGuid = await paymentGuid(t.bank.id, poison);
    t.core.answer = (request) => {
      if (request.envelope.operation !== 'payment-message') return json(200, {});
      if (request.envelope.mode === 'answer') return json(503, {});
      return request.envelope.paymentGuid === poisonGuid ? json(400, { code: 'INVALID_REQUEST' }) : t.core.answerAsPayments(request);
    };
    expect((await send(t.url, await aMessage(t.bank, { claims: { jti: poison } }))).status).toBe(202);
    const neighbour = await send(t.url, await aMessage(t.bank));
    await waitFor(() => promisesOf(neighbour.json['guid']).length === 1, { timeoutMs: DRAIN_MS });
    await waitFor(() => promisesOf(poisonGuid).length === REFUSALS_MAX, { timeoutMs: DRAIN_MS });
    expect(await statusOf(poisonGuid)).toMatchObject({ status: 200, json: { status: 'Pending' } });
    await t.edge.sweep();
    const later = await send(t.url, await aMessage(t.bank));
    await waitFor(() => promisesOf(later.json['guid']).length === 1, { timeoutMs: DRAIN_MS });
    expect(promisesOf(poisonGuid)).toHaveLength(REFUSALS_MAX);
  });
});
