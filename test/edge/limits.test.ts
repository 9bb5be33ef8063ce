import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { aGet, aMessage, anEdge, send, type Answered, type EdgeUnderTest, type Prepared } from './support/edge-under-test.ts';
import { anActor, bankEntry, merchantEntry, type Actor } from './support/participants.ts';

const STRANGERS_BURST = 20;
const SMALL = { perSecond: 1, burst: 5, shards: 1 };

let t: EdgeUnderTest;
let busy: Actor;
let sharded: Actor;
beforeAll(async () => {
  // So little a second that nothing comes back during a test.
  t = await anEdge({ vars: { ADDRESS_PER_SECOND: '0.001', ADDRESS_BURST: String(STRANGERS_BURST) } });
  [busy, sharded] = await Promise.all([anActor(randomUUID()), anActor(randomUUID())]);
  publish(1);
  await waitFor(async () => (await send(t.url, from('192.0.2.1', await aMessage(busy)))).status === 200);
});
afterAll(() => t.stop());

function publish(shards: number): void {
  const limits = { perSecond: 20_000, burst: 100_000, shards };
  t.core.publish({
    banks: [bankEntry(t.bank), bankEntry(t.otherBank), bankEntry(busy, { limits: SMALL }), bankEntry(sharded, { limits })],
    merchants: [merchantEntry(t.merchant, t.otherBank.id, { limits: SMALL })],
  });
}

/** Cloudflare says where a request came from; on one machine whoever sends may. */
function from(address: string, request: Prepared): Prepared {
  return { ...request, headers: { ...request.headers, 'cf-connecting-ip': address } };
}
const statusesOf = (answers: readonly Answered[]): number[] => [...new Set(answers.map(({ status }) => status))].toSorted((a, b) => a - b);
const of = (answers: readonly Answered[], status: number): Answered[] => answers.filter((answer) => answer.status === status);
const sendAll = (requests: readonly Prepared[]): Promise<Answered[]> => Promise.all(requests.map((request) => send(t.url, request)));
const many = (count: number, make: () => Promise<Prepared>): Promise<Prepared[]> => Promise.all(Array.from({ length: count }, make));

describe('an address', () => {
  it('is refused after so many requests without a valid signature, and nobody else is', async () => {
    const forged = from(
      '198.51.100.1',
      await aMessage(t.bank, { headerToken: t.bank.signRaw({ alg: 'RS256', kid: t.otherBank.kid }, '{}') }),
    );
    const before = t.core.forwarded.length;
    const flood = await sendAll(Array.from({ length: 60 }, () => forged));
    expect(of(flood, 401)).toHaveLength(STRANGERS_BURST);
    expect(of(flood, 429)).toHaveLength(60 - STRANGERS_BURST);
    for (const answer of of(flood, 429)) {
      expect(answer.json).toMatchObject({ code: 'RATE_LIMITED' });
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(answer.headers.get('ratelimit')).toMatch(/^"address";r=0;t=\d+$/);
      expect(answer.headers.get('ratelimit-policy')).toBe('"address";q=1;w=1');
    }
    expect(t.core.forwarded.length).toBe(before);
    expect((await send(t.url, from('198.51.100.2', await aMessage(t.bank)))).status).toBe(200);
  });

  it('may send any number of requests with a valid signature', async () => {
    for (let round = 0; round < 5; round++) {
      const requests = await many(STRANGERS_BURST / 2, async () => from('198.51.100.3', await aMessage(t.bank)));
      expect(statusesOf(await sendAll(requests))).toEqual([200]);
    }
  });

  it('is limited in what needs no signature', async () => {
    const page = from('198.51.100.4', { method: 'GET', path: '/api/v1/.well-known/jwks.json', headers: {}, body: undefined });
    const answers = await sendAll(Array.from({ length: 30 }, () => page));
    expect([of(answers, 200).length, of(answers, 429).length]).toEqual([STRANGERS_BURST, 30 - STRANGERS_BURST]);
  });

  it('of IPv6 is a network', async () => {
    const page = (host: number) =>
      from(`2001:db8:1:2::${host.toString(16)}`, { method: 'GET', path: '/api/v1/.well-known/jwks.json', headers: {}, body: undefined });
    const answers = await sendAll(Array.from({ length: 30 }, (_, host) => page(host + 1)));
    expect(of(answers, 200)).toHaveLength(STRANGERS_BURST);
  });
});

