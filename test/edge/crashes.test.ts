import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { faultRun } from '../support/fault-run.ts';
import { waitFor } from '../support/wait-for.ts';
import { aGet, aMessage, anEdge, send, type Answered, type EdgeUnderTest, type Prepared } from './support/edge-under-test.ts';

const KILLS = faultRun().long ? 20 : 4;
const SENDERS = 8;
const DRAIN_MS = 20_000;

let t: EdgeUnderTest;
beforeEach(async () => {
  t = await anEdge();
  await waitFor(async () => (await fetch(`${t.url}/readyz`)).status === 200);
});
afterEach(() => t.stop());

async function killWorkerd(): Promise<void> {
  const pid = await waitFor(() => t.edge.workerdPid());
  process.kill(pid, 'SIGKILL');
  await waitFor(async () => (await t.edge.workerdPid()) !== pid && (await fetch(`${t.url}/livez`)).ok, { timeoutMs: DRAIN_MS });
}

/** Null when the connection broke: the bank knows nothing then. */
const sendOrBreak = (request: Prepared): Promise<Answered | null> => send(t.url, request).catch(() => null);

/** Sends messages from several senders until told to stop; gives every message with its answer. */
function underLoad(): { stop(): Promise<{ message: Prepared; answer: Answered | null }[]> } {
  const sent: { message: Prepared; answer: Answered | null }[] = [];
  const stopped = new AbortController();
  const senders = Array.from({ length: SENDERS }, async () => {
    while (!stopped.signal.aborted) {
      const message = await aMessage(t.bank);
      sent.push({ message, answer: await sendOrBreak(message) });
    }
  });
  return {
    async stop() {
      stopped.abort();
      await Promise.all(senders);
      return sent;
    },
  };
}

describe('workerd killed under load', () => {
  it.for(['up', 'down'] as const)('loses no acknowledged message with the core %s', { timeout: KILLS * 22_500 }, async (coreIs) => {
    // A fifth of the payments is refused while their banks wait; once promised, nothing is.
    const isRefused = (guid: string): boolean => Number.parseInt(guid.slice(0, 2), 16) % 5 === 0;
    t.core.answer = (request) => {
      const { mode, paymentGuid } = request.envelope;
      const refused = mode === 'answer' && paymentGuid !== null && isRefused(paymentGuid);
      return refused ? { status: 400, body: JSON.stringify({ code: 'AMOUNT_MISMATCH' }) } : t.core.answerAsPayments(request);
    };
    if (coreIs === 'down') await t.core.down();
    const load = underLoad();
    for (let kill = 0; kill < KILLS; kill++) {
      const before = t.core.forwarded.length;
      if (coreIs === 'up') await waitFor(() => t.core.forwarded.length > before + 20, { timeoutMs: DRAIN_MS });
      else await waitFor(async () => (await send(t.url, await aMessage(t.bank))).status === 202, { timeoutMs: DRAIN_MS });
      await killWorkerd();
    }
    const sent = await load.stop();
    if (coreIs === 'down') await t.core.up();
    const acknowledged = sent.filter(({ answer }) => answer && answer.status < 300);
    expect(acknowledged.length).toBeGreaterThan(KILLS);
    expect(
      [...new Set(sent.map(({ answer }) => answer?.status))].filter((status) => ![undefined, 200, 202, 400, 503].includes(status)),
    ).toEqual([]);
    await waitFor(() => acknowledged.every(({ answer }) => t.core.payments.has(String(answer?.json['guid']))), { timeoutMs: DRAIN_MS });

    // Whoever read a refusal has no payment.
    const bodies = new Map(t.core.of('payment-message').map((one) => [one.body, one.envelope.paymentGuid]));
    const refusedMessages = sent.filter(({ answer }) => answer?.status === 400);
    expect(refusedMessages.filter(({ message }) => t.core.payments.has(String(bodies.get(message.body ?? ''))))).toEqual([]);

    // A bank whose connection broke sends the same bytes again: it gets one answer, and there is one payment.
    const broken = sent.filter(({ answer }) => answer === null).slice(0, 20);
    for (const { message } of broken) {
      const answer = await send(t.url, message);
      expect([200, 202, 400]).toContain(answer.status);
      if (answer.status !== 400) await waitFor(() => t.core.payments.has(String(answer.json['guid'])), { timeoutMs: DRAIN_MS });
    }
    // And an acknowledged answer is still the same.
    for (const { message, answer } of acknowledged.slice(-10)) {
      expect(await send(t.url, message)).toMatchObject({ status: answer?.status, body: answer?.body });
    }
  });

  it('promises what it had not answered, and forwards it without being asked', async () => {
    const held = Promise.withResolvers<void>();
    t.core.answer = (request) => ({
      ...t.core.answerAsPayments(request),
      ...(request.envelope.mode === 'answer' ? { after: held.promise } : {}),
    });
    const message = await aMessage(t.bank);
    const first = sendOrBreak(message);
    await waitFor(() => t.core.of('payment-message').length === 1);
    await killWorkerd();
    held.resolve();
    expect(await first).toBeNull();
    await waitFor(() => t.core.of('payment-message').some((one) => one.envelope.mode === 'promised'), { timeoutMs: DRAIN_MS });
    expect(t.core.payments.size).toBe(1);
    const [guid] = t.core.payments.keys();
    expect(await send(t.url, message)).toMatchObject({ status: 202, json: { guid } });
  });

  it('comes back also when it dies again while it is starting', { timeout: 60_000 }, async () => {
    for (let round = 0; round < 3; round++) {
      const pid = await waitFor(() => t.edge.workerdPid());
      process.kill(pid, 'SIGKILL');
      const next = await waitFor(async () => {
        const found = await t.edge.workerdPid();
        return found === pid ? undefined : found;
      });
      process.kill(next, 'SIGKILL');
      await waitFor(async () => (await fetch(`${t.url}/livez`)).ok, { timeoutMs: DRAIN_MS });
    }
    expect((await send(t.url, await aMessage(t.bank))).status).toBe(200);
  });

  it('comes back on the same port and knows whom to believe without the core', async () => {
    await t.core.down();
    await killWorkerd();
    expect(t.edge.url).toBe(t.url);
    const answer = await send(t.url, await aMessage(t.bank));
    expect(answer.status).toBe(202);
    const read = await send(t.url, await aGet(t.bank, `/api/v1/counterparty/${t.bank.id}/payment-message/${String(answer.json['guid'])}`));
    expect(read.json).toMatchObject({ status: 'Pending' });
  });
});
