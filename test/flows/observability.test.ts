import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { signedRequest } from '../../protocol/client/signed-request.ts';
import { importSigningKey } from '../../protocol/token.ts';
import type { RsaPrivateJwk } from '../../protocol/web-crypto.ts';
import { type ExportedSpan, type OtlpCollector, otlpCollector } from '../support/otlp-collector.ts';
import { waitFor } from '../support/wait-for.ts';
import { type HubUnderTest, startHubUnderTest } from './hub-under-test.ts';
import { leaksIn, type Secrets } from './leaks.ts';

const PHONE = '+380671112233';
const ORDER_STATUS_CHANGED = `subscription Follow380671112233($orderId: ID!) {
  orderStatusChanged(orderId: $orderId, from: BEGINNING) { __typename ... on OrderStatusChanged { status } }
}`;

let collector: OtlpCollector;
let home: string;
let hub: HubUnderTest;
let output = '';
beforeAll(async () => {
  collector = await otlpCollector();
  home = await mkdtemp(join(tmpdir(), 'hub-observed-'));
  hub = await startHubUnderTest({
    home,
    env: { LOG_LEVEL: 'trace', OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_SAMPLER_ARG: '1' },
    onOutput: (text) => (output += text),
  });
}, 60_000);
afterAll(async () => {
  await hub.stop();
  await collector.close();
  await rm(home, { recursive: true, force: true });
}, 30_000);

const named = (spans: readonly ExportedSpan[], name: string) => spans.filter((span) => span.name === name);
const traceOf = (guid: string) => collector.spans.find(({ attributes }) => attributes['hub.payment.guid'] === guid)?.traceId ?? '';
const spansOf = (traceId: string) => collector.spans.filter((span) => span.traceId === traceId);

async function pay(): Promise<{ orderId: string; guid: string }> {
  const order = await hub.createOrder();
  const subscriber = hub.subscribe(ORDER_STATUS_CHANGED, { orderId: order.id });
  await waitFor(() => subscriber.items.some((item) => item.__typename === 'StreamReady'), { timeoutMs: 5_000 });
  const { guid = '' } = await hub.pay(order.orderId);
  await waitFor(() => subscriber.items.some((item) => item.status === 'SUCCESS'), { timeoutMs: 15_000 });
  await subscriber.close();
  return { orderId: order.orderId, guid };
}

/** A read by a bank at the edge, with what the edge calls the request. */
async function readOrder(id: string): Promise<{ status: number; requestId: string }> {
  const { signKey } = hub.payer;
  const key = await importSigningKey(signKey as RsaPrivateJwk);
  const url = `${hub.sandbox.edge}/api/v1/merchants/order/nbu/json?id=${encodeURIComponent(id)}`;
  const request = await signedRequest({ key, kid: signKey.kid, method: 'GET', url, body: undefined });
  const response = await fetch(request.url, { headers: { ...request.headers, traceparent: `00-${'f'.repeat(32)}-${'f'.repeat(16)}-01` } });
  await response.text();
  return { status: response.status, requestId: response.headers.get('x-request-id') ?? '' };
}

