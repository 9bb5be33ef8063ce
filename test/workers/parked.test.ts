import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { INGRESS } from '../../schema/edge-envelope.ts';
import { parkedReportSchema, type ParkedDecision, type ReportedMessage } from '../../schema/parked-messages.ts';
import { REFUSALS_MAX } from '../../workers/edge/inbox/message-state.ts';
import type { NewMessage } from '../../workers/edge/inbox/inbox-store.ts';
import {
  aBankId,
  aMessage,
  aRead,
  away,
  codeOf,
  core,
  inboxNamed,
  placeOf,
  playCore,
  rowsOf,
  sendMessage,
  statesOf,
  takes,
} from './support/inboxes.ts';

type Decide = (message: ReportedMessage) => Omit<ParkedDecision, 'guid' | 'parkedAt'> | undefined;

/** What the edge reported of the messages of this test, report by report: the objects of earlier tests go on living. */
const reports: ReportedMessage[][] = [];
const own = new Set<string>();
const refuses = () => Promise.resolve(Response.json({ code: 'INVALID_REQUEST' }, { status: 400 }));

beforeAll(() => {
  playCore();
  vi.spyOn(console, 'warn').mockImplementation(() => undefined); // It says of each message that it is parked.
});
beforeEach(() => {
  reports.length = 0;
  own.clear();
});

/** A core that does with messages what it is told, hears reports, and answers them with decisions or in another way. */
function play(o: { message: (request: Request) => Promise<Response>; decide?: Decide; report?: () => Promise<Response> }): void {
  core.answer = async (request) => {
    if (new URL(request.url).pathname !== INGRESS['parked-messages'].path) return o.message(request);
    if (o.report) return o.report();
    const { messages } = parkedReportSchema.parse(await request.json());
    const mine = messages.filter(({ guid }) => own.has(guid));
    if (mine.length > 0) reports.push(mine);
    const decisions = mine.flatMap((message) => {
      const decision = o.decide?.(message);
      return decision ? [{ guid: message.guid, parkedAt: message.parkedAt, ...decision }] : [];
    });
    return Response.json({ decisions });
  };
}

/** A bank whose only message the core would not take. */
async function aParkedMessage(): Promise<{ bank: string; message: NewMessage }> {
  const bank = aBankId();
  const message = aMessage({ bank });
  own.add(message.guid);
  core.answer = away;
  expect((await sendMessage(bank, message)).status).toBe(202);
  play({ message: refuses });
  await refuseUntilParked(bank);
  return { bank, message };
}

async function refuseUntilParked(bank: string): Promise<void> {
  for (let refusal = 0; refusal < REFUSALS_MAX; refusal++) await alarm(bank);
  expect((await statesOf(bank)).map(({ state }) => state)).toEqual(['PARKED']);
}

/** An alarm at which everything is due. The next one is not left to the runtime: resolves when it would have come. */
function alarm(bank: string): Promise<number> {
  return runInDurableObject(inboxNamed(bank), async (object, { storage }) => {
    storage.sql.exec('UPDATE message SET due = 0');
    await object.sweep();
    await storage.deleteAlarm();
    await object.alarm();
    const next = await storage.getAlarm();
    await storage.deleteAlarm();
    return next ?? Number.POSITIVE_INFINITY;
  });
}

const modesOf = (message: NewMessage) => core.sent.filter(({ paymentGuid }) => paymentGuid === message.guid).map(({ mode }) => mode);
const askStatus = async (bank: string, guid: string) =>
  JSON.parse((await inboxNamed(bank).messageStatus(placeOf(bank), guid, aRead())).body) as { status?: string };

