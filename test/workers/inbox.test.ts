import { env } from 'cloudflare:workers';
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Envelope, ENVELOPE_HEADER } from '../../schema/edge-envelope.ts';
import type { Inbox } from '../../workers/edge/inbox/inbox.ts';
import type { NewMessage } from '../../workers/edge/inbox/inbox-store.ts';
import { WriteBatch } from '../../workers/edge/inbox/write-batch.ts';

const MINUTE_MS = 60_000;

let core: (request: Request) => Promise<Response>;
// Never restored: the alarms of these objects go on until the runtime of this file ends.
beforeAll(() => {
  vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) => core(new Request(input, init)));
});
/** Takes every message, as payments does. */
const takes = async (request: Request): Promise<Response> => {
  const [, payload = ''] = (request.headers.get(ENVELOPE_HEADER) ?? '').split('.');
  const { paymentGuid } = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as Envelope; // The edge made it.
  return Response.json({ guid: paymentGuid });
};
beforeEach(() => {
  core = takes;
});

const anInbox = (): DurableObjectStub<Inbox> => env.INBOX.get(env.INBOX.idFromName(crypto.randomUUID()));
const away = (): Promise<Response> => Promise.reject(new Error('Network connection lost.'));

function aMessage(over: { keptUntil?: number } = {}): NewMessage {
  const guid = crypto.randomUUID();
  return {
    guid,
    token: { jti: crypto.randomUUID(), requestHash: guid, keptUntil: over.keptUntil ?? Date.now() + 6 * MINUTE_MS },
    facts: {
      eventId: guid,
      operation: 'payment-message',
      method: 'POST',
      target: '/',
      participant: { kind: 'bank', id: 'b', kid: 'k' },
      bodySha256: '',
      directoryVersion: 1,
      receivedAt: new Date().toISOString(),
      paymentGuid: guid,
    },
    pending: { orderId: 'o', amount: 5, currency: 'UAH' },
    contentType: 'application/json',
    raw: new Uint8Array([1, 2, 3]),
  };
}

/** Keeps the Worker's log to itself from here on, and gives its events. */
function heard(): () => unknown[] {
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  return () => {
    const events = warned.mock.calls.map(([line]) => (JSON.parse(String(line)) as { event: unknown }).event); // As log.ts writes them.
    warned.mockRestore();
    return events;
  };
}

const statesOf = (inbox: DurableObjectStub<Inbox>): Promise<unknown[]> =>
  runInDurableObject(inbox, (_inbox, state) => state.storage.sql.exec('SELECT state, raw IS NULL AS dropped FROM message').toArray());

