import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readReceipt } from '../../protocol/client/read-receipt.ts';
import { paymentGuid } from '../../protocol/payment-guid.ts';
import { readToken, verifyTokenSignature } from '../../protocol/token.ts';
import { waitFor } from '../support/wait-for.ts';
import { aGet, aMessage, anEdge, send, type Answered, type EdgeUnderTest } from './support/edge-under-test.ts';

const MESSAGES = '/api/v1/p2p/payment-messages';
const CALLBACKS = '/api/v1/p2p/callbacks';
const DRAIN_MS = 15_000;

let t: EdgeUnderTest;
beforeAll(async () => {
  t = await anEdge();
  await waitFor(async () => (await fetch(`${t.url}/readyz`)).status === 200);
  t.core.answer = (request) => {
    const { paymentGuid: guid } = request.envelope;
    return guid === null ? t.core.answerAsPayments(request) : { status: 200, body: JSON.stringify({ guid }) };
  };
});
afterAll(() => t.stop());

/** The claims of an answer that is a JWT, if the edge's own key signed it. */
async function claimsOf(answer: Answered): Promise<Record<string, unknown>> {
  expect(answer.headers.get('content-type')).toBe('application/jwt');
  const token = readToken(answer.body);
  const key = token.ok ? t.hubKeys.get(token.value.header.kid) : undefined;
  if (!token.ok || !key) throw new Error(`not a token of the edge: ${answer.body}`);
  expect(await verifyTokenSignature(token.value, key)).toBe(true);
  expect(token.value.claims).toMatchObject({ iss: 'dcm-hub', aud: t.bank.id });
  return token.value.claims;
}

const forwarded = (operation: 'p2p-payment-message' | 'creditor-linked', guid: unknown) =>
  t.core.of(operation).filter(({ envelope }) => envelope.paymentGuid === guid);

it('a p2p message is promised in the guide’s form while the core is away, reads Pending, and is told when it is back', async () => {
  await t.core.down();
  const jti = randomUUID();
  const orderId = randomUUID();
  const message = await aMessage(t.bank, { path: MESSAGES, claims: { jti, order_id: orderId, pm_type: 'p2p' } });
  const answer = await send(t.url, message);
  const guid = await paymentGuid(t.bank.id, jti);
  expect(answer.status).toBe(202);
  expect(await claimsOf(answer)).toMatchObject({ guid });
  const answered = { method: 'POST', path: MESSAGES, body: message.body ?? '', status: 202, guid };
  const receipt = await readReceipt(answer.headers.get('cx-receipt'), answered, { hubKeys: t.hubKeys, audience: t.bank.id });
  expect(receipt.ok).toBe(true);
  expect(await send(t.url, message)).toMatchObject({ status: 202, body: answer.body });
  const status = await send(t.url, await aGet(t.bank, `${MESSAGES}/${guid}`));
  expect(await claimsOf(status)).toMatchObject({ guid, status: 'Pending', order_id: orderId, amount: 1500.75, currency: 'UAH' });
  await t.core.up();
  await waitFor(() => forwarded('p2p-payment-message', guid).some(({ envelope }) => envelope.mode === 'promised'), { timeoutMs: DRAIN_MS });
});

it('the type of a p2p message may be spelled in Cyrillic letters, as the guide prints it', async () => {
  await t.core.down();
  const message = await aMessage(t.bank, { path: MESSAGES, claims: { jti: randomUUID(), pm_type: '\u04402\u0440' } });
  expect((await send(t.url, message)).status).toBe(202);
  await t.core.up();
});

it('"Creditor linked" is promised while the core is away, is told when it is back, and is no payment that anybody could ask for', async () => {
  await t.core.down();
  const claims = { jti: randomUUID(), type: 'creditor_linked', order_guid: randomUUID(), phone: '+380501112233', status: 'failed' };
  const body = JSON.stringify({ jwt: await t.bank.sign(claims) });
  const answer = await send(t.url, await aMessage(t.bank, { path: CALLBACKS, body }));
  expect(answer.status).toBe(202);
  const { guid } = answer.json;
  const asked = await send(t.url, await aGet(t.bank, `${MESSAGES}/${String(guid)}`));
  expect(asked.status).toBe(503);
  // A repetition is a request of its own: the hub hears it as the repetition that it is.
  expect((await send(t.url, await aMessage(t.bank, { path: CALLBACKS, body }))).status).toBe(202);
  await t.core.up();
  await waitFor(() => forwarded('creditor-linked', guid).length > 0, { timeoutMs: DRAIN_MS });
});
