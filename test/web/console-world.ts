import type { CreatedOrder, HubUnderTest } from '../flows/hub-under-test.ts';

/** An order of the sandbox's merchant with words of its choice. */
export async function orderFor(hub: HubUnderTest, { purpose }: { readonly purpose: string }): Promise<CreatedOrder> {
  const input = {
    amount: { minor: '10050', currency: 'UAH' },
    reference: `test-${crypto.randomUUID()}`,
    purpose,
    redirectUrl: `${hub.sandbox.sandbox}/thank-you`,
    expiresAt: new Date(Date.now() + 600_000).toISOString(),
    idempotencyKey: crypto.randomUUID(),
  };
  const { data } = await hub.graphql(
    'mutation ($input: OrderCreateInput!) { orderCreate(input: $input) { order { id orderId reference } errors { code message } } }',
    { input },
  );
  if (!data.orderCreate.order) throw new Error(JSON.stringify(data.orderCreate.errors));
  return data.orderCreate.order;
}
