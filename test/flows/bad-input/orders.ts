import { randomUUID } from 'node:crypto';

import { beforeAll, describe, expect, it } from 'vitest';

import type { ErrorCode } from '../../../protocol/errors.ts';
import { addedRows, keptRows, readQuietRows, readRows, type DatabaseRows } from './support/database-rows.ts';
import { ORDER_CASES, orderClaims, orderInAddress, orderInBody, orderToken, ORDERS_PATH } from './support/order-cases.ts';
import { waitFor } from '../../support/wait-for.ts';
import { expectRefusal } from './support/refusal-shape.ts';
import type { WireRequest } from './support/wire.ts';
import type { World } from './support/world.ts';

export function describeOrders(world: () => World): void {
  describe('an order by JWT', () => {
    let before: DatabaseRows;
    beforeAll(async () => {
      before = await readQuietRows(world().database);
    }, 60_000);

    it.for(ORDER_CASES)('%i %s: %s', async ([status, code, , part]) => {
      const jwt = orderToken(world(), part(world()));
      expectRefusal(await world().send(orderInBody(jwt)), status, code);
      expectRefusal(await world().send(orderInAddress(jwt)), status, code);
    });

    it('that was refused leaves nothing in the database', async () => {
      const after = await readRows(world().database);
      expect(addedRows(before, after)).toEqual({});
      expect(keptRows(before, after)).toBe(true);
    });

    it('is made once: the same JWT again, in body or address, gives the same order', async () => {
      const jwt = orderToken(world());
      const answers = [];
      for (const request of [orderInBody(jwt), orderInBody(jwt), orderInAddress(jwt)]) answers.push(await world().send(request));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      expect(new Set(answers.map(({ json }) => (json as { id: string }).id)).size).toBe(1); // The guide's 200.
    });

    it('is made once when five requests bring it at once', async () => {
      const request = orderInBody(orderToken(world()));
      const answers = await Promise.all(Array.from({ length: 5 }, () => world().send(request)));
      expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
      expect(answers[0]?.status).toBe(200);
    });

    it('is not the order that was made over GraphQL under the same ref', async () => {
      const { reference } = await world().hub.createOrder({ expiresAt: new Date(Date.now() + 86_400_000) });
      const claims = (right: Record<string, unknown>): Record<string, unknown> => ({ ...right, ref: reference, amt: 100.5 });
      expectRefusal(await world().send(orderInBody(orderToken(world(), { claims }))), 409, 'REF_NOT_UNIQUE');
    });

    it('with a ref that is taken and other claims is refused, and the first order stays as it was', async () => {
      const claims = orderClaims(world());
      const first = await world().send(orderInBody(orderToken(world(), { claims: () => claims })));
      for (const over of [{ amt: 1 }, { prp: 'Another' }, { exp: Number(claims['exp']) + 1 }, { iat: Number(claims['iat']) - 1 }]) {
        const other = await world().send(orderInBody(orderToken(world(), { claims: () => ({ ...claims, ...over }) })));
        expectRefusal(other, 409, 'REF_NOT_UNIQUE');
      }
      const { id } = first.json as { id: string }; // The guide's 200.
      const read = await world().send(await world().request({ method: 'GET', path: `${ORDERS_PATH}/nbu/json?id=${id}` }));
      expect(read.json).toMatchObject({ amt: claims['amt'], prp: claims['prp'], exp: claims['exp'] });
    });

    it('is taken from the body rather than from the address', async () => {
      const jwt = orderToken(world());
      expect((await world().send(orderInBody(jwt, '?jwt=nothing'))).status).toBe(200);
      expectRefusal(await world().send(orderInBody('e30.e30', `?jwt=${jwt}`)), 401, 'TOKEN_MALFORMED');
    });

    it('is taken from the address when the body holds none', async () => {
      const request = { ...orderInAddress(orderToken(world())), headers: { 'content-type': 'application/json' }, body: '{}' };
      expect((await world().send(request)).status).toBe(200);
    });

    it.for<[number, ErrorCode, string, WireRequest]>([
      [401, 'TOKEN_MISSING', 'neither body nor address', { method: 'POST', path: ORDERS_PATH, headers: {} }],
      [401, 'TOKEN_MISSING', 'an empty jwt in the address', { method: 'POST', path: `${ORDERS_PATH}?jwt=`, headers: {} }],
      [
        400,
        'BODY_NOT_JSON',
        'a body of XML',
        { method: 'POST', path: ORDERS_PATH, headers: { 'content-type': 'application/json' }, body: '<order/>' },
      ],
      [415, 'MEDIA_TYPE', 'a form', { method: 'POST', path: ORDERS_PATH, headers: { 'content-type': 'multipart/form-data' }, body: 'jwt' }],
      [413, 'BODY_TOO_LARGE', 'an endless address', { method: 'POST', path: `${ORDERS_PATH}?jwt=${'a'.repeat(17_000)}`, headers: {} }],
      [405, 'METHOD_NOT_ALLOWED', 'PUT', { method: 'PUT', path: ORDERS_PATH, headers: {} }],
      [405, 'METHOD_NOT_ALLOWED', 'DELETE', { method: 'DELETE', path: ORDERS_PATH, headers: {} }],
      [404, 'NOT_FOUND', 'a path that is none', { method: 'POST', path: `${ORDERS_PATH}s`, headers: {} }],
    ])('%i %s: %s', async ([status, code, , request]) => {
      expectRefusal(await world().send(request), status, code);
    });

    it('under a header token that is not the merchant’s own is refused', async () => {
      const body = JSON.stringify({ jwt: orderToken(world()) });
      const under = (part: Partial<Parameters<World['request']>[0]>): Promise<WireRequest> =>
        world().request({ method: 'POST', path: ORDERS_PATH, by: world().merchant, body, ...part });
      expectRefusal(await world().send(await under({ by: world().payer })), 401, 'FOREIGN_PATH');
      expectRefusal(await world().send(await under({ by: world().stranger })), 401, 'TOKEN_KEY_UNKNOWN');
      expectRefusal(
        await world().send(await under({ header: { claims: (claims) => ({ ...claims, iat: 5, exp: undefined }) } })),
        401,
        'TOKEN_STALE',
      );
      expect((await world().send(await under({}))).status).toBe(200);
    });
  });
}

