import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Answer } from '../../workers/edge/answer.ts';
import { homeOf, objectName } from '../../workers/edge/inbox/shard-map.ts';
import {
  aBankId,
  aMessage,
  aRead,
  aToken,
  away,
  codeOf,
  core,
  inboxNamed,
  placeOf,
  playCore,
  rowsOf,
  sendMessage,
  sendRead,
  statesOf,
  takes,
} from './support/inboxes.ts';

const ONE = { shards: 1, version: 1 };
const FOUR = { shards: 4, version: 5 };
const TWO = { shards: 2, version: 9 };

beforeAll(playCore);
beforeEach(() => {
  core.answer = takes;
  core.sent.length = 0;
});

const count = (values: readonly (string | number)[]): Record<string, number> =>
  values.reduce<Record<string, number>>((counts, value) => ({ ...counts, [String(value)]: (counts[String(value)] ?? 0) + 1 }), {});
const sentFor = (guid: string): number => core.sent.filter(({ paymentGuid }) => paymentGuid === guid).length;
/** Something whose key has its home in another object while there are four than while there is one. */
function moved<T>(bank: string, make: () => T, keyOf: (made: T) => string): T {
  for (;;) {
    const made = make();
    if (homeOf(bank, keyOf(made), 4) !== bank) return made;
  }
}
const aMovedMessage = (bank: string) =>
  moved(
    bank,
    () => aMessage(),
    (message) => message.guid,
  );

describe('a bank with four objects', () => {
  it('has its messages in all of them, each in one', async () => {
    const bank = aBankId();
    const messages = Array.from({ length: 40 }, () => aMessage());
    const answers = await Promise.all(messages.map((message) => sendMessage(bank, message, FOUR)));
    expect(count(answers.map(({ status }) => status))).toEqual({ 200: 40 });
    const held = await Promise.all([0, 1, 2, 3].map((n) => rowsOf(objectName(bank, n), 'SELECT guid FROM message')));
    expect(held.every((rows) => rows.length > 0)).toBe(true);
    expect(held.flat().map(({ guid }) => guid)).toHaveLength(40);
  });

  it('lets a token be used for one message only, whichever objects they have their homes in', async () => {
    const bank = aBankId();
    for (let round = 0; round < 5; round++) {
      const { jti } = aToken();
      const messages = Array.from({ length: 12 }, () => aMessage({ token: { jti } }));
      const answers = await Promise.all(messages.map((message) => sendMessage(bank, message, FOUR)));
      expect(count(answers.map((answer) => codeOf(answer) || answer.status))).toEqual({ 200: 1, TOKEN_REPLAYED: 11 });
      expect(messages.filter(({ guid }) => sentFor(guid) > 0)).toHaveLength(1);
    }
  });

  it('lets it be used for a message or for a read, not for both', async () => {
    const bank = aBankId();
    for (let round = 0; round < 8; round++) {
      const { jti } = aToken();
      const message = aMessage({ token: { jti } });
      const asks: (() => Promise<Answer>)[] = [() => sendMessage(bank, message, FOUR), () => sendRead(bank, aRead(aToken({ jti })), FOUR)];
      const answers = await Promise.all(round % 2 === 0 ? asks.map((ask) => ask()) : asks.toReversed().map((ask) => ask()));
      expect(count(answers.map((answer) => codeOf(answer) || answer.status))).toEqual({ 200: 1, TOKEN_REPLAYED: 1 });
    }
  });

  it('gives the same request the same answer, also after all its objects died', async () => {
    const bank = aBankId();
    const message = aMessage();
    const first = await sendMessage(bank, message, FOUR);
    const died = [0, 1, 2, 3].map((n) => evictDurableObject(inboxNamed(objectName(bank, n))).catch(() => undefined)); // Some were never called.
    await Promise.all(died);
    expect(await sendMessage(bank, message, FOUR)).toEqual(first);
    expect(sentFor(message.guid)).toBe(1);
    const replayed = aMessage({ token: { jti: message.token.jti } });
    expect(codeOf(await sendMessage(bank, replayed, FOUR))).toBe('TOKEN_REPLAYED');
  });

  it('remembers in a token’s home which object has its answer', async () => {
    const bank = aBankId();
    const message = aMessage();
    const first = await sendMessage(bank, message, FOUR);
    const place = placeOf(bank, { ...FOUR, name: homeOf(bank, message.token.jti, 4) });
    const malformedBynow: Answer = { status: 400, headers: {}, body: '{"code":"CREATION_DATE_IS_NOT_PAST"}' };
    expect(await inboxNamed(place.name).answered(place, message.token, malformedBynow)).toEqual(first);
  });

  it('has one forward for one payment guid under two tokens', async () => {
    const bank = aBankId();
    const { guid } = aMessage();
    const answers = await Promise.all([1, 2, 3].map(() => sendMessage(bank, aMessage({ guid }), FOUR)));
    expect(count(answers.map((answer) => codeOf(answer) || answer.status))).toEqual({ 200: 1, DUPLICATE_JTI: 2 });
    expect(sentFor(guid)).toBe(1);
  });

  it('answers for a promised message wherever it is asked', async () => {
    const bank = aBankId();
    core.answer = away;
    for (let round = 0; round < 6; round++) {
      const message = aMessage();
      expect((await sendMessage(bank, message, FOUR)).status).toBe(202);
      const read = aRead();
      const place = placeOf(bank, { ...FOUR, name: homeOf(bank, read.token.jti, 4) });
      const status = await inboxNamed(place.name).messageStatus(place, message.guid, read);
      expect(JSON.parse(status.body)).toMatchObject({ guid: message.guid, status: 'Pending' });
    }
  });
});

