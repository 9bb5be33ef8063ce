import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { waitFor } from '../support/wait-for.ts';
import { startHubUnderTest, type HubUnderTest, type SandboxBank } from './hub-under-test.ts';

let hub: HubUnderTest;

beforeAll(async () => {
  hub = await startHubUnderTest();
}, 60_000);
afterEach(() => hub.reset());
afterAll(() => hub.stop(), 30_000);

const post = async (path: string, body: unknown): Promise<Record<string, unknown>> => {
  const response = await fetch(`${hub.sandbox.sandbox}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return (await response.json()) as Record<string, unknown>;
};
const send = (bank: SandboxBank, wish: Record<string, unknown>) => post(`/banks/${bank.guid}/send`, wish);
const link = (bank: SandboxBank, phone: string) =>
  post(`/banks/${bank.guid}/alias`, { phone, account: bank.accounts[0]?.iban ?? '', linked: true });

async function callbacksOf(bank: SandboxBank): Promise<string[]> {
  const entries = (await hub.history(bank.guid)).filter(({ direction }) => direction === 'in');
  return entries.map(({ body, status }) => `${String((body as { callback_type?: string }).callback_type)} ${status}`);
}

describe('money to a number that is in the directory', () => {
  test('reaches the receiver with one pay-in and one pay-out, and is booked', async () => {
    await link(hub.receiver, '+380501110001');
    const sent = await send(hub.payer, { phone: '+380501110001', amountMinor: '12345' });
    expect(sent).toMatchObject({ kind: 'accepted' });
    const PAYMENT = 'query ($guid: String!) { payment(guid: $guid) { status pmType ledgerTransaction { id } } }';
    const payment = async () => (await hub.graphql(PAYMENT, { guid: sent['guid'] }, hub.sandbox.ops.token)).data.payment;
    await waitFor(async () => (await payment())?.ledgerTransaction !== null);
    expect(await payment()).toMatchObject({ status: 'SUCCESS', pmType: 'P2P' });
    await waitFor(async () => (await callbacksOf(hub.payer)).includes('pay-out 200'));
    expect(await callbacksOf(hub.receiver)).toEqual(['receiver-data 200', 'pay-in 200']);
    expect(await callbacksOf(hub.payer)).toEqual(['pay-request 200', 'pay-out 200']);
  });
});
