import { randomUUID } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { isErrorCode } from '../../../protocol/errors.ts';
import { expectRefusal } from './support/refusal-shape.ts';
import type { WireAnswer, WireRequest } from './support/wire.ts';
import { codeOf, type World } from './support/world.ts';

export function describeRightMessages(world: () => World): void {
  describe('a payment message that is right', () => {
    const SKEWS = [4, -4];
    it.for(SKEWS)('is taken from a bank whose clock is %i minutes off', async (minutes) => {
      const iat = Math.floor(Date.now() / 1000) + minutes * 60;
      const claims = (right: Record<string, unknown>): Record<string, unknown> => ({ ...right, iat, exp: iat + 300 });
      const { status } = await world().send(await world().message({ order: await world().newOrder(), header: { claims } }));
      expect(status).toBe(200);
    });

    it.for([
      ['a token as plain text', { body: (jwt: string) => jwt, contentType: 'text/plain' }],
      ['a content type with parameters', { contentType: 'Application/JSON; charset=UTF-8' }],
      ['unknown members', { body: (jwt: string) => JSON.stringify({ note: 'x', jwt }) }],
      ['unknown claims', { payload: { claims: (claims: Record<string, unknown>) => ({ ...claims, note: { deep: [1] } }) } }],
      [
        'no phone',
        {
          payload: {
            claims: (claims: Record<string, unknown>) => ({
              ...claims,
              debtor: { ...(claims['debtor'] as object), debtor_phone: undefined },
            }),
          },
        },
      ],
      [
        'an audience among others',
        { header: { claims: (claims: Record<string, unknown>) => ({ ...claims, aud: ['another', claims['aud']] }) } },
      ],
    ] as const)('is taken with %s', async ([, part]) => {
      const { status } = await world().send(await world().message({ order: await world().newOrder(), ...part }));
      expect(status).toBe(200);
    });

    it('is taken under the payload jti of one that was refused before', async () => {
      const order = await world().newOrder();
      const jti = randomUUID();
      const withAmount = (amount: number) => ({ claims: (claims: Record<string, unknown>) => ({ ...claims, jti, amount }) });
      expectRefusal(await world().send(await world().message({ order, payload: withAmount(1) })), 400, 'AMOUNT_MISMATCH');
      expect((await world().send(await world().message({ order, payload: withAmount(order.amt) }))).status).toBe(200);
    });
  });
}

export function describeRepeatedMessages(world: () => World): void {
  describe('a payment message that was there before', () => {
    const guidOf = ({ json }: WireAnswer): unknown => (json as { guid?: unknown }).guid; // A test of the very member.

    it('gets the same answer byte for byte when it comes again byte for byte, accepted or refused', async () => {
      const order = await world().newOrder();
      const wrong = await world().message({ order, payload: { claims: (claims) => ({ ...claims, amount: 1 }) } });
      const malformed = await world().message({ order, payload: { claims: (claims) => ({ ...claims, amount: 'x' }) } });
      const right = await world().message({ order });
      for (const [request, status] of [
        [wrong, 400],
        [malformed, 400],
        [right, 200],
      ] as const) {
        const first = await world().send(request);
        expect(first.status).toBe(status);
        expect(await world().send(request)).toEqual(first);
      }
    });

    it('is one payment when it comes five times at once', async () => {
      const request = await world().message({ order: await world().newOrder() });
      const answers = await Promise.all(Array.from({ length: 5 }, () => world().send(request)));
      expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
      expect(answers[0]?.status).toBe(200);
    });

    it('is one payment when five header tokens bring it at once, and the others are told its guid', async () => {
      const order = await world().newOrder();
      let token = '';
      const first = await world().message({ order, payload: { token: (made) => (token = made) } });
      const others = await Promise.all(Array.from({ length: 4 }, () => world().message({ order, payload: { token: () => token } })));
      const answers = await Promise.all([first, ...others].map((request) => world().send(request)));
      const taken = answers.filter(({ status }) => status === 200);
      expect(taken.length).toBe(1);
      for (const answer of answers.filter((each) => !taken.includes(each))) {
        expectRefusal(answer, 409, 'DUPLICATE_JTI', { payment_message_guid: taken.map(guidOf)[0] });
      }
    });

    it('of several that want one order at once, one holds it, and the others are told its guid', async () => {
      const order = await world().newOrder();
      const requests = await Promise.all(Array.from({ length: 5 }, () => world().message({ order })));
      const answers = await Promise.all(requests.map((request) => world().send(request)));
      const taken = answers.filter(({ status }) => status === 200);
      expect(taken.length).toBe(1);
      for (const answer of answers.filter((each) => !taken.includes(each))) {
        expectRefusal(answer, 409, 'DUPLICATE_ORDER', { payment_message_guid: taken.map(guidOf)[0] });
      }
    });

    it('is refused under a header token that was used for another request', async () => {
      const order = await world().newOrder();
      let used: string | null = null;
      const first = await world().message({ order, header: { token: (token) => (used = token) } });
      const bare = await world().message({ order, header: { claims: ({ iat, jti }) => ({ iat, jti }), token: (token) => (used = token) } });
      expect((await world().send(bare)).status).toBe(200);
      const replayed = await world().message({ order, header: { token: () => used } });
      expectRefusal(await world().send(replayed), 401, 'TOKEN_REPLAYED');
      // The same token for a request of another kind, and after that still the first answer for the first request.
      const path = `/api/v1/counterparty/${world().payer.id}/payment-message/${randomUUID()}`;
      expectRefusal(
        await world().send(await world().request({ method: 'GET', path, header: { token: () => used } })),
        401,
        'TOKEN_REPLAYED',
      );
      expect((await world().send(bare)).status).toBe(200);
      expect(first.headers).not.toEqual(bare.headers);
    });

    it('was not used up by whoever put its header token to another body or another place', async () => {
      const right = await world().message({ order: await world().newOrder() });
      const stolen = { ...right, body: (await world().message({ order: await world().newOrder() })).body ?? '' };
      expectRefusal(await world().send(stolen), 401, 'TOKEN_BODY');
      expectRefusal(await world().send({ ...right, path: `${right.path}?a=1` }), 401, 'TOKEN_PATH');
      expect((await world().send(right)).status).toBe(200);
    });

    it('is answered with its guid under a new header token, whatever else it says now', async () => {
      const order = await world().newOrder();
      let token = '';
      const first = await world().send(await world().message({ order, payload: { token: (made) => (token = made) } }));
      const { jti } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { jti: string }; // Our own claims.
      const again = await world().message({ order, payload: { token: () => token } });
      const other = await world().message({ order: await world().newOrder(), payload: { claims: (claims) => ({ ...claims, jti }) } });
      for (const request of [again, other]) {
        const answer = await world().send(request);
        expectRefusal(answer, 409, 'DUPLICATE_JTI', { payment_message_guid: guidOf(first) });
        expect(answer.json).toMatchObject({ error: 'payment message with provided jti already exists' });
      }
    });

    it('is another message when another bank uses the same payload jti', async () => {
      const jti = randomUUID();
      const order = await world().newOrder();
      const first = await world().send(await world().message({ order, payload: { claims: (claims) => ({ ...claims, jti }) } }));
      const [account] = world().hub.bystander.accounts;
      const claims = (right: Record<string, unknown>): Record<string, unknown> => ({
        ...right,
        jti,
        debtor_agent_bic: world().hub.bystander.bic,
        debtor: { ...(right['debtor'] as object), debtor_account: account?.iban },
      });
      const second = await world().send(
        await world().message({ order: await world().newOrder(), sender: world().bystander, payload: { claims } }),
      );
      expect(second.status).toBe(200);
      expect(guidOf(second)).not.toBe(guidOf(first));
    });

    it.for(['pending', 'successful'])('names the holder of an order that a %s payment holds', async (state) => {
      const order = await world().newOrder();
      if (state === 'pending')
        await world().hub.control(world().receiver.id, { callback: 'pay-in', behave: 'delay', delayMs: 1500, times: 1 });
      const first = await world().send(await world().message({ order }));
      if (state === 'successful') await world().hub.waitForOrder(order.id, 'SUCCESS');
      const second = await world().send(await world().message({ order }));
      expectRefusal(second, 409, 'DUPLICATE_ORDER', { payment_message_guid: guidOf(first) });
      expect(second.json).toMatchObject({ error: 'payment message with provided order id already exists' });
    });

    it('names the holder of the paid order that everybody else tries as well', async () => {
      const { order, holder } = world().spent.paid;
      const answer = await world().send(await world().message({ order }));
      expectRefusal(answer, 409, 'DUPLICATE_ORDER', { payment_message_guid: holder });
    });
  });
}

