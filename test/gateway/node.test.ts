import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { globalId } from '../../kernel/runtime/graphql/global-id.ts';
import { waitFor } from '../support/wait-for.ts';
import { type Answer, dataOf } from './hub-actors.ts';
import { type HubWorld, hubWorld } from './hub-world.ts';

describe('node', () => {
  let world: HubWorld;
  let orderId: string;
  let ids: Record<string, string>;

  beforeAll(async () => {
    world = await hubWorld('local');
    ({ orderId } = await world.createOrder());
    const guid = await world.pay(orderId);
    const text =
      'query ($guid: String!) { payment(guid: $guid) { id order { id } merchant { id } receiverBank { id } deliveries { id } ledgerTransaction { id } } }';
    const payment = await waitFor(async () => {
      const { payment } = dataOf(await world.query(text, { variables: { guid }, credential: world.operationsToken }));
      return payment.ledgerTransaction ? payment : null;
    });
    ids = {
      Payment: payment.id,
      Order: payment.order.id,
      Merchant: payment.merchant.id,
      Bank: payment.receiverBank.id,
      Delivery: payment.deliveries[0].id,
      LedgerTransaction: payment.ledgerTransaction.id,
    };
  });
  afterAll(() => world.close());

  const node = (text: string, variables: object, credential: string = world.operationsToken): Promise<Answer> =>
    world.query(text, { variables, credential });

  test('finds whatever has a global id, by that id', async () => {
    for (const [type, id] of Object.entries(ids)) {
      const answer = await node('query ($id: ID!) { node(id: $id) { __typename id } }', { id });
      expect(dataOf(answer).node).toEqual({ __typename: type, id });
    }
  });

  test('takes fragments on Node, on the type, and on other types, named or not, under any alias', async () => {
    const text = `query ($id: ID!, $yes: Boolean!) {
      thing: node(id: $id) { ...OnNode ... on Order { orderId } ... on Payment { guid } ... @include(if: $yes) { __typename } }
    }
    fragment OnNode on Node { id ...OnOrder ...OnBank }
    fragment OnOrder on Order { status payment { status } }
    fragment OnBank on Bank { bic }`;
    const answer = await node(text, { id: ids['Order'], yes: true });
    expect(dataOf(answer).thing).toEqual({
      id: ids['Order'],
      orderId,
      status: 'SUCCESS',
      payment: { status: 'SUCCESS' },
      __typename: 'Order',
    });
    expect(dataOf(await node(text, { id: ids['Bank'], yes: false })).thing).toEqual({ id: ids['Bank'], bic: '380634' });
  });

  test('gives nothing but the object when only other types were asked about, and several at once', async () => {
    const text = 'query ($a: ID!, $b: ID!) { a: node(id: $a) { ... on Payment { guid } } b: node(id: $b) { ... on Bank { bic } } }';
    expect(dataOf(await node(text, { a: ids['Order'], b: ids['Bank'] }))).toEqual({ a: {}, b: { bic: '380634' } });
  });

  test.each([
    ['words', 'hello'],
    ['a wire id', '0197a3c2-1111-7000-8000-000000000380'],
    ['an id of a type that is no node', globalId('Attempt', '1')],
    ['an id that nobody has', globalId('Order', '0197a3c2-1111-7000-8000-000000000380')],
    ['an id that is none inside', globalId('Order', 'x')],
  ])('finds nothing for %s', async (_what, id) => {
    const answer = await node('query ($id: ID!) { node(id: $id) { __typename id } }', { id });
    expect(answer).toMatchObject({ data: { node: null } });
    expect(answer.errors).toBeUndefined();
  });

  test('with the id in the text is the same', async () => {
    expect(dataOf(await node(`{ node(id: "${ids['Bank']}") { id } }`, {})).node).toEqual({ id: ids['Bank'] });
  });

  test('shows a caller what the field of the type shows it, and nothing more', async () => {
    const merchant = world.merchant.secretKey;
    const text = 'query ($id: ID!) { node(id: $id) { id } }';
    expect(dataOf(await node(text, { id: ids['Order'] }, merchant)).node).toEqual({ id: ids['Order'] });
    expect(dataOf(await node(text, { id: ids['Bank'] }, merchant)).node).toBeNull();
    const answer = await node(text, { id: ids['LedgerTransaction'] }, merchant);
    expect(answer.errors[0].extensions).toMatchObject({ code: 'FORBIDDEN', scopes: [['settlement:read']] });
  });
});