describe('traces', () => {
  test('a payment is one trace, from the edge over every callback to what streams and sister subgraphs make of it', async () => {
    const { guid } = await pay();
    const expected = [
      'POST /ingress/payment-message',
      'callback pay-in',
      'callback merchant-pay-in',
      'callback pay-out',
      'callback credit',
      'orders handles PaymentSucceeded',
      'settlement handles PaymentSucceeded',
      'stream orders',
    ];
    await waitFor(() => expected.every((name) => named(spansOf(traceOf(guid)), name).length > 0), { timeoutMs: 15_000 });
    // The order's success was streamed in the payment's trace: claim and success.
    await waitFor(() => named(spansOf(traceOf(guid)), 'stream orders').length >= 2, { timeoutMs: 5_000 });
    // It begins at the edge, whose step is what the core's hangs from.
    const edge = 'edge POST /api/v1/counterparty/:bank/payment-message';
    await waitFor(() => named(spansOf(traceOf(guid)), edge).length > 0, { timeoutMs: 5_000 });
    const [root] = named(spansOf(traceOf(guid)), edge);
    const [accepted] = named(spansOf(traceOf(guid)), 'POST /ingress/payment-message');
    expect(root).toMatchObject({ service: 'edge', parentSpanId: '', spanId: accepted?.parentSpanId });
    const callbacks = spansOf(traceOf(guid)).filter(({ name }) => name.startsWith('callback '));
    expect(callbacks.map(({ attributes }) => attributes['hub.payment.guid'])).toEqual([guid, guid, guid, guid]);
  });

  test('the edge names each request by its trace, which it begins itself', async () => {
    const { orderId } = await hub.createOrder();
    const { status, requestId } = await readOrder(orderId);
    expect(status).toBe(200);
    expect(requestId).toMatch(/^[0-9a-f]{32}$/);
    expect(requestId).not.toBe('f'.repeat(32));
    await waitFor(() => named(spansOf(requestId), 'GET /ingress/order-json').length === 1, { timeoutMs: 5_000 });
  });

  test('an operation of GraphQL is a trace with a step for each subgraph, named by the schema and not by the client', async () => {
    const { orderId } = await hub.createOrder();
    await hub.graphql(
      'query Secret380671112233($orderId: String) { mine: order(orderId: $orderId) { status merchant { name } } }',
      { orderId },
      hub.sandbox.ops.token,
    );
    await waitFor(() => named(collector.spans, 'query order').length > 0, { timeoutMs: 5_000 });
    const [operation] = named(collector.spans, 'query order').slice(-1);
    await waitFor(() => spansOf(operation?.traceId ?? '').length >= 3, { timeoutMs: 5_000 });
    const parts = spansOf(operation?.traceId ?? '').filter(({ parentSpanId }) => parentSpanId === operation?.spanId);
    expect(new Set(parts.map(({ name }) => name))).toEqual(new Set(['subgraph orders query', 'subgraph participants query']));
  });
});

/** Everything that the hub knows of people and secrets. */
async function secrets(): Promise<Secrets> {
  const folder = join(home, 'secrets');
  const files = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')));
  const { banks, merchants, ops } = hub.sandbox;
  const accounts = banks.flatMap((bank) => bank.accounts);
  return {
    ibans: [...accounts.map(({ iban }) => iban), ...merchants.map(({ iban }) => iban)],
    phones: [PHONE, ...accounts.map(({ phone }) => phone)],
    names: accounts.map(({ name }) => name),
    taxIds: accounts.map(({ taxId }) => taxId),
    secrets: [
      ops.token,
      ...banks.flatMap(({ apiKey, signKey, encryptKey }) => [apiKey, String(signKey.d), String(encryptKey.d)]),
      ...merchants.flatMap(({ secretKey, publishableKey, signKey }) => [secretKey, publishableKey, String(signKey.d)]),
      ...files.flatMap((file) => [...file.matchAll(/"(?:d|k|key|p|q)":\s*"([\w+/=-]{20,})"/g)].map(([, value = '']) => value)),
    ],
  };
}

/** Whatever could bring a value into a log: success, refusal, rejection, wrong input in every place, and credentials of each kind. */
async function everyFlow(): Promise<void> {
  const { merchant, payer, sandbox } = hub;
  await pay();
  await hub.control(merchant.uid, { callback: 'merchant-pay-in', behave: 'refuse', times: 1 });
  const refused = await hub.createOrder();
  await hub.pay(refused.orderId);
  await hub.waitForOrder(refused.orderId, 'CREATED');
  await hub.control(hub.receiver.guid, { callback: 'pay-in', behave: 'fail', times: 1 });
  await hub.pay(refused.orderId);
  await hub.pay(crypto.randomUUID());

  const iban = payer.accounts[0]?.iban ?? '';
  const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
  await post(`${sandbox.sandbox}/banks/${payer.guid}/alias`, { phone: PHONE, account: iban, linked: true });
  await post(`${sandbox.sandbox}/merchants/${merchant.uid}/orders`, { amountMinor: '100', reference: crypto.randomUUID() });
  await hub.graphql(`query Of380671112233 { alias(phone: "${PHONE}") { account bank { name } } }`, {}, sandbox.ops.token);
  await hub.graphql('query ($phone: String!) { alias(phone: $phone) { account } }', { phone: PHONE }, merchant.secretKey);
  await hub.graphql(`{ alias(phone: "${PHONE}") { noSuchField } }`, {}, sandbox.ops.token);
  await hub.graphql(`{ order(id: "${iban}") { status } }`, {}, sandbox.ops.token);
  await hub.graphql('query ($first: Int) { orders(first: $first) { nodes { status } } }', { first: iban }, merchant.secretKey);
  await hub.graphql('{ viewer { __typename } }', {}, `${merchant.secretKey}x`);
  await hub.graphql('{ viewer { __typename } }', {}, merchant.publishableKey);
  await hub.graphql('{ viewer { __typename } }', {}, `${sandbox.ops.token}x`);

  await readOrder(iban);
  const paths = [
    `/api/v1/merchants/order/status?id=${iban}`,
    `/api/v1/p2p/alias?phone=${encodeURIComponent(PHONE)}&account=${iban}`,
    `/api/v1/counterparty/${iban}/payment-message`,
    `/api/v1/merchants/order?jwt=${sandbox.ops.token}`,
    `/pay/${iban}`,
    `/nowhere/${iban}?phone=${encodeURIComponent(PHONE)}`,
  ];
  for (const path of paths) {
    await (await fetch(`${sandbox.edge}${path}`)).text();
    await (await post(`${sandbox.edge}${path}`, { jwt: sandbox.ops.token }, { 'cx-authorization': sandbox.ops.token })).text();
    await (await fetch(`${sandbox.gateway.replace('/graphql', '')}${path}`, { headers: { 'x-request-id': PHONE.slice(1) } })).text();
  }
}

