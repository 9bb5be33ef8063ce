import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { builtConsole } from '../../bin/build-console.ts';
import { HEADER_TOKEN_NAME } from '../../protocol/header-token.ts';
import { loadSecrets } from '../../kernel/runtime/secrets.ts';
import { type Envelope, ENVELOPE_HEADER, INGRESS } from '../../schema/edge-envelope.ts';
import { startEdge, type Edge } from '../../workers/edge/host/start-edge.ts';
import type { PreparedMessage } from '../bench/payments/outside-world.ts';
import { messagePreparer } from '../bench/payments/prepare-messages.ts';
import { waitFor } from '../support/wait-for.ts';
import { accessibilityFaults, launchBrowser } from '../web/browser.ts';
import { openConsoleOf } from '../web/console/console-world.ts';
import { startHubUnderTest, type HubUnderTest } from './hub-under-test.ts';

// A second edge of the same hub, whose way to the core leads through a fault of ours: it refuses what was promised.

let hub: HubUnderTest;
let browser: Browser;
let edge: Edge;
let way: FaultyWay;
let stateDir: string;
beforeAll(async () => {
  [hub, browser] = await Promise.all([startHubUnderTest(), launchBrowser(), builtConsole()]);
  way = await FaultyWay.to(hub.hub.addresses.internal);
  stateDir = await mkdtemp(join(tmpdir(), 'dcm-second-edge-'));
  const secrets = await loadSecrets(join(hub.hub.home, 'secrets'));
  edge = await startEdge({ host: '127.0.0.1', port: 0, stateDir, coreUrl: way.url, secrets });
  await waitFor(async () => (await fetch(`${edge.url}/readyz`)).ok, { timeoutMs: 15_000 });
}, 60_000);
afterAll(async () => {
  await browser.close();
  await edge.stop();
  await way.stop();
  await hub.stop();
  await rm(stateDir, { recursive: true, force: true });
}, 30_000);

/** Passes requests on; while it is broken, messages are answered by itself: nothing to who waits, a refusal to what was promised. */
class FaultyWay {
  broken = true;
  readonly #server: Server;
  readonly #core: URL;

  private constructor(core: string) {
    this.#core = new URL(core);
    this.#server = createServer((request, response) => this.#serve(request, response));
  }

