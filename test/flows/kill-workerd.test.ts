import { setTimeout as pause } from 'node:timers/promises';

import { Pool } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { FRESHNESS_SECONDS, HEADER_TOKEN_NAME } from '../../protocol/header-token.ts';
import type { PreparedMessage } from '../bench/payments/outside-world.ts';
import { createOrders } from '../bench/payments/participants.ts';
import { messagePreparer } from '../bench/payments/prepare-messages.ts';
import { descendantsNamed } from '../bench/process-cpu.ts';
import { faultRun } from '../support/fault-run.ts';
import { waitFor } from '../support/wait-for.ts';
import { ordersPaidTwice, waitUntilSettled } from './books.ts';
import { startHubUnderTest, type HubUnderTest } from './hub-under-test.ts';

const KILLS = faultRun().long ? 20 : 10;
const SENDERS = 4;
/** Messages that lie ready, for the time without the core, when no order can be made. */
const READY = 60;
/** A bank's customers do not all pay in the same millisecond. */
const BETWEEN_MESSAGES_MS = 30;
const SEND_AGAIN_MS = 50;
const SETTLE_LIMIT_MS = 90_000;
const SPARE_SECONDS = 60;

let hub: HubUnderTest;
let database: Pool;

beforeAll(async () => {
  hub = await startHubUnderTest({ ownPostgres: true });
  database = new Pool({ connectionString: hub.hub.databaseUrl, max: 1 });
}, 120_000);
afterAll(async () => {
  await database.end();
  await hub.stop();
}, 30_000);

interface Sent {
  readonly message: PreparedMessage;
  readonly status: number;
  readonly body: string;
  /** How often it was sent until somebody answered. */
  readonly tries: number;
}

async function send({ path, headerToken, body }: PreparedMessage): Promise<{ status: number; body: string }> {
  const headers = { 'content-type': 'application/json', [HEADER_TOKEN_NAME]: headerToken };
  const response = await fetch(hub.sandbox.edge + path, { method: 'POST', headers, body, signal: AbortSignal.timeout(20_000) });
  return { status: response.status, body: await response.text() };
}

/** Whether its header token is still believed when the machine takes its time. */
function isFresh({ headerToken }: PreparedMessage): boolean {
  const [, payload = ''] = headerToken.split('.');
  const { iat } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { iat: number }; // The preparer made it.
  return Date.now() / 1000 - iat < FRESHNESS_SECONDS - SPARE_SECONDS;
}

/** As a bank does: the same bytes until there is an answer that says something about the message. */
async function sendUntilAnswered(message: PreparedMessage): Promise<Sent> {
  for (let tries = 1; ; tries++) {
    const answer = await send(message).catch(() => null); // The connection broke: nobody knows what has become of it.
    if (answer && answer.status !== 503) return { message, ...answer, tries };
    await pause(SEND_AGAIN_MS);
  }
}

/** Banks that send message after message, and somebody who makes orders for them while the core is there. */
function startLoad() {
  const prepare = messagePreparer({ edge: hub.sandbox.edge, payer: hub.payer });
  const stopped = new AbortController();
  const ready: PreparedMessage[] = [];
  const sent: Sent[] = [];
  const refill = async (): Promise<void> => {
    const orders = { gateway: hub.sandbox.gateway, secretKey: hub.merchant.secretKey, redirectUrl: hub.sandbox.sandbox };
    while (!stopped.signal.aborted) {
      const missing = READY - ready.length;
      const ids = missing > 0 ? await createOrders({ ...orders, count: Math.min(missing, SENDERS * 4) }).catch(() => []) : []; // No core.
      for (const id of ids) ready.push(await prepare(id));
      await pause(BETWEEN_MESSAGES_MS);
    }
  };
  const sender = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      const message = ready.shift();
      if (message) sent.push(await sendUntilAnswered(message));
      await pause(BETWEEN_MESSAGES_MS);
    }
  };
  const running = Promise.all([refill(), ...Array.from({ length: SENDERS }, sender)]);
  return {
    sent,
    isReady: () => ready.length >= READY,
    async stop() {
      stopped.abort();
      await running;
    },
  };
}