export function describeMessageStatus(world: () => World): void {
  describe('the status of a payment message', () => {
    const statusOf = (guid: string, by = world().payer, of = by): Promise<WireRequest> =>
      world().request({ method: 'GET', path: `/api/v1/counterparty/${of.id}/payment-message/${guid}`, by });

    it('is for its sender; for another bank it is unknown, in the same bytes as one that does not exist', async () => {
      const { holder } = world().spent.paid;
      expect(await world().send(await statusOf(holder))).toMatchObject({ status: 200, json: { guid: holder, status: 'Success' } });
      const foreign = await world().send(await statusOf(holder, world().bystander));
      const unknown = await world().send(await statusOf(randomUUID(), world().bystander));
      const receivers = await world().send(await statusOf(holder, world().receiver));
      expectRefusal(foreign, 404, 'NOT_FOUND');
      expect(foreign.json).toMatchObject({ error: 'not found' });
      expect([unknown, receivers]).toEqual([foreign, foreign]);
    });

    it.for(['1', 'not-a-guid', '%00', randomUUID().toUpperCase(), '00000000-0000-0000-0000-000000000000', 'a'.repeat(500)])(
      'is not found for %s',
      async (guid) => {
        expectRefusal(await world().send(await statusOf(guid)), 404, 'NOT_FOUND');
      },
    );

    it('is refused at the path of another bank, and to the merchant', async () => {
      const { holder } = world().spent.paid;
      expectRefusal(await world().send(await statusOf(holder, world().bystander, world().payer)), 401, 'FOREIGN_PATH');
      expectRefusal(await world().send(await statusOf(holder, world().merchant, world().payer)), 401, 'FOREIGN_PATH');
      const request = await statusOf(holder);
      expectRefusal(await world().send({ ...request, headers: {} }), 401, 'TOKEN_MISSING');
    });
  });
}

export function describeBrokenBodies(world: () => World): void {
  describe('a body that broke on its way', () => {
    it('is refused with a code wherever it was cut, and wherever a byte was changed', async () => {
      const order = await world().newOrder();
      const whole = Buffer.from((await world().message({ order })).body ?? '');
      const places = Array.from({ length: 40 }, (_, at) => Math.floor((at * whole.length) / 40));
      const broken = places.flatMap((place) => [
        whole.subarray(0, place),
        Buffer.from(whole).fill(whole[place] === 0x41 ? 0x42 : 0x41, place, place + 1),
      ]);
      const answers = [];
      for (const body of broken) answers.push(await world().send(await world().message({ order, body: () => body })));
      for (const answer of answers) {
        expect(codeOf(answer)).toSatisfy(isErrorCode);
        expect([400, 401]).toContain(answer.status);
      }
      expect((await world().send(await world().message({ order }))).status).toBe(200);
    });
  });
}
