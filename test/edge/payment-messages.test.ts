import { createHash, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { paymentGuid } from '../../protocol/payment-guid.ts';
import { waitFor } from '../support/wait-for.ts';
import { aGet, aMessage, anEdge, send, type EdgeUnderTest } from './support/edge-under-test.ts';
import type { CoreReply, Forwarded } from './support/fake-core.ts';

let t: EdgeUnderTest;
beforeAll(async () => {
  t = await anEdge();
});
afterAll(() => t.stop());
afterEach(async () => {
  t.core.answer = (request) => t.core.answerAsPayments(request);
});

const forwardsOf = (guid: unknown): Forwarded[] => t.core.of('payment-message').filter((one) => one.envelope.paymentGuid === guid);
const statusOf = async (guid: unknown) =>
  send(t.url, await aGet(t.bank, `/api/v1/counterparty/${t.bank.id}/payment-message/${String(guid)}`));
const json = (status: number, body: object): CoreReply => ({ status, body: JSON.stringify(body) });

describe('a payment message while the core answers', () => {
  it('is forwarded once, untouched, in a signed envelope that says who sent it', async () => {
    const jti = randomUUID();
    const message = await aMessage(t.bank, { claims: { jti } });
    const answer = await send(t.url, message);
    const guid = await paymentGuid(t.bank.id, jti);
    expect(answer).toMatchObject({ status: 200, body: JSON.stringify({ guid }) });
    expect(forwardsOf(guid)).toMatchObject([
      {
        method: 'POST',
        path: '/ingress/payment-message',
        body: message.body,
        envelope: {
          eventId: guid,
          paymentGuid: guid,
          mode: 'answer',
          operation: 'payment-message',
          method: 'POST',
          target: message.path,
          participant: { kind: 'bank', id: t.bank.id, kid: t.bank.kid },
          bodySha256: createHash('sha256')
            .update(message.body ?? '')
            .digest('base64url'),
        },
      },
    ]);
    expect(t.core.badEnvelopes).toEqual([]);
  });

  it('is refused in the words of the core, and forgotten', async () => {
    t.core.answer = () => json(400, { code: 'AMOUNT_MISMATCH', message: 'no' });
    const message = await aMessage(t.bank);
    const answer = await send(t.url, message);
    expect(answer).toMatchObject({ status: 400, json: { code: 'AMOUNT_MISMATCH', message: 'no' } });
    expect(await send(t.url, message)).toMatchObject({ status: 400, body: answer.body });
  });

  it('may use the payload jti of a refused message again', async () => {
    const jti = randomUUID();
    t.core.answer = () => json(400, { code: 'AMOUNT_MISMATCH', message: 'no' });
    await send(t.url, await aMessage(t.bank, { claims: { jti } }));
    t.core.answer = (request) => t.core.answerAsPayments(request);
    const answer = await send(t.url, await aMessage(t.bank, { claims: { jti } }));
    expect(answer.status).toBe(200);
    expect(forwardsOf(answer.json['guid']).map((one) => one.envelope.mode)).toEqual(['answer', 'answer']);
  });

  it('takes a body that is the token alone', async () => {
    const wrapped = await aMessage(t.bank);
    const jwt = String((JSON.parse(wrapped.body ?? '') as Record<string, unknown>)['jwt']); // aMessage wraps one.
    const answer = await send(t.url, await aMessage(t.bank, { body: jwt, headers: { 'content-type': 'text/plain' } }));
    expect(answer.status).toBe(200);
  });

  it('asks the core for the status once the core knows it', async () => {
    const { json: created } = await send(t.url, await aMessage(t.bank));
    t.core.answer = (request) => json(200, { guid: request.query['guid'], status: 'Success' });
    expect(await statusOf(created['guid'])).toMatchObject({ status: 200, json: { guid: created['guid'], status: 'Success' } });
  });

  it('goes on to its end when the bank hangs up', async () => {
    const held = Promise.withResolvers<void>();
    t.core.answer = (request) => ({ ...t.core.answerAsPayments(request), after: held.promise });
    const message = await aMessage(t.bank);
    const before = t.core.forwarded.length;
    const hangUp = new AbortController();
    const first = fetch(t.url + message.path, {
      method: 'POST',
      headers: message.headers,
      body: message.body ?? '',
      signal: hangUp.signal,
    });
    await waitFor(() => t.core.forwarded.length > before);
    hangUp.abort();
    await expect(first).rejects.toThrow();
    held.resolve();
    const again = await send(t.url, message);
    expect(again.status).toBe(200);
    expect(forwardsOf(again.json['guid'])).toHaveLength(1);
  });
});

describe('the replay guard', () => {
  it('answers the same request with the same bytes, and forwards it once', async () => {
    const message = await aMessage(t.bank);
    const first = await send(t.url, message);
    const second = await send(t.url, message);
    expect(second).toMatchObject({ status: first.status, body: first.body });
    expect(forwardsOf(first.json['guid'])).toHaveLength(1);
  });

  it('makes one insert and fifty equal answers of fifty identical requests at once', async () => {
    const message = await aMessage(t.bank);
    const answers = await Promise.all(Array.from({ length: 50 }, () => send(t.url, message)));
    expect(new Set(answers.map((answer) => `${answer.status} ${answer.body}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(200);
    expect(forwardsOf(answers[0]?.json['guid'])).toHaveLength(1);
  });

  it('refuses another body, another path and another method under a used token', async () => {
    const headerToken = await t.bank.headerToken();
    expect((await send(t.url, await aMessage(t.bank, { headerToken }))).status).toBe(200);
    const order = '/api/v1/merchants/order/nbu/json?id=1';
    for (const other of [await aMessage(t.bank, { headerToken }), await aGet(t.bank, order, { headerToken })]) {
      expect(await send(t.url, other)).toMatchObject({ status: 401, json: { code: 'TOKEN_REPLAYED' } });
    }
  });

  it('guards a token of a read in the same way', async () => {
    const read = await aGet(t.bank, '/api/v1/merchants/order/nbu/json?id=1');
    const before = t.core.of('order-json').length;
    const [first, second] = [await send(t.url, read), await send(t.url, read)];
    expect(second.body).toBe(first.body);
    expect(t.core.of('order-json').length).toBe(before + 1);
    const other = { ...read, path: '/api/v1/merchants/order/nbu/json?id=2' };
    expect(await send(t.url, other)).toMatchObject({ status: 401, json: { code: 'TOKEN_REPLAYED' } });
  });

  it('spends a token on a message that is wrong in form', async () => {
    const headerToken = await t.bank.headerToken();
    const wrong = await aMessage(t.bank, { headerToken, claims: { amount: -1 } });
    const first = await send(t.url, wrong);
    expect(first).toMatchObject({ status: 400, json: { code: 'INVALID_AMOUNT' } });
    expect((await send(t.url, wrong)).body).toBe(first.body);
    expect(await send(t.url, await aMessage(t.bank, { headerToken }))).toMatchObject({ status: 401, json: { code: 'TOKEN_REPLAYED' } });
  });

  it('is each participant’s own: the same jti from another bank is another token', async () => {
    const jti = randomUUID();
    const answers = [
      await send(t.url, await aMessage(t.bank, { headerToken: await t.bank.headerToken({ jti }) })),
      await send(t.url, await aMessage(t.otherBank, { headerToken: await t.otherBank.headerToken({ jti }) })),
    ];
    expect(answers.map((answer) => answer.status)).toEqual([200, 200]);
  });
});

describe('one payment under two header tokens', () => {
  it('never has two forwards at once: the second waits for the first and is then a duplicate', async () => {
    const jti = randomUUID();
    const held = Promise.withResolvers<void>();
    t.core.answer = (request) => ({ ...t.core.answerAsPayments(request), after: held.promise });
    const guid = await paymentGuid(t.bank.id, jti);
    const first = send(t.url, await aMessage(t.bank, { claims: { jti } }));
    await waitFor(() => forwardsOf(guid).length === 1);
    const others = Promise.all([1, 2, 3].map(async () => send(t.url, await aMessage(t.bank, { claims: { jti } }))));
    held.resolve();
    expect((await first).status).toBe(200);
    for (const other of await others) {
      expect(other).toMatchObject({ status: 409, json: { code: 'DUPLICATE_JTI', payment_message_guid: guid } });
    }
    expect(forwardsOf(guid)).toHaveLength(1);
  });

  it('lets the second go in its turn when the first is refused', async () => {
    const jti = randomUUID();
    const guid = await paymentGuid(t.bank.id, jti);
    const held = Promise.withResolvers<void>();
    t.core.answer = (request) =>
      forwardsOf(guid).length === 1
        ? { ...json(400, { code: 'AMOUNT_MISMATCH', message: 'no' }), after: held.promise }
        : t.core.answerAsPayments(request);
    const first = send(t.url, await aMessage(t.bank, { claims: { jti } }));
    await waitFor(() => forwardsOf(guid).length === 1);
    const second = send(t.url, await aMessage(t.bank, { claims: { jti } }));
    held.resolve();
    expect((await first).status).toBe(400);
    expect(await second).toMatchObject({ status: 200, json: { guid } });
  });
});