async function metricsPages(): Promise<Map<string, string>> {
  const ports = JSON.parse(await readFile(join(home, 'ports.json'), 'utf8')) as Record<string, number>; // As bin/ports.ts wrote it.
  const pages = ['gateway', 'internal', 'edgeInternal'].filter((part) => ports[part] !== undefined);
  expect(pages).toHaveLength(3);
  return new Map(
    await Promise.all(
      pages.map(async (part) => [`metrics of ${part}`, await (await fetch(`http://127.0.0.1:${ports[part]}/metrics`)).text()] as const),
    ),
  );
}

test('no log, span or metric has an account, a number, a name, a token, a secret or a query string', async () => {
  await everyFlow();
  const known = await secrets();
  expect(known.secrets.length).toBeGreaterThan(10);
  const { guid } = await pay();
  await waitFor(() => named(spansOf(traceOf(guid)), 'callback credit').length > 0, { timeoutMs: 10_000 });

  const places = new Map([['log', output], ['spans', collector.bodies.join('\n')], ...(await metricsPages())]);
  for (const [place, text] of places) expect(text.length, place).toBeGreaterThan(1_000);
  expect([...places].flatMap(([place, text]) => leaksIn(text, known).map((leak) => `${place}: ${leak}`))).toEqual([]);
}, 60_000);

/** What stands between backquotes in the first column of a page's tables. */
async function namesOf(page: string): Promise<string[]> {
  const text = await readFile(new URL(`../../ops/${page}`, import.meta.url), 'utf8');
  return [...text.matchAll(/^\| (`[^|]*`) *\|/gm)].flatMap(([, names = '']) =>
    [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  );
}

test('ops/metrics.md names every metric that is served, and none that is not', async () => {
  const served = [...(await metricsPages()).values()].flatMap((page) => [...page.matchAll(/^# TYPE (\w+)/gm)].map(([, name = '']) => name));
  const own = new Set(served.filter((name) => !/^(process|nodejs)_/.test(name)));
  expect([...own].toSorted()).toEqual((await namesOf('metrics.md')).toSorted());
});

test('ops/README.md has a row for every span', async () => {
  const patterns = (await namesOf('README.md')).map((name) => new RegExp(`^${name.replaceAll('*', '.+')}$`));
  expect(patterns.length).toBeGreaterThan(8);
  const names = [...new Set(collector.spans.map(({ name }) => name))];
  expect(names.length).toBeGreaterThan(10);
  expect(names.filter((name) => !patterns.some((pattern) => pattern.test(name)))).toEqual([]);
});

test('lines of a request name it and its trace', async () => {
  const line = output.split('\n').find((text) => text.includes('"payment decided"')) ?? '{}';
  expect(JSON.parse(line)).toMatchObject({ level: 'info', name: 'core', traceId: expect.stringMatching(/^[0-9a-f]{32}$/) });
});