export function describeReadingOrders(world: () => World): void {
  describe('reading an order', () => {
    const orderJson = (id: string, part: Partial<Parameters<World['request']>[0]> = {}): Promise<WireRequest> =>
      world().request({ method: 'GET', path: `${ORDERS_PATH}/nbu/json${id}`, ...part });

    it.for(['', '?id=', '?id=1', '?id=%00', `?id=${randomUUID()}`, `?id=${randomUUID().toUpperCase()}`, `?guid=${randomUUID()}`])(
      'as JSON finds nothing under “%s”, in the guide’s words',
      async (query) => {
        const answer = await world().send(await orderJson(query));
        expectRefusal(answer, 404, 'ORDER_JSON_NOT_FOUND');
        expect(answer.json).toMatchObject({
          error: 'func GetMerchantsOrderNbuJSONHandler() failed. Error: failed to get order by ID: get order by guid err: order not found',
        });
      },
    );

    it('as JSON is for banks that say who they are', async () => {
      const id = `?id=${world().spent.paid.order.id}`;
      expectRefusal(await world().send(await orderJson(id, { header: { token: () => null } })), 401, 'TOKEN_MISSING');
      expectRefusal(await world().send(await orderJson(id, { by: world().merchant })), 401, 'FOREIGN_PATH');
      expectRefusal(await world().send(await orderJson(id, { by: world().stranger })), 401, 'TOKEN_KEY_UNKNOWN');
      expectRefusal(await world().send(await orderJson(id, { by: world().retired })), 401, 'TOKEN_KEY_RETIRED');
      expectRefusal(await world().send(await orderJson(id, { by: world().encrypting })), 401, 'TOKEN_KEY_PURPOSE');
      const elsewhere = (claims: Record<string, unknown>): Record<string, unknown> => ({ ...claims, path: `${ORDERS_PATH}/nbu/json` });
      expectRefusal(await world().send(await orderJson(id, { header: { claims: elsewhere } })), 401, 'TOKEN_PATH');
      expectRefusal(await world().send({ ...(await orderJson(id)), method: 'POST' }), 405, 'METHOD_NOT_ALLOWED');
      expect((await world().send(await orderJson(id, { by: world().bystander }))).status).toBe(200);
    });

    it('as JSON needs a bound token from a bank whose terms ask for one', async () => {
      const { hub, bystander, spent } = world();
      const terms = (boundTokens: string) => hub.graphql(TERMS_CHANGE, termsOf(bystander.id, boundTokens), hub.sandbox.ops.token);
      const read = (part: object = {}) => orderJson(`?id=${spent.paid.order.id}`, { by: bystander, ...part });
      const bare = async () => world().send(await read({ header: { claims: bareClaims } }));
      expect((await bare()).status).toBe(200);
      await terms('REQUIRED');
      await waitFor(async () => (await bare()).status !== 200, { timeoutMs: TERMS_SEEN_MS });
      expectRefusal(await bare(), 401, 'TOKEN_BINDING');
      expect((await world().send(await read())).status).toBe(200);
      await terms('WHEN_PRESENT');
      await waitFor(async () => (await bare()).status === 200, { timeoutMs: TERMS_SEEN_MS });
    });

    // The guide's own answer, the one refusal without a code.
    it.for(['', '?id=', '?id=1', '?id=%E0%A4%A', '?id=%00', `?id=${'1'.repeat(10_000)}`, `?id=${randomUUID()}`])(
      'its status under “%s” is 400 and an empty object',
      async (query) => {
        const path = `${ORDERS_PATH}/status${query}`;
        const requests = [
          { method: 'GET', path, headers: {} },
          await world().request({ method: 'GET', path, by: world().payer }),
          await world().request({ method: 'GET', path, by: world().merchant }),
        ];
        for (const request of requests) {
          const { status, text } = await world().send(request);
          expect([status, text]).toEqual([400, '{}']);
        }
      },
    );

    it('its status says accounts and external id to its merchant alone', async () => {
      const path = `${ORDERS_PATH}/status?id=${world().spent.paid.order.id}`;
      const hidden = { status: 'Success', receiver_account_iban: '', sender_account_iban: '', payment_message_external_id: '' };
      expect((await world().send({ method: 'GET', path, headers: {} })).json).toMatchObject(hidden);
      expect((await world().send(await world().request({ method: 'GET', path, by: world().payer }))).json).toMatchObject(hidden);
      const own = await world().send(await world().request({ method: 'GET', path, by: world().merchant }));
      expect(own.json).toMatchObject({
        receiver_account_iban: world().hub.merchant.iban,
        sender_account_iban: world().hub.payer.accounts[0]?.iban,
      });
      expectRefusal(await world().send(await world().request({ method: 'GET', path, by: world().stranger })), 401, 'TOKEN_KEY_UNKNOWN');
    });
  });
}

/** How long the edge may take to hear of a participant's terms. Milliseconds. */
const TERMS_SEEN_MS = 15_000;
const TERMS_CHANGE = 'mutation ($input: ParticipantTermsChangeInput!) { participantTermsChange(input: $input) { errors { code } } }';
const termsOf = (participantId: string, boundTokens: string) => ({
  input: { participantId, terms: { boundTokens }, idempotencyKey: randomUUID() },
});
/** The guide's bare form. */
const bareClaims = ({ iat, jti }: Record<string, unknown>): Record<string, unknown> => ({ iat, jti });