describe('a bank whose number of objects changes', () => {
  it.for([
    ['one to four', ONE, FOUR],
    ['four to two', FOUR, TWO],
    ['four to one', FOUR, { shards: 1, version: 9 }],
  ] as const)('opens no window for a replay: %s', async ([, before, after]) => {
    const bank = aBankId();
    const [messages, reads] = [Array.from({ length: 12 }, () => aMessage()), Array.from({ length: 12 }, () => aRead())];
    const firstMessages = await Promise.all(messages.map((message) => sendMessage(bank, message, before)));
    const firstReads = await Promise.all(reads.map((read) => sendRead(bank, read, before)));
    core.sent.length = 0;
    // Another request under each used token is refused.
    const otherMessages = messages.map(({ token: { jti } }) => sendMessage(bank, aMessage({ token: { jti } }), after));
    const otherReads = reads.map(({ token: { jti } }) => sendRead(bank, aRead(aToken({ jti })), after));
    const mixed = reads.map(({ token: { jti } }) => sendMessage(bank, aMessage({ token: { jti } }), after));
    const refused = await Promise.all([...otherMessages, ...otherReads, ...mixed]);
    expect(count(refused.map(codeOf))).toEqual({ TOKEN_REPLAYED: 36 });
    // The same request has the same answer.
    expect(await Promise.all(messages.map((message) => sendMessage(bank, message, after)))).toEqual(firstMessages);
    expect(await Promise.all(reads.map((read) => sendRead(bank, read, after)))).toEqual(firstReads);
    for (const { guid } of messages) expect(sentFor(guid)).toBe(0);
  });

  it('opens none either for Workers that have not heard of it, and those that have', async () => {
    for (let round = 0; round < 6; round++) {
      const bank = aBankId();
      await sendMessage(bank, aMessage(), ONE);
      const tokens = Array.from({ length: 8 }, () => aToken().jti);
      const asks = tokens.flatMap((jti) => [
        () => sendMessage(bank, aMessage({ token: { jti } }), ONE),
        () => sendMessage(bank, aMessage({ token: { jti } }), FOUR),
        () => sendRead(bank, aRead(aToken({ jti })), ONE),
        () => sendRead(bank, aRead(aToken({ jti })), FOUR),
      ]);
      const answers = await Promise.all((round % 2 === 0 ? asks : asks.toReversed()).map((ask) => ask()));
      expect(count(answers.map((answer) => codeOf(answer) || answer.status))).toEqual({ 200: 8, TOKEN_REPLAYED: 24 });
    }
  });

  it('takes one message under many tokens once, from Workers with either number', async () => {
    for (let round = 0; round < 6; round++) {
      const bank = aBankId();
      await sendMessage(bank, aMessage(), ONE);
      const guids = Array.from({ length: 6 }, () => aMessage().guid);
      const asks = guids.flatMap((guid) => [ONE, FOUR, FOUR, ONE].map((era) => () => sendMessage(bank, aMessage({ guid }), era)));
      const answers = await Promise.all((round % 2 === 0 ? asks : asks.toReversed()).map((ask) => ask()));
      expect(count(answers.map((answer) => codeOf(answer) || answer.status))).toEqual({ 200: 6, DUPLICATE_JTI: 18 });
      for (const guid of guids) expect(sentFor(guid)).toBe(1);
    }
  });

  it('keeps to the new number, whatever a late Worker says', async () => {
    const bank = aBankId();
    await sendMessage(bank, aMessage(), ONE);
    await sendMessage(bank, aMovedMessage(bank), FOUR);
    const late = aMovedMessage(bank);
    expect((await sendMessage(bank, late, ONE)).status).toBe(200);
    expect(await rowsOf(homeOf(bank, late.guid, 4), `SELECT guid FROM message WHERE guid = '${late.guid}'`)).toHaveLength(1);
  });

  it('leaves a promised message where it is, and answers for it there', async () => {
    const bank = aBankId();
    core.answer = away;
    const message = aMovedMessage(bank);
    expect((await sendMessage(bank, message, ONE)).status).toBe(202);
    core.answer = takes;
    // The core would take it, which would be a second payment in the bank's eyes.
    const repeat = await sendMessage(bank, aMessage({ guid: message.guid }), FOUR);
    expect([repeat.status, codeOf(repeat)]).toEqual([409, 'DUPLICATE_JTI']);
    const read = aRead();
    const place = placeOf(bank, { ...FOUR, name: homeOf(bank, read.token.jti, 4) });
    expect(JSON.parse((await inboxNamed(place.name).messageStatus(place, message.guid, read)).body)).toMatchObject({ status: 'Pending' });
    await runDurableObjectAlarm(inboxNamed(bank));
    await vi.waitUntil(async () => (await statesOf(bank))[0]?.['state'] === 'DONE', { timeout: 10_000 });
    expect(sentFor(message.guid)).toBe(2); // Once when the core was away.
  });

  it('asks a former object only until that has nothing left', async () => {
    const bank = aBankId();
    core.answer = away;
    const message = aMovedMessage(bank);
    await sendMessage(bank, message, ONE);
    // Its alarm would send it in half a second, which a busy machine may need for what follows.
    await runInDurableObject(
      inboxNamed(bank),
      (_inbox, { storage }) => void storage.sql.exec('UPDATE message SET due = ?', Number.MAX_SAFE_INTEGER),
    );
    core.answer = takes;
    const home = homeOf(bank, message.guid, 4);
    /** Another message for the same object, which asks the former ones. */
    const probe = async (): Promise<void> => {
      const guids = Array.from({ length: 200 }, () => aMessage().guid);
      await sendMessage(bank, aMessage({ guid: guids.find((guid) => homeOf(bank, guid, 4) === home) ?? '' }), FOUR);
    };
    const drained = () => rowsOf(home, 'SELECT name, version FROM drained');
    await probe();
    expect(await drained()).toEqual([]);
    // All its tokens have ended, but a message has not.
    const age = () =>
      runInDurableObject(
        inboxNamed(bank),
        (_inbox, { storage }) => void storage.sql.exec('UPDATE era SET sealed_at = 0 WHERE version = 0'),
      );
    await age();
    await probe();
    expect(await drained()).toEqual([]);
    await runInDurableObject(inboxNamed(bank), (_inbox, { storage }) => void storage.sql.exec('UPDATE message SET due = 0'));
    await runDurableObjectAlarm(inboxNamed(bank));
    await vi.waitUntil(async () => (await statesOf(bank)).every(({ state }) => state === 'DONE'), { timeout: 10_000 });
    await probe();
    expect(await drained()).toEqual([{ name: bank, version: 0 }]);
  });
});