describe('a participant over its limit', () => {
  it('hears 429, and slows no other participant', async () => {
    const flood = await many(60, async () => from('192.0.2.10', await aMessage(busy)));
    // What is under way counts for its address until its signature was checked, so these come from several.
    let host = 0;
    const others = await many(60, async () => from(`192.0.2.${100 + (host++ % 20)}`, await aMessage(t.bank)));
    const startedAt = performance.now();
    const interleaved = flood.flatMap((request, at) => [request, others[at] ?? request]);
    const answers = await sendAll(interleaved);
    const seconds = (performance.now() - startedAt) / 1000;
    const [ofFlood, ofOthers] = [answers.filter((_, at) => at % 2 === 0), answers.filter((_, at) => at % 2 === 1)];
    expect(statusesOf(ofOthers)).toEqual([200]);
    expect(statusesOf(ofFlood)).toEqual([200, 429]);
    expect(of(ofFlood, 200).length).toBeLessThanOrEqual(SMALL.burst + Math.ceil(seconds) * SMALL.perSecond);
    const [refused] = of(ofFlood, 429);
    expect(refused?.json).toMatchObject({ code: 'RATE_LIMITED' });
    expect(refused?.headers.get('ratelimit')).toMatch(/^"participant";r=0;t=\d+$/);
    // What was refused has reached nobody: the core has seen the accepted ones and no others.
    const accepted = new Set(of(ofFlood, 200).map(({ json }) => json['guid']));
    const seen = t.core.of('payment-message').filter(({ envelope }) => envelope.participant?.id === busy.id);
    expect(seen.filter(({ envelope }) => accepted.has(envelope.paymentGuid))).toHaveLength(accepted.size);
    expect(seen.length).toBeLessThanOrEqual(accepted.size + 1); // And the first one, of the beginning.
  });

  it('may send the refused request again', async () => {
    const requests = await many(20, async () => from('192.0.2.12', await aMessage(busy)));
    const answers = await sendAll(requests);
    const refused = requests[answers.findIndex(({ status }) => status === 429)];
    if (!refused) throw new Error('nothing was refused');
    const again = await waitFor(async () => {
      const answer = await send(t.url, refused);
      return answer.status === 429 ? undefined : answer;
    });
    expect(again.status).toBe(200);
  });

  it('is limited in orders without a header token as well', async () => {
    const anOrder = async (): Promise<Prepared> => {
      const path = `/api/v1/merchants/order?jwt=${await t.merchant.sign({ sub: t.merchant.id, ref: randomUUID(), amt: 5 })}`;
      return from('192.0.2.13', { method: 'POST', path, headers: {}, body: undefined });
    };
    expect(statusesOf(await sendAll(await many(30, anOrder)))).toEqual([200, 429]);
  });
});

describe('a bank that gets more objects', () => {
  const send200 = async (request: Prepared): Promise<Answered> => {
    const answer = await send(t.url, request);
    expect(answer.status).toBe(200);
    return answer;
  };
  const replays = async (jti: string): Promise<Answered[]> => {
    const headerToken = () => sharded.headerToken({ jti });
    const order = `/api/v1/merchants/order/nbu/json?id=${randomUUID()}`;
    return sendAll([
      await aMessage(sharded, { headerToken: await headerToken() }),
      await aMessage(sharded, { headerToken: await headerToken() }),
      await aGet(sharded, order, { headerToken: await headerToken() }),
    ]);
  };

  it('keeps its answers and its used tokens, over a restart as well', async () => {
    const jtis = Array.from({ length: 6 }, () => randomUUID());
    const messages = await Promise.all(jtis.map(async (jti) => aMessage(sharded, { headerToken: await sharded.headerToken({ jti }) })));
    const first = await Promise.all(messages.map(send200));
    const forwarded = () => t.core.of('payment-message').filter(({ envelope }) => envelope.participant?.id === sharded.id).length;
    const before = forwarded();
    publish(4);
    await waitFor(async () => ((await (await fetch(`${t.url}/readyz`)).json()) as { directoryVersion: number }).directoryVersion === 3); // As readyz says it.
    const unchanged = async (): Promise<void> => {
      for (const jti of jtis) for (const answer of await replays(jti)) expect(answer).toMatchObject({ json: { code: 'TOKEN_REPLAYED' } });
      for (const [at, message] of messages.entries())
        expect(await send(t.url, message)).toMatchObject({ status: 200, body: first[at]?.body });
    };
    await unchanged();
    await t.restart();
    await waitFor(async () => (await fetch(`${t.url}/readyz`)).status === 200);
    await unchanged();
    expect(forwarded()).toBe(before);
    // And it takes new ones, each once.
    const fresh = await many(20, () => aMessage(sharded));
    for (const answers of [await sendAll(fresh), await sendAll(fresh)]) expect(statusesOf(answers)).toEqual([200]);
    expect(forwarded()).toBe(before + 20);
  });
});
