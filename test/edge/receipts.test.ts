import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readReceipt, type Receipt } from '../../protocol/client/read-receipt.ts';
import { RECEIPT_ENTRIES_MAX, RECEIPT_HEADER } from '../../protocol/receipt.ts';
import { waitFor } from '../support/wait-for.ts';
import { aGet, aMessage, anEdge, send, type Answered, type EdgeUnderTest, type Prepared } from './support/edge-under-test.ts';
import type { Actor } from './support/participants.ts';

const RESTART_MS = 20_000;
const HEADER_BYTES_MAX = 4096;

let t: EdgeUnderTest;
beforeAll(async () => {
  t = await anEdge();
  await waitFor(async () => (await fetch(`${t.url}/readyz`)).ok);
});
afterAll(() => t.stop());
afterEach(() => {
  t.core.answer = (request) => t.core.answerAsPayments(request);
});

const receiptOf = (answer: Answered): string | null => answer.headers.get(RECEIPT_HEADER);

/** What the bank reads in the receipt; throws when it may not believe it. */
async function believed(message: Prepared, answer: Answered, bank: Actor = t.bank): Promise<Receipt> {
  const { method, path, body = '' } = message;
  const answered = { method, path, body, status: answer.status, guid: String(answer.json['guid']) };
  const read = await readReceipt(receiptOf(answer), answered, { hubKeys: t.hubKeys, audience: bank.id });
  if (!read.ok) throw new Error(`the receipt is not believed: ${read.failure.code}`);
  return read.value;
}

describe('the answer to an accepted message', () => {
  it('has a receipt over its bytes, guid, status and time', async () => {
    const before = Math.floor(Date.now() / 1000);
    const message = await aMessage(t.bank);
    const answer = await send(t.url, message);
    const receipt = await believed(message, answer);
    expect(receipt).toMatchObject({ guid: answer.json['guid'], status: 200 });
    expect(receipt.at.getTime() / 1000).toBeGreaterThanOrEqual(before);
    expect(receipt.at.getTime()).toBeLessThanOrEqual(Date.now());
  });

  it('has the same receipt when the same bytes come again, one after another or fifty at once', async () => {
    const message = await aMessage(t.bank);
    const first = await send(t.url, message);
    expect(receiptOf(await send(t.url, message))).toBe(receiptOf(first));
    const flood = await aMessage(t.bank);
    const answers = await Promise.all(Array.from({ length: 50 }, () => send(t.url, flood)));
    expect(new Set(answers.map(receiptOf)).size).toBe(1);
    await Promise.all(answers.map((answer) => believed(flood, answer)));
  });

  it('shares its receipt with others of the same bank only, and each finds itself in it', async () => {
    const held = Promise.withResolvers<void>();
    t.core.answer = (request) => ({ ...t.core.answerAsPayments(request), after: held.promise });
    const before = t.core.forwarded.length;
    const messages = await Promise.all(
      [t.bank, t.otherBank].flatMap((bank) => Array.from({ length: 40 }, async () => ({ bank, message: await aMessage(bank) }))),
    );
    const answers = Promise.all(messages.map(({ message }) => send(t.url, message)));
    await waitFor(() => t.core.forwarded.length === before + messages.length);
    held.resolve();
    const told = (await answers).map((answer, n) => ({ answer, ...(messages[n] ?? { bank: t.bank, message: { path: '', method: '' } }) }));
    for (const { answer, message, bank } of told) {
      expect(answer.status).toBe(200);
      await believed(message as Prepared, answer, bank); // The message that was sent.
      expect((receiptOf(answer) ?? '').length).toBeLessThan(HEADER_BYTES_MAX);
    }
    const receipts = [...new Set(told.map(({ answer }) => receiptOf(answer)))];
    const entries = receipts.map((receipt) => entriesOf(receipt ?? ''));
    expect(entries.flat()).toHaveLength(messages.length);
    expect(Math.max(...entries.map((of) => of.length))).toBeLessThanOrEqual(RECEIPT_ENTRIES_MAX);
    expect(receipts.length).toBeLessThan(messages.length);
  });
});

describe('an answer that accepts nothing', () => {
  it('has no receipt: a refusal of the edge, one of the core, a duplicate, a read', async () => {
    const jti = randomUUID();
    await send(t.url, await aMessage(t.bank, { claims: { jti } }));
    const none = [
      await aMessage(t.bank, { claims: { amount: -1 } }),
      await aMessage(t.bank, { claims: { jti } }),
      await aMessage(t.bank, { headerToken: 'x' }),
      await aGet(t.bank, '/api/v1/merchants/order/nbu/json?id=1'),
    ];
    for (const request of none) expect(receiptOf(await send(t.url, request))).toBeNull();
    t.core.answer = () => ({ status: 400, body: JSON.stringify({ code: 'AMOUNT_MISMATCH' }) });
    expect(receiptOf(await send(t.url, await aMessage(t.bank)))).toBeNull();
  });
});

describe('a promise', () => {
  it('is receipted while the core is away, and the same bytes get that receipt also after a restart and when the core is back', async () => {
    await t.core.down();
    const message = await aMessage(t.bank);
    const answer = await send(t.url, message);
    expect(await believed(message, answer)).toMatchObject({ status: 202, guid: answer.json['guid'] });
    await t.restart();
    expect(await send(t.url, message)).toMatchObject({ status: 202, body: answer.body });
    expect(receiptOf(await send(t.url, message))).toBe(receiptOf(answer));
    await t.core.up();
    await waitFor(() => t.core.payments.has(String(answer.json['guid'])), { timeoutMs: RESTART_MS });
    expect(receiptOf(await send(t.url, message))).toBe(receiptOf(answer));
  });

  it('for a message whose answer died with workerd is receipted once, whoever asks for it first', { timeout: 60_000 }, async () => {
    t.core.answer = () => ({ status: 200, after: new Promise(() => undefined) });
    const before = t.core.forwarded.length;
    const messages = await Promise.all(Array.from({ length: 20 }, () => aMessage(t.bank)));
    const lost = messages.map((message) => send(t.url, message).catch(() => null));
    await waitFor(() => t.core.forwarded.length === before + messages.length);
    const pid = await waitFor(() => t.edge.workerdPid());
    process.kill(pid, 'SIGKILL');
    expect(await Promise.all(lost)).toEqual(messages.map(() => null));
    await waitFor(async () => (await t.edge.workerdPid()) !== pid && (await fetch(`${t.url}/livez`)).ok, { timeoutMs: RESTART_MS });

    const answers = await Promise.all([...messages, ...messages].map((message) => send(t.url, message)));
    for (const [n, message] of messages.entries()) {
      const [first, second] = [answers[n], answers[n + messages.length]];
      if (!first || !second) throw new Error('every message was sent twice');
      expect(await believed(message, first)).toMatchObject({ status: 202 });
      expect(receiptOf(second)).toBe(receiptOf(first));
      expect(receiptOf(await send(t.url, message))).toBe(receiptOf(first));
    }
    t.core.answer = (request) => t.core.answerAsPayments(request);
  });
});

function entriesOf(receipt: string): unknown[] {
  const claims = JSON.parse(Buffer.from(receipt.split('.')[1] ?? '', 'base64url').toString('utf8')) as { receipts: unknown[] };
  return claims.receipts; // Believed above.
}