describe('a parked message', () => {
  it('is reported with what it is about, and nothing of a person, as soon as it is parked', async () => {
    const { bank, message } = await aParkedMessage();
    expect(reports.at(-1)).toEqual([
      {
        guid: message.guid,
        state: 'parked',
        parkedAt: expect.stringMatching(/Z$/) as string,
        reason: 'the core answered 400 INVALID_REQUEST',
        tries: REFUSALS_MAX - 1,
        about: { bankGuid: bank, receivedAt: message.facts.receivedAt, orderId: 'o', amountMinor: '500', currency: 'UAH' },
      },
    ]);
    const envelope = core.sent.findLast(({ operation }) => operation === 'parked-messages');
    expect(envelope?.participant).toBeNull();
  });

  it('is reported again and again, at its time and when the cron trigger asks, and is not sent', async () => {
    const { bank, message } = await aParkedMessage();
    const before = { reports: reports.length, sends: modesOf(message).length };
    const next = await runInDurableObject(inboxNamed(bank), async (object, { storage }) => {
      await object.alarm(); // Before its time.
      return await storage.getAlarm();
    });
    expect(reports).toHaveLength(before.reports);
    expect(next).toBeGreaterThan(Date.now() + 1_000);
    expect(next).toBeLessThan(Date.now() + 20_000);
    expect(await inboxNamed(bank).sweep()).toEqual({ waiting: 0, due: 0, parked: 1 });
    await vi.waitUntil(() => reports.length > before.reports, { timeout: 10_000 });
    await evictDurableObject(inboxNamed(bank));
    await inboxNamed(bank).sweep();
    await vi.waitUntil(() => reports.length > before.reports + 1, { timeout: 10_000 });
    expect(modesOf(message)).toHaveLength(before.sends);
  });

  it('is sent once more when operations say so, once however often they are heard', async () => {
    const { bank, message } = await aParkedMessage();
    const sends = modesOf(message).length;
    const decide: Decide = () => ({ operation: 'replay', operationId: 'one', reason: 'mended' });
    play({ message: takes, decide });
    await alarm(bank);
    await alarm(bank);
    expect(modesOf(message).slice(sends)).toEqual(['promised']);
    expect(await statesOf(bank)).toEqual([{ state: 'DONE', dropped: 1 }]);
  });

  it('that is parked again after that waits for a new decision', async () => {
    const { bank } = await aParkedMessage();
    const decide: Decide = () => ({ operation: 'replay', operationId: 'one', reason: 'mended' });
    play({ message: refuses, decide });
    await alarm(bank);
    expect((await statesOf(bank))[0]?.['state']).toBe('PROMISED');
    await refuseUntilParked(bank);
    for (let again = 0; again < 3; again++) await alarm(bank);
    expect((await statesOf(bank))[0]?.['state']).toBe('PARKED');
    const parkings = new Set(reports.flat().map(({ parkedAt }) => parkedAt));
    expect(parkings.size).toBe(2);
  });

  it('takes no decision about a parking that is over', async () => {
    const { bank } = await aParkedMessage();
    core.answer = async () =>
      Response.json({
        decisions: [
          {
            guid: reports.flat()[0]?.guid,
            parkedAt: '2020-01-01T00:00:00.000Z',
            operation: 'refuse',
            operationId: 'old',
            reason: 'too late',
          },
        ],
      });
    await alarm(bank);
    expect((await statesOf(bank))[0]?.['state']).toBe('PARKED');
  });

  it('is told as refused when operations refused it', async () => {
    const { bank, message } = await aParkedMessage();
    const sends = modesOf(message).length;
    play({ message: takes, decide: () => ({ operation: 'refuse', operationId: 'one', reason: 'a fraud' }) });
    expect((await askStatus(bank, message.guid)).status).toBe('Pending');
    await alarm(bank);
    expect((await askStatus(bank, message.guid)).status).toBe('Reject');
    await alarm(bank);
    expect(modesOf(message).slice(sends)).toEqual(['refused']);
    expect(await statesOf(bank)).toEqual([{ state: 'DONE', dropped: 1 }]);
    const again = await sendMessage(bank, { ...message, token: aMessage().token });
    expect([again.status, codeOf(again)]).toEqual([409, 'REFUSED_BY_OPERATIONS']);
  });

  it('that cannot even be recorded as refused is dismissed, which the core hears until it has heard it', async () => {
    const { bank, message } = await aParkedMessage();
    play({ message: refuses, decide: () => ({ operation: 'refuse', operationId: 'one', reason: 'nonsense' }) });
    await alarm(bank);
    play({ message: refuses, report: away });
    await alarm(bank);
    expect((await statesOf(bank))[0]?.['state']).toBe('DISMISSED');
    play({ message: refuses });
    reports.length = 0;
    await alarm(bank);
    expect(await alarm(bank)).toBeGreaterThan(Date.now() + 60_000 - 15_000);
    expect(reports.map((report) => report.map(({ guid, state }) => [guid, state]))).toEqual([[[message.guid, 'dismissed']]]);
    expect((await askStatus(bank, message.guid)).status).toBe('Reject');
    expect(codeOf(await sendMessage(bank, { ...message, token: aMessage().token }))).toBe('REFUSED_BY_OPERATIONS');
  });

  it.for<[string, () => Promise<Response>]>([
    ['is away', away],
    ['does not know reports', () => Promise.resolve(Response.json({ code: 'NOT_FOUND' }, { status: 404 }))],
    ['talks nonsense', () => Promise.resolve(new Response('<html>'))],
    ['says something else', () => Promise.resolve(Response.json({ decisions: [{ guid: 'x' }] }))],
  ])('stays while the core %s, and is reported later', async ([, report]) => {
    const { bank } = await aParkedMessage();
    play({ message: refuses, report });
    expect(await alarm(bank)).toBeLessThan(Date.now() + 20_000);
    expect((await statesOf(bank))[0]?.['state']).toBe('PARKED');
    play({ message: refuses });
    const before = reports.length;
    await alarm(bank);
    expect(reports).toHaveLength(before + 1);
  });

  it('whose row cannot be read is reported without what it was about, and is over when it is refused', async () => {
    const bank = aBankId();
    core.answer = away;
    const message = aMessage({ bank });
    own.add(message.guid);
    await sendMessage(bank, message);
    await rowsOf(bank, "UPDATE message SET facts = '{'");
    play({ message: takes });
    await alarm(bank);
    expect(reports.at(-1)).toMatchObject([{ about: null, reason: expect.stringContaining('the row cannot be read') as string }]);
    play({ message: takes, decide: () => ({ operation: 'refuse', operationId: 'one', reason: 'lost' }) });
    await alarm(bank);
    await alarm(bank);
    expect((await statesOf(bank))[0]?.['state']).toBe('DISMISSED');
  });

  it('is one of more than fit into a report: all are reported', async () => {
    const { bank } = await aParkedMessage();
    await rowsOf(
      bank,
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 249)
       INSERT INTO message (guid, state, jti, request_hash, kept_until, facts, pending, content_type, raw, reason, parked_at)
       SELECT printf('00000000-0000-4000-8000-%012d', i), 'PARKED', i, '', 0, facts, pending, content_type, raw, reason, parked_at FROM message, n`,
    );
    for (const { guid } of await rowsOf(bank, 'SELECT guid FROM message')) own.add(String(guid));
    reports.length = 0;
    await alarm(bank);
    expect(reports.map((report) => report.length)).toEqual([100, 100, 50]);
    expect(new Set(reports.flat().map(({ guid }) => guid)).size).toBe(250);
  });
});