const workerd = (): number => descendantsNamed(hub.hub.pids()['edge'] ?? 0, 'workerd')[0] ?? 0;

async function killWorkerd(): Promise<void> {
  const pid = await waitFor(workerd);
  process.kill(pid, 'SIGKILL');
  const isBack = async (): Promise<boolean> => workerd() !== pid && (await fetch(`${hub.sandbox.edge}/livez`)).ok;
  await waitFor(isBack, { timeoutMs: 60_000 });
}

async function isCoreThere(): Promise<boolean> {
  const ready = await fetch(new URL('/readyz', hub.sandbox.gateway), { signal: AbortSignal.timeout(500) }).catch(() => null);
  return ready?.ok ?? false; // A core that is gone refuses the connection.
}

test(
  `kill -9 of workerd under load, ${KILLS} times, with the core alternately there and killed, loses and doubles no acknowledged message`,
  async ({ annotate }) => {
    const load = startLoad();
    let withoutCore = 0;
    let askedAgain = 0;
    let heard = 0;
    for (let kills = 0; kills < KILLS; kills++) {
      await waitFor(load.isReady, { timeoutMs: 60_000 });
      const before = load.sent.length;
      await waitFor(() => load.sent.length > before + SENDERS * 2, { timeoutMs: 30_000 });
      if (kills % 2 === 1) {
        process.kill(hub.hub.pids()['core'] ?? 0, 'SIGKILL');
        await waitFor(() => load.sent.at(-1)?.status === 202, { timeoutMs: 30_000 });
        if (!(await isCoreThere())) withoutCore++;
      } else {
        await pause(Math.random() * 50);
      }
      await killWorkerd();
      const back = load.sent.length;
      await waitFor(() => load.sent.length > back + SENDERS, { timeoutMs: 30_000 });
      await waitFor(isCoreThere, { timeoutMs: 60_000 });
      // At once, because a header token is not good for ever.
      const since = load.sent.slice(heard).filter(({ message }) => isFresh(message));
      heard = load.sent.length;
      for (const { message, status, body } of since) expect(await send(message)).toEqual({ status, body });
      askedAgain += since.length;
    }
    await load.stop();
    expect(askedAgain).toBeGreaterThan(KILLS * SENDERS);

    const acknowledged = load.sent.filter(({ status }) => status === 200 || status === 202);
    expect(load.sent.filter((one) => !acknowledged.includes(one))).toEqual([]);
    expect(withoutCore).toBeGreaterThan(KILLS / 4);
    const guids = acknowledged.map(({ body }) => (JSON.parse(body) as { guid: string }).guid); // The guide's 200 and 202.
    expect(guids).toEqual(acknowledged.map(({ message }) => message.guid));
    await waitUntilSettled(hub, database, guids, { timeoutMs: SETTLE_LIMIT_MS });
    expect(await ordersPaidTwice(database)).toEqual([]);
    const { rows } = await database.query<{ payments: string }>('select count(*) as payments from payments.payment');
    const doubled = Number(rows[0]?.payments) - new Set(guids).size;
    expect(doubled).toBe(0);
    const promised = acknowledged.filter(({ status }) => status === 202).length;
    const repeated = acknowledged.filter(({ tries }) => tries > 1).length;
    await annotate(
      `${KILLS} kills of workerd, ${withoutCore} of them without the core; ${guids.length} acknowledged, ${promised} of them promised, ` +
        `${repeated} sent more than once; 0 lost, ${doubled} doubled, ${askedAgain} asked once more and answered the same`,
    );
  },
  KILLS * 20_000 + SETTLE_LIMIT_MS * 2,
);
