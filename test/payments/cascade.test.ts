import { createHash } from 'node:crypto';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { createSignatureVerifier } from '../../kernel/runtime/signing.ts';
import { checkHeaderToken, readHeaderToken } from '../../protocol/header-token.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Behaviour } from './support/receivers.ts';
import { IMPATIENT, type Message, PaymentsWorld } from './support/payments-world.ts';

let world: PaymentsWorld;
beforeAll(async () => {
  world = await PaymentsWorld.open();
});
afterEach(() => world.reset());
afterAll(() => world.close());

const HAPPY = ['receiver pay-in success', 'merchant merchant-pay-in success', 'initiator pay-out success', 'receiver credit success'];

/** One payment with receivers that answer as scripted, until nothing is left to do. */
async function played(scripts: readonly [receiver: string, type: string, answers: Behaviour[], always?: Behaviour][]): Promise<Message> {
  for (const script of scripts) world.receivers.script(...script);
  const hub = await world.hub({ settings: scripts.some(([, , answers]) => answers.includes('hang')) ? IMPATIENT : {} });
  const message = await world.message();
  expect(await world.send(hub, message)).toEqual({ status: 200, body: { guid: message.guid } });
  await world.untilSettled(message.guid);
  return message;
}

describe('a payment that everybody accepts', () => {
  it('tells receiver bank, merchant, payer bank and receiver bank, in this order', async () => {
    const { guid } = await played([]);
    expect(world.receivers.story()).toEqual(HAPPY);
    expect(world.receivers.received.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
    expect(await world.state(guid)).toBe('SUCCESS');
    const answered = 'CallbackAnswered';
    expect(await world.events(guid)).toEqual(['PaymentAccepted', answered, answered, 'PaymentSucceeded', answered, answered]);
  });

  it('succeeds on the business day, which the sandbox may have moved, and runs by the wall clock', async () => {
    world.businessLeadMs = 3 * 86_400_000;
    const { guid } = await played([]);
    const [event] = await world.rows<{ payload: { succeededAt: string }; at: Date }>(
      `select payload, at from (select subject, type, payload, at from event_log union all select subject, type, payload, at from event_outbox) e
       where type = 'PaymentSucceeded' and subject = $1`,
      guid,
    );
    expect(Date.parse(event?.payload.succeededAt ?? '') - (event?.at.getTime() ?? 0)).toBe(world.businessLeadMs);
  });

  it('is told under tokens that the hub signed and bound to the one request', async () => {
    await played([]);
    const [hubKey] = world.parties.secrets.hubSigning;
    const verify = createSignatureVerifier(hubKey?.publicJwk ?? {});
    for (const { headerToken, payloadToken, path, body, receiver } of world.receivers.received) {
      const token = readHeaderToken(headerToken);
      if (!token.ok) throw new Error(token.failure.code);
      const bodySha256 = createHash('sha256').update(body).digest('base64url');
      const audience = { initiator: world.parties.initiator.entry.guid, receiver: world.parties.receiver.entry.guid }[receiver];
      const request = { method: 'POST', path, bodySha256, now: world.time.now(), audience: audience ?? world.parties.merchantUid };
      expect(checkHeaderToken(token.value, { ...request, bindingRequired: true })).toMatchObject({ ok: true, value: { bound: true } });
      expect(verify(token.value.signingInput, token.value.signature)).toBe(true);
      const end = payloadToken.lastIndexOf('.');
      expect(verify(payloadToken.slice(0, end), Buffer.from(payloadToken.slice(end + 1), 'base64url'))).toBe(true);
    }
  });

  it('sends the same payload at every try of a delivery, under a new header token', async () => {
    await played([['merchant', 'merchant-pay-in', [503, 'lose', 'hang', 302, 429]]]);
    const tries = world.receivers.of('merchant', 'merchant-pay-in');
    expect(tries).toHaveLength(6);
    expect(new Set(tries.map(({ payloadToken }) => payloadToken)).size).toBe(1);
    expect(new Set(tries.map(({ headerToken }) => headerToken)).size).toBe(6);
  });
});

describe('what a receiver answers before the point of no return', () => {
  it.each<[string, Behaviour]>([
    ['4xx', 422],
    ['nothing clear until the last try', 503],
    ['nothing at all', 'lose'],
  ])('receiver bank, Pay-in: %s rejects', async (_case, behaviour) => {
    const { guid } = await played([['receiver', 'pay-in', [], behaviour]]);
    const refused = behaviour === 422;
    expect(world.receivers.of('receiver', 'pay-in')).toHaveLength(refused ? 1 : 11);
    expect(world.receivers.of('merchant', 'merchant-pay-in')).toEqual([]);
    expect(world.receivers.of('initiator', 'pay-out').map(({ status }) => status)).toEqual(['reject']);
    expect(world.receivers.of('receiver', 'reject-notice')).toHaveLength(refused ? 0 : 1);
    expect(await world.status(await world.hub(), guid)).toMatchObject({ status: 200, body: { status: 'Reject' } });
  });

  it.each<[string, Behaviour, string[]]>([
    ['4xx', 404, ['receiver reject-notice reject']],
    ['nothing clear until the last try', 500, ['receiver reject-notice reject', 'merchant reject-notice reject']],
  ])('merchant, Pay-in: %s rejects, and everybody who may believe otherwise is told', async (_case, behaviour, notices) => {
    const { guid } = await played([['merchant', 'merchant-pay-in', [], behaviour]]);
    expect(
      world.receivers
        .story()
        .filter((line) => line.includes('reject-notice'))
        .sort(),
    ).toEqual([...notices].sort());
    const [payOut] = world.receivers.of('initiator', 'pay-out');
    expect(payOut).toMatchObject({ status: 'reject', reason: 'No response on the callback from the merchant' });
    expect((await world.events(guid)).filter((type) => type.startsWith('Payment'))).toEqual(['PaymentAccepted', 'PaymentRejected']);
  });

  it('408, 425, 429, 3xx and 5xx are retried and decide nothing', async () => {
    const { guid } = await played([['receiver', 'pay-in', [408, 425, 429, 301, 500]]]);
    expect(world.receivers.of('receiver', 'pay-in')).toHaveLength(6);
    expect(await world.state(guid)).toBe('SUCCESS');
  });

  it('waits as long as Retry-After says', async () => {
    await played([['receiver', 'pay-in', [{ status: 503, headers: { 'retry-after': '30' } }]]]);
    const rows = await world.rows<{ waited: number }>(
      'select extract(epoch from max(started_at) - min(started_at))::float8 as waited from attempt group by delivery_id having count(*) = 2',
    );
    expect(rows[0]?.waited).toBeGreaterThanOrEqual(30);
    expect(rows[0]?.waited).toBeLessThan(60);
  });
});

describe('what a receiver answers after the point of no return', () => {
  it.each(['pay-out', 'credit'])('%s: a second 4xx in a row goes to manual review; the payment stays successful', async (type) => {
    const receiver = type === 'credit' ? 'receiver' : 'initiator';
    const { guid } = await played([[receiver, type, [], 400]]);
    expect(world.receivers.of(receiver, type)).toHaveLength(2);
    expect(await world.deliveries(guid)).toContain(`${type}: PARKED`);
    expect(await world.state(guid)).toBe('SUCCESS');
    expect(await world.events(guid)).toContain('DeliveryParked');
  });

  it('a 4xx between unclear answers is retried', async () => {
    const { guid } = await played([['initiator', 'pay-out', [400, 503, 400, 200]]]);
    expect(await world.deliveries(guid)).toContain('pay-out: DONE');
  });

  it('no clear answer until the last try goes to manual review', async () => {
    const { guid } = await played([['initiator', 'pay-out', [], 503]]);
    expect(world.receivers.of('initiator', 'pay-out')).toHaveLength(11);
    expect(await world.deliveries(guid)).toContain('pay-out: PARKED');
  });

  it('Credit goes out when Pay-out has had its first answer of any kind', async () => {
    world.receivers.script('initiator', 'pay-out', [500], 'hang');
    const hub = await world.hub({ settings: IMPATIENT });
    const message = await world.message();
    await world.send(hub, message);
    await waitFor(() => world.receivers.of('receiver', 'credit').length === 1); // No time has passed.
    expect(world.receivers.story().slice(2, 4)).toEqual(['initiator pay-out success', 'receiver credit success']);
  });

  it('Credit goes out 15 seconds later while Pay-out gets no answer', async () => {
    world.receivers.script('initiator', 'pay-out', [], 'hang');
    const hub = await world.hub({ settings: IMPATIENT });
    const message = await world.message();
    const began = world.time.now().getTime();
    await world.send(hub, message);
    await world.until(() => world.receivers.of('receiver', 'credit').length === 1);
    expect(world.time.now().getTime() - began).toBeGreaterThanOrEqual(15_000);
    expect(world.time.now().getTime() - began).toBeLessThan(30_000);
  });

  it('a notice of a reject that nobody takes is closed as failed and shown', async () => {
    const { guid } = await played([
      ['merchant', 'merchant-pay-in', [], 400],
      ['receiver', 'reject-notice', [], 400],
    ]);
    expect(world.receivers.of('receiver', 'reject-notice')).toHaveLength(11);
    expect(await world.deliveries(guid)).toContain('reject-notice: FAILED');
  });
});

describe('addresses', () => {
  it('a bank without a route counts as one that does not answer', async () => {
    const { initiator, receiver } = world.parties;
    world.directory.set([initiator.entry, receiver.entry]);
    const { guid } = await played([]);
    expect(await world.state(guid)).toBe('REJECT');
    expect(await world.rows('select distinct error from attempt')).toEqual([{ error: 'NO_ADDRESS' }]);
  });
});

describe('one bank on both sides', () => {
  it('is told as receiver and as payer, and hears each event once', async () => {
    const { initiator } = world.parties;
    const address = (route: string) => world.receivers.address('initiator', route);
    const routes = { ...initiator.entry.routes, payIn: address('pay-in'), payOut: address('pay-out'), credit: address('credit') };
    world.directory.set([{ ...initiator.entry, bankCodes: ['305299', '380634'], routes }]);
    world.useReceiverBank(initiator.entry.guid);
    const { guid } = await played([]);
    expect(world.receivers.story()).toEqual([
      'initiator pay-in success',
      'merchant merchant-pay-in success',
      'initiator pay-out success',
      'initiator credit success',
    ]);
    const heardBy = async (participant: string): Promise<readonly string[]> => {
      const heard = await world.rows<{ type: string }>(
        'select l.type from event_audience a join event_log l using (pos) where l.subject = $1 and a.participant = $2 order by pos',
        guid,
        participant,
      );
      return heard.map(({ type }) => type);
    };
    await waitFor(async () => (await heardBy(initiator.entry.guid)).length === 5);
    // The answers to its own three callbacks; the merchant's answer is the merchant's.
    const answered = 'CallbackAnswered';
    expect(await heardBy(initiator.entry.guid)).toEqual(['PaymentAccepted', answered, 'PaymentSucceeded', answered, answered]);
    expect(await heardBy(world.parties.merchantUid)).toEqual(['PaymentAccepted', answered, 'PaymentSucceeded']);
  });
});
