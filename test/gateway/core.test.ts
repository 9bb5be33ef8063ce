import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { SUBGRAPHS } from '../../schema/subgraphs.ts';
import { waitFor } from '../support/wait-for.ts';
import { eventsOverSse } from './gateway-under-test.ts';
import { type Answer, dataOf } from './hub-actors.ts';
import { type HubWorld, hubWorld } from './hub-world.ts';
import { MODES } from './toy-gateway.ts';

const PAYMENT =
  '{ guid status order { orderId } merchant { uid name } initiatorBank { guid name } receiverBank { guid name } ledgerTransaction { businessDay } }';

describe.each(MODES)('the core with %s subgraphs', (mode) => {
  let world: HubWorld;
  beforeAll(async () => {
    world = await hubWorld(mode);
  });
  afterAll(async () => world.close());

  const asMerchant = () => ({ credential: world.merchant.secretKey });
  const asOperations = () => ({ credential: world.operationsToken });

  test('an order, its payment, merchant, banks and booking are one query, from either end', async () => {
    const { orderId } = await world.createOrder();
    const guid = await world.pay(orderId);
    const text = `query ($orderId: String!) { order(orderId: $orderId) { status merchant { name } receiverBank { name } payment ${PAYMENT} } }`;
    const order = await waitFor(async () => {
      const { order } = dataOf(await world.query(text, { variables: { orderId }, ...asOperations() }));
      return order.status === 'SUCCESS' && order.payment?.ledgerTransaction ? order : null;
    });
    const payment = {
      guid,
      status: 'SUCCESS',
      order: { orderId },
      merchant: { uid: world.merchant.uid, name: 'Shop' },
      initiatorBank: { guid: world.payerBank, name: 'Payer Bank' },
      receiverBank: { guid: world.merchantBank, name: 'Merchant Bank' },
      ledgerTransaction: { businessDay: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/) },
    };
    expect(order).toEqual({ status: 'SUCCESS', merchant: { name: 'Shop' }, receiverBank: { name: 'Merchant Bank' }, payment });
    const fromPayment = dataOf(
      await world.query(`query ($guid: String!) { payment(guid: $guid) ${PAYMENT} }`, { variables: { guid }, ...asOperations() }),
    );
    expect(fromPayment.payment).toEqual(payment);
    expect(world.callbacks).toEqual(expect.arrayContaining(['pay-in', 'callback', 'pay-out', 'credit']));
  });

  test.each(['graphql-ws', 'server-sent events'])('a stream on %s follows an order to its payment, joined', async (client) => {
    const { orderId } = await world.createOrder();
    const text = `subscription { orderStatusChanged(orderId: "${orderId}", from: BEGINNING) {
      __typename ... on OrderStatusChanged { type status order { orderId merchant { name } payment { status receiverBank { name } } } } } }`;
    const credential = world.merchant.secretKey;
    const results: AsyncIterableIterator<Answer> =
      client === 'graphql-ws'
        ? world.socket(credential).iterate({ query: text })
        : eventsOverSse(world.core.gatewayUrl, text, { headers: { authorization: `Bearer ${credential}` } });
    const seen: Answer[] = [];
    let paid = false;
    for await (const result of results) {
      const item = dataOf(result).orderStatusChanged;
      if (item.__typename === 'StreamReady' && !paid) {
        paid = true;
        await world.pay(orderId);
      }
      if (item.__typename === 'OrderStatusChanged') seen.push(item);
      if (item.type === 'ORDER_SUCCEEDED') break;
    }
    expect(seen.map(({ type, status }) => ({ type, status }))).toEqual([
      { type: 'ORDER_CREATED', status: 'CREATED' },
      { type: 'ORDER_CLAIMED', status: 'IN_PROGRESS' },
      { type: 'ORDER_SUCCEEDED', status: 'SUCCESS' },
    ]);
    expect(seen.at(-1).order).toEqual({
      orderId,
      merchant: { name: 'Shop' },
      payment: { status: 'SUCCESS', receiverBank: { name: 'Merchant Bank' } },
    });
  });

  test('a caller sees what is its own, and nothing without a credential', async () => {
    const { orderId } = await world.createOrder();
    const text = 'query ($orderId: String!) { order(orderId: $orderId) { orderId } viewer { kind merchant { uid } } }';
    const merchant = dataOf(await world.query(text, { variables: { orderId }, ...asMerchant() }));
    expect(merchant).toEqual({ order: { orderId }, viewer: { kind: 'MERCHANT', merchant: { uid: world.merchant.uid } } });
    const anonymous = await world.query(text, { variables: { orderId } });
    expect(anonymous.data?.order ?? null).toBeNull();
  });

  test('a revoked API key is refused within ten seconds, here at once because it was never used', async () => {
    const input = { participantId: world.merchant.uid, kind: 'SECRET', idempotencyKey: `second-${mode}` };
    const created = dataOf(
      await world.query('mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { secret apiKey { apiKeyId } } }', {
        variables: { input },
        ...asOperations(),
      }),
    ).apiKeyCreate;
    await world.query('mutation ($input: ApiKeyRevokeInput!) { apiKeyRevoke(input: $input) { errors { code } } }', {
      variables: { input: { apiKeyId: created.apiKey.apiKeyId, idempotencyKey: `revoke-${mode}` } },
      ...asOperations(),
    });
    const answer = await world.query('{ viewer { kind } }', { credential: created.secret });
    expect(answer.errors[0].extensions).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('says that it lives and is ready, and shows its metrics', async () => {
    const base = world.core.gatewayUrl.replace('/graphql', '');
    expect((await fetch(`${base}/livez`)).status).toBe(200);
    await waitFor(async () => (await fetch(`${base}/readyz`)).ok);
    expect(await (await fetch(`${base}/readyz`)).json()).toEqual(
      expect.arrayContaining(
        ['directory', ...SUBGRAPHS.map((name) => (mode === 'local' ? `${name} database` : `${name} subgraph`))].map((name) =>
          expect.objectContaining({ name, ok: true }),
        ),
      ),
    );
    expect(await (await fetch(`${base}/metrics`)).text()).toContain(
      'http_request_duration_seconds_count{method="POST",route="/graphql",status="200"}',
    );
  });

  test('keeps commands, feeds and ingress off the public address', async () => {
    const base = world.core.gatewayUrl.replace('/graphql', '');
    for (const path of [
      '/commands/resolve-api-key',
      '/feed?after=0&limit=1',
      '/payments/feed?after=0&limit=1',
      '/ingress/payment-message',
      '/directory',
      '/sandbox/clock',
    ]) {
      expect((await fetch(base + path, { method: path.startsWith('/feed') ? 'GET' : 'POST' })).status, path).toBe(404);
    }
  });

  test('moves business time for operations with the scope only', async () => {
    const move = async (credential: string | null, body: object) =>
      fetch(`${world.core.internalUrl}/sandbox/clock`, {
        method: 'POST',
        headers: credential ? { authorization: `Bearer ${credential}` } : {},
        body: JSON.stringify(body),
      });
    expect((await move(null, { advanceMs: 1 })).status).toBe(401);
    expect((await move(world.merchant.secretKey, { advanceMs: 1 })).status).toBe(403);
    expect((await move(world.operationsToken, { advanceMs: -1 })).status).toBe(400);
    const before = Date.now();
    const answer = await move(world.operationsToken, { advanceMs: 60_000 });
    const { now }: Answer = await answer.json();
    expect(new Date(now).getTime()).toBeGreaterThanOrEqual(before + 59_000);
  });
});