describe('the inbox', () => {
  it('keeps the bytes of a message only until the core has answered', async () => {
    const inbox = anInbox();
    expect((await inbox.message(aMessage())).status).toBe(200);
    core = async () => Response.json({ code: 'AMOUNT_MISMATCH' }, { status: 400 });
    expect((await inbox.message(aMessage())).status).toBe(400);
    core = away;
    expect((await inbox.message(aMessage())).status).toBe(202);
    expect(await statesOf(inbox)).toEqual([
      { state: 'ACCEPTED', dropped: 1 },
      { state: 'REFUSED', dropped: 1 },
      { state: 'PROMISED', dropped: 0 },
    ]);
  });

  it('always has an alarm set while something is unfinished, whatever the alarm itself runs into', async () => {
    const inbox = anInbox();
    core = away;
    await inbox.message(aMessage());
    for (const failure of [away, () => Promise.resolve(new Response('', { status: 500 }))]) {
      core = failure;
      expect(await runDurableObjectAlarm(inbox)).toBe(true);
      expect(await runInDurableObject(inbox, (_inbox, state) => state.storage.getAlarm())).not.toBeNull();
    }
  });

  it('does not let an alarm throw when its own store fails, says so, and comes back', async () => {
    const inbox = anInbox();
    core = away;
    await inbox.message(aMessage());
    const lines = heard();
    await runInDurableObject(inbox, async (object, state) => {
      state.storage.sql.exec('ALTER TABLE message RENAME TO gone');
      await state.storage.deleteAlarm();
      await expect(object.alarm()).resolves.toBeUndefined();
      expect(await state.storage.getAlarm()).not.toBeNull();
      state.storage.sql.exec('ALTER TABLE gone RENAME TO message');
    });
    expect(lines()).toEqual(['inbox alarm failed', 'inbox alarm set blindly']);
  });

  it('ends an alarm only when nothing of it is under way, so that no two forward one message', async () => {
    const inbox = anInbox();
    core = away;
    const [failing, slow] = [aMessage(), aMessage()];
    await inbox.message(failing);
    await inbox.message(slow);
    const asked: string[] = [];
    const gate = Promise.withResolvers<void>();
    core = async (request) => {
      const { guid } = (await (await takes(request)).json()) as { guid: string };
      asked.push(guid);
      if (guid === slow.guid) await gate.promise;
      return Response.json({ guid });
    };
    const lines = heard();
    await runInDurableObject(inbox, async (object, state) => {
      state.storage.sql.exec('UPDATE message SET due = 0');
      state.storage.sql.exec(
        `CREATE TRIGGER fails BEFORE UPDATE ON message WHEN old.guid = '${failing.guid}' BEGIN SELECT RAISE (ABORT, 'no'); END`,
      );
      const first = object.alarm();
      await vi.waitFor(() => expect(asked).toContain(slow.guid));
      expect(await Promise.race([first.then(() => 'ended'), scheduler.wait(100).then(() => 'under way')])).toBe('under way');
      gate.resolve();
      await first;
      state.storage.sql.exec('DROP TRIGGER fails');
      await object.alarm();
    });
    expect(lines()).toEqual(['inbox alarm failed']);
    expect(asked.filter((guid) => guid === slow.guid)).toHaveLength(1);
    expect(await statesOf(inbox)).toEqual([
      { state: 'DONE', dropped: 1 },
      { state: 'DONE', dropped: 1 },
    ]);
  });

  it('promises on its return what it had not answered when it went', async () => {
    const inbox = anInbox();
    const message = aMessage();
    await inbox.message(message);
    await runInDurableObject(inbox, (_inbox, state) => {
      state.storage.sql.exec("UPDATE message SET state = 'WAITING', raw = x'01'");
      state.storage.sql.exec('DELETE FROM used_token');
    });
    await evictDurableObject(inbox);
    const answer = await inbox.message(message);
    expect([answer.status, answer.body]).toEqual([202, JSON.stringify({ guid: message.guid })]);
    await runDurableObjectAlarm(inbox);
    expect(await statesOf(inbox)).toEqual([{ state: 'DONE', dropped: 1 }]);
  });

  it('promises in the same words what lost its sender while the object lives, to the same request and to no other', async () => {
    const inbox = anInbox();
    const message = aMessage();
    await inbox.message(message);
    await runInDurableObject(inbox, (_inbox, state) => {
      state.storage.sql.exec("UPDATE message SET state = 'WAITING', raw = x'01'");
      state.storage.sql.exec('DELETE FROM used_token');
    });
    const [again, other] = [message, { ...message, token: aMessage().token }];
    const answers = [await inbox.message(again), await inbox.message(other), await inbox.message(again)];
    expect(answers.map(({ status }) => status)).toEqual([202, 409, 202]);
    await runDurableObjectAlarm(inbox);
    expect(await statesOf(inbox)).toEqual([{ state: 'DONE', dropped: 1 }]);
  });

  it('forgets a token and its finished message after their time, and never a message that is not done', async () => {
    const inbox = anInbox();
    const past = Date.now() - MINUTE_MS;
    await inbox.message(aMessage({ keptUntil: past }));
    core = away;
    await inbox.message(aMessage({ keptUntil: past }));
    await inbox.message(aMessage());
    await runDurableObjectAlarm(inbox);
    const rows = await runInDurableObject(inbox, (_inbox, state) => state.storage.sql.exec('SELECT jti FROM used_token').toArray());
    expect(rows).toHaveLength(1);
    expect(await statesOf(inbox)).toEqual([
      { state: 'PROMISED', dropped: 0 },
      { state: 'PROMISED', dropped: 0 },
    ]);
  });
});

describe('an inbox with more to forget than one alarm forgets', () => {
  it('comes back soon, so that a busy bank does not fill it', async () => {
    const inbox = anInbox();
    await inbox.message(aMessage({ keptUntil: Date.now() - MINUTE_MS }));
    await runInDurableObject(inbox, (_inbox, state) => {
      state.storage.sql.exec(
        `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)
         INSERT INTO used_token SELECT 'old ' || i, '', ?, NULL FROM n`,
        Date.now() - MINUTE_MS,
      );
    });
    const left = () => runInDurableObject(inbox, (_inbox, state) => state.storage.sql.exec('SELECT jti FROM used_token').toArray().length);
    await runDurableObjectAlarm(inbox);
    expect(await left()).toBeGreaterThan(0);
    const next = await runInDurableObject(inbox, (_inbox, state) => state.storage.getAlarm());
    expect(next).toBeLessThan(Date.now() + 5_000);
    await vi.waitUntil(async () => (await left()) === 0, { timeout: 10_000 });
  });
});

describe('writes that share a commit', () => {
  it('do not fail with a neighbour that fails', async () => {
    const inbox = anInbox();
    await runInDurableObject(inbox, async (_inbox, { storage }) => {
      storage.sql.exec('CREATE TABLE thing (n INTEGER PRIMARY KEY)');
      const batch = new WriteBatch(storage, () => Date.now() + MINUTE_MS);
      const insert = (n: number) => batch.add(() => void storage.sql.exec('INSERT INTO thing VALUES (?)', n));
      const outcomes = await Promise.allSettled([insert(1), insert(1), insert(2)]);
      expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(storage.sql.exec('SELECT n FROM thing ORDER BY n').toArray()).toEqual([{ n: 1 }, { n: 2 }]);
    });
  });

  it('set an alarm together with the first row', async () => {
    const inbox = anInbox();
    await runInDurableObject(inbox, async (_inbox, { storage }) => {
      await storage.deleteAlarm();
      const wakeAt = Date.now() + MINUTE_MS;
      await new WriteBatch(storage, () => wakeAt).add(() => undefined);
      expect(await storage.getAlarm()).toBe(wakeAt);
    });
  });
});