  static async to(core: string): Promise<FaultyWay> {
    const way = new FaultyWay(core);
    await new Promise<void>((listening) => way.#server.listen(0, '127.0.0.1', listening));
    return way;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`; // A listening TCP server has one.
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    if (this.broken && request.url?.startsWith(INGRESS['payment-message'].path)) {
      const [status, body] = modeOf(request) === 'answer' ? [503, {}] : [400, { error: 'a fault of ours', code: 'INVALID_REQUEST' }];
      request.resume();
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      return;
    }
    const { hostname, port } = this.#core;
    const { method, headers, url: path } = request;
    const passed = httpRequest({ hostname, port, method, headers, path }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    passed.on('error', () => response.destroy());
    request.pipe(passed);
  }
}

function modeOf(request: IncomingMessage): Envelope['mode'] {
  const [, payload = ''] = String(request.headers[ENVELOPE_HEADER]).split('.');
  return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as Envelope).mode; // The edge made it.
}

const post = async ({ path, headerToken, body }: PreparedMessage) => {
  const headers = { 'content-type': 'application/json', [HEADER_TOKEN_NAME]: headerToken };
  const response = await fetch(edge.url + path, { method: 'POST', headers, body });
  return { status: response.status, json: (await response.json()) as { guid?: string } }; // As the edge answers.
};

const PARKED =
  'query ($state: ParkedMessageState) { parkedMessages(state: $state) { nodes { paymentGuid reason amount { minor } orderId initiatorBank { name } } } }';
const RESOLVE = `mutation ($input: ParkedMessageResolveInput!) { parkedMessageResolve(input: $input) { replayed errors { code } } }`;
const PAYMENT = 'query ($guid: String) { payment(guid: $guid) { status reasonCode } }';

const ask = async (document: string, variables: Record<string, unknown> = {}) =>
  (await hub.graphql(document, variables, hub.sandbox.ops.token)).data;
const parkedGuids = async (state: string): Promise<string[]> =>
  (await ask(PARKED, { state })).parkedMessages.nodes.map((node: { paymentGuid: string }) => node.paymentGuid);

test(
  'a promised message that the core would not take is seen by operations, who have it sent once more or refuse it',
  { timeout: 90_000 },
  async () => {
    const prepare = messagePreparer({ edge: hub.sandbox.edge, payer: hub.payer });
    const orders = [await hub.createOrder(), await hub.createOrder()];
    const [good, bad] = await Promise.all(orders.map(({ orderId }) => prepare(orderId)));
    if (!good || !bad) throw new Error('two orders, two messages');
    for (const message of [good, bad]) expect(await post(message)).toEqual({ status: 202, json: { guid: message.guid } });

    await waitFor(async () => (await parkedGuids('PARKED')).length === 2, { timeoutMs: 40_000 });
    const { parkedMessages } = await ask(PARKED, { state: 'PARKED' });
    expect(parkedMessages.nodes).toContainEqual({
      paymentGuid: good.guid,
      reason: 'the core answered 400 INVALID_REQUEST',
      amount: { minor: '10050' },
      orderId: orders[0]?.orderId,
      initiatorBank: { name: hub.payer.name },
    });
    expect((await hub.graphql(PARKED, {}, hub.payer.apiKey)).data?.parkedMessages?.nodes ?? []).toEqual([]);

    way.broken = false;
    await decideInConsole([
      [good.guid, 'Hand it over once more'],
      [bad.guid, 'Refuse it'],
    ]);
    await edge.sweep(); // As the cron trigger does; without it the decisions would wait for the next report.

    await hub.waitForOrder(orders[0]?.orderId ?? '', 'SUCCESS');
    await waitFor(async () => (await ask(PAYMENT, { guid: bad.guid })).payment !== null, { timeoutMs: 15_000 });
    expect((await ask(PAYMENT, { guid: good.guid })).payment).toEqual({ status: 'SUCCESS', reasonCode: null });
    expect((await ask(PAYMENT, { guid: bad.guid })).payment).toEqual({ status: 'REJECT', reasonCode: 'REFUSED_BY_OPERATIONS' });
    expect((await parkedGuids('RECORDED')).toSorted()).toEqual([good.guid, bad.guid].toSorted());
    await waitFor(async () => {
      const told = (await hub.history(hub.payer.guid)).filter(
        ({ direction, body }) => direction === 'in' && JSON.stringify(body).includes('pay-out'),
      );
      return [good.guid, bad.guid].every((guid) => told.some(({ body }) => JSON.stringify(body).includes(guid)));
    });
    expect(
      await ask(RESOLVE, { input: { paymentGuid: bad.guid, outcome: 'REPLAY', reason: 'a second thought', idempotencyKey: 'late' } }),
    ).toMatchObject({
      parkedMessageResolve: { errors: [{ code: 'PARKED_MESSAGE_ALREADY_ANSWERED' }] },
    });
  },
);

/** What operations do on the page for manual review. */
async function decideInConsole(decisions: readonly (readonly [guid: string, decision: string])[]): Promise<void> {
  const { page, faults } = await openConsoleOf({ hub, browser }, /^Operations/, { path: '/review' });
  const dialog = page.getByRole('dialog');
  for (const [guid, decision] of decisions) {
    const row = page
      .getByRole('group', { name: 'Parked messages' })
      .getByRole('row')
      .filter({ hasText: guid.slice(-4) });
    await row.getByRole('button', { name: 'Decide' }).click();
    await dialog.getByRole('radio', { name: decision }).check();
    await dialog.getByRole('textbox', { name: 'Reason' }).fill('the fault is mended');
    expect(await accessibilityFaults(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Decide' }).click();
    await row.waitFor({ state: 'detached' });
  }
  expect(faults).toEqual([]);
}
