import {
  createExecutionContext,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
  waitOnExecutionContext,
} from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openInbox } from '../../workers/edge/inbox/inbox-parts.ts';
import { InboxStore } from '../../workers/edge/inbox/inbox-store.ts';
import { PromisedForwarder } from '../../workers/edge/inbox/promised-forwarder.ts';
import { TokenStore } from '../../workers/edge/inbox/token-store.ts';
import { WriteBatch } from '../../workers/edge/inbox/write-batch.ts';
import worker from '../../workers/edge/worker.ts';
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
  sendRead,
  statesOf,
  takes,
} from './support/inboxes.ts';

const MINUTE_MS = 60_000;

beforeAll(playCore);
beforeEach(() => {
  core.answer = takes;
});

const alarmOf = (bank: string) => runInDurableObject(inboxNamed(bank), (_inbox, state) => state.storage.getAlarm());

describe('the inbox', () => {
  it('keeps the bytes of a message only until the core has answered', async () => {
    const bank = aBankId();
    expect((await sendMessage(bank, aMessage())).status).toBe(200);
    core.answer = async () => Response.json({ code: 'AMOUNT_MISMATCH' }, { status: 400 });
    expect((await sendMessage(bank, aMessage())).status).toBe(400);
    core.answer = away;
    expect((await sendMessage(bank, aMessage())).status).toBe(202);
    expect(await statesOf(bank)).toEqual([
      { state: 'ACCEPTED', dropped: 1 },
      { state: 'REFUSED', dropped: 1 },
      { state: 'PROMISED', dropped: 0 },
    ]);
  });

  it('promises on its return what it had not answered when it went', async () => {
    const bank = aBankId();
    const message = aMessage();
    await sendMessage(bank, message);
    await runInDurableObject(inboxNamed(bank), (_inbox, state) => {
      state.storage.sql.exec("UPDATE message SET state = 'WAITING', raw = x'01'");
      state.storage.sql.exec('DELETE FROM used_token');
    });
    await evictDurableObject(inboxNamed(bank));
    const answer = await sendMessage(bank, message);
    expect([answer.status, answer.body]).toEqual([202, JSON.stringify({ guid: message.guid })]);
    await runDurableObjectAlarm(inboxNamed(bank));
    expect(await statesOf(bank)).toEqual([{ state: 'DONE', dropped: 1 }]);
  });

  it('promises in the same words what lost its sender while the object lives, to the same request and to no other', async () => {
    const bank = aBankId();
    const message = aMessage();
    await sendMessage(bank, message);
    await runInDurableObject(inboxNamed(bank), (_inbox, state) => {
      state.storage.sql.exec("UPDATE message SET state = 'WAITING', raw = x'01'");
      state.storage.sql.exec('DELETE FROM used_token');
    });
    const other = { ...message, token: aMessage().token };
    const answers = [await sendMessage(bank, message), await sendMessage(bank, other), await sendMessage(bank, message)];
    expect(answers.map(({ status }) => status)).toEqual([202, 409, 202]);
    await runDurableObjectAlarm(inboxNamed(bank));
    expect(await statesOf(bank)).toEqual([{ state: 'DONE', dropped: 1 }]);
  });

  it('forgets a token and its finished message after their time, and never a message that is not done', async () => {
    const bank = aBankId();
    const past = { keptUntil: Date.now() - MINUTE_MS };
    await sendMessage(bank, aMessage({ token: past }));
    core.answer = away;
    await sendMessage(bank, aMessage({ token: past }));
    await sendMessage(bank, aMessage());
    await runDurableObjectAlarm(inboxNamed(bank));
    expect(await rowsOf(bank, 'SELECT jti FROM used_token')).toHaveLength(1);
    expect(await statesOf(bank)).toEqual([
      { state: 'PROMISED', dropped: 0 },
      { state: 'PROMISED', dropped: 0 },
    ]);
  });
});

describe('an inbox that is written to', () => {
  const past = { keptUntil: Date.now() - MINUTE_MS };

  it('forgets with each write what is past, without waiting for an alarm', async () => {
    const bank = aBankId();
    await sendMessage(bank, aMessage());
    await runInDurableObject(inboxNamed(bank), (_inbox, state) => {
      for (const table of ['used_token', 'message']) state.storage.sql.exec(`UPDATE ${table} SET kept_until = ?`, past.keptUntil);
    });
    await evictDurableObject(inboxNamed(bank));
    for (let sent = 0; sent < 3; sent++) await sendMessage(bank, aMessage({ token: past }));
    const last = aMessage();
    await sendMessage(bank, last);
    expect(await rowsOf(bank, 'SELECT jti FROM used_token')).toEqual([{ jti: last.token.jti }]);
    expect(await rowsOf(bank, 'SELECT guid FROM message')).toEqual([{ guid: last.guid }]);
  });

  it('keeps meanwhile what is not done, and forgets what comes after it', async () => {
    const bank = aBankId();
    core.answer = away;
    await sendMessage(bank, aMessage({ token: past }));
    core.answer = takes;
    await sendMessage(bank, aMessage({ token: past }));
    await sendMessage(bank, aMessage());
    expect((await statesOf(bank)).map(({ state }) => state)).toEqual(['PROMISED', 'ACCEPTED']);
  });

  it('knows the tokens that an older Worker wrote down in the order of their names', async () => {
    const bank = aBankId();
    const message = aMessage();
    const answer = await sendMessage(bank, message);
    await runInDurableObject(inboxNamed(bank), (_inbox, { storage: { sql } }) => {
      sql.exec('ALTER TABLE used_token RENAME TO newer');
      sql.exec(`CREATE TABLE used_token (jti TEXT PRIMARY KEY, request_hash TEXT NOT NULL, kept_until INTEGER NOT NULL, answer TEXT, keeper TEXT)
        WITHOUT ROWID`);
      sql.exec('INSERT INTO used_token SELECT jti, request_hash, kept_until, answer, keeper FROM newer');
      sql.exec('DROP TABLE newer');
      sql.exec('UPDATE inbox_schema SET steps = 3');
    });
    await evictDurableObject(inboxNamed(bank));
    expect(await sendMessage(bank, message)).toEqual(answer);
    const other = aMessage({ token: { jti: message.token.jti } });
    expect(codeOf(await sendMessage(bank, other))).toBe('TOKEN_REPLAYED');
  });
});

describe('the alarm', () => {
  /** A bank with one promised message. */
  async function aPromise(): Promise<string> {
    const bank = aBankId();
    core.answer = away;
    expect((await sendMessage(bank, aMessage())).status).toBe(202);
    return bank;
  }

  it('is always set again while something is unfinished, whatever the core does', async () => {
    const bank = await aPromise();
    for (const failure of [away, () => Promise.resolve(new Response('', { status: 500 }))]) {
      core.answer = failure;
      expect(await runDurableObjectAlarm(inboxNamed(bank))).toBe(true);
      expect(await alarmOf(bank)).not.toBeNull();
    }
  });

  it.for<[string, string, string]>([
    ['a table is gone', 'ALTER TABLE message RENAME TO gone', 'ALTER TABLE gone RENAME TO message'],
    ['the object cannot even be opened', 'UPDATE inbox_schema SET steps = 99', 'UPDATE inbox_schema SET steps = 4'],
  ])('does not throw and comes back when %s', async ([, breaking, mending]) => {
    const bank = await aPromise();
    const logged = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    await runInDurableObject(inboxNamed(bank), async (object, { storage }) => {
      storage.sql.exec(breaking);
      await storage.deleteAlarm();
      await expect(object.alarm()).resolves.toBeUndefined();
      expect(await storage.getAlarm()).toBeGreaterThan(Date.now());
      storage.sql.exec(mending);
    });
    expect(logged).toHaveBeenCalled();
    logged.mockRestore();
    core.answer = takes;
    await evictDurableObject(inboxNamed(bank));
    await vi.waitUntil(
      async () => (await statesOf(bank))[0]?.['state'] === 'DONE' || void (await runDurableObjectAlarm(inboxNamed(bank))),
      {
        timeout: 10_000,
      },
    );
  });

  it('makes its tables when the storage was deleted under it, and says nothing', async () => {
    const bank = await aPromise();
    const logged = vi.spyOn(console, 'warn');
    await runInDurableObject(inboxNamed(bank), async (object, { storage }) => {
      await storage.deleteAll();
      await object.alarm();
    });
    expect(logged).not.toHaveBeenCalled();
    logged.mockRestore();
    core.answer = takes;
    expect((await sendMessage(bank, aMessage())).status).toBe(200);
    expect(await statesOf(bank)).toEqual([{ state: 'ACCEPTED', dropped: 1 }]);
  });

  it('throws only where it cannot be set again, so that the runtime tries', async () => {
    const bank = await aPromise();
    await runInDurableObject(inboxNamed(bank), async (object, { storage }) => {
      await storage.deleteAlarm();
      const broken = vi.spyOn(storage, 'setAlarm').mockRejectedValue(new Error('the disk is full'));
      await expect(object.alarm()).rejects.toThrow('the disk is full');
      broken.mockRestore();
    });
  });

  it('ends only when nothing of it is under way, so that no two forward one message', async () => {
    const bank = aBankId();
    core.answer = away;
    const [failing, slow] = [aMessage(), aMessage()];
    await sendMessage(bank, failing);
    await sendMessage(bank, slow);
    const asked: string[] = [];
    const gate = Promise.withResolvers<void>();
    core.answer = async (request) => {
      const { guid } = (await (await takes(request)).json()) as { guid: string }; // As `takes` answers.
      asked.push(guid);
      if (guid === slow.guid) await gate.promise;
      return Response.json({ guid });
    };
    const logged = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    await runInDurableObject(inboxNamed(bank), async (object, { storage }) => {
      storage.sql.exec('UPDATE message SET due = 0');
      storage.sql.exec(
        `CREATE TRIGGER fails BEFORE UPDATE ON message WHEN old.guid = '${failing.guid}' BEGIN SELECT RAISE (ABORT, 'no'); END`,
      );
      const first = object.alarm();
      await vi.waitFor(() => expect(asked).toContain(slow.guid));
      expect(await Promise.race([first.then(() => 'ended'), scheduler.wait(100).then(() => 'under way')])).toBe('under way');
      gate.resolve();
      await first;
      storage.sql.exec('DROP TRIGGER fails');
      await object.alarm();
    });
    expect(logged.mock.calls.join('')).toContain('inbox alarm failed');
    logged.mockRestore();
    expect(asked.filter((guid) => guid === slow.guid)).toHaveLength(1);
    expect((await statesOf(bank)).map(({ state }) => state)).toEqual(['DONE', 'DONE']);
  });

  it('is not held up by a core that says nothing', async () => {
    const bank = await aPromise();
    await runInDurableObject(inboxNamed(bank), async (_inbox, { storage }) => {
      const store = new InboxStore(storage.sql, new TokenStore(storage.sql));
      storage.sql.exec('UPDATE message SET due = 0');
      const silent = { send: () => scheduler.wait(50).then(() => ({ kind: 'none', why: 'deadline' }) as const), open: async () => null };
      const writes = new WriteBatch(storage, () => Date.now() + MINUTE_MS);
      await new PromisedForwarder({ store, writes, core: silent, onFinished: () => undefined, onParked: () => undefined }).run();
      expect(storage.sql.exec('SELECT state, tries, due > ? AS later FROM message', Date.now()).toArray()).toEqual([
        { state: 'PROMISED', tries: 1, later: 1 },
      ]);
    });
  });

  it('parks a row that cannot be read, and sends its neighbours', async () => {
    const bank = await aPromise();
    await sendMessage(bank, aMessage());
    await runInDurableObject(inboxNamed(bank), (_inbox, { storage }) => {
      storage.sql.exec("UPDATE message SET facts = '{', due = 0 WHERE seq = 1");
      storage.sql.exec('UPDATE message SET due = 0');
    });
    const logged = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    core.answer = takes;
    await runDurableObjectAlarm(inboxNamed(bank));
    await vi.waitUntil(async () => (await statesOf(bank)).every(({ state }) => state !== 'PROMISED'), { timeout: 10_000 });
    expect((await statesOf(bank)).map(({ state }) => state)).toEqual(['PARKED', 'DONE']);
    const [parked] = await rowsOf(bank, "SELECT reason FROM message WHERE state = 'PARKED'");
    expect(parked?.['reason']).toContain('the row cannot be read');
    logged.mockRestore();
  });
});

describe('the cron trigger', () => {
  it('wakes an inbox that lost its alarm, also of a bank that is in no directory any more', async () => {
    const bank = aBankId();
    core.answer = away;
    expect((await sendMessage(bank, aMessage({ bank }))).status).toBe(202);
    await runInDurableObject(inboxNamed(bank), (_inbox, { storage }) => storage.deleteAlarm());
    core.answer = takes;
    const execution = createExecutionContext();
    await worker.scheduled({ cron: '* * * * *', scheduledTime: Date.now(), noRetry: () => undefined }, env, execution);
    await waitOnExecutionContext(execution);
    await vi.waitUntil(async () => (await statesOf(bank))[0]?.['state'] === 'DONE', { timeout: 10_000 });
  });

  it('leaves an idle inbox asleep', async () => {
    const bank = aBankId();
    core.answer = takes;
    await sendMessage(bank, aMessage({ bank }));
    await runInDurableObject(inboxNamed(bank), async (object, { storage }) => {
      await storage.deleteAlarm();
      await object.sweep();
      expect(await storage.getAlarm()).toBeNull();
    });
  });
});

describe('an inbox with more to forget than one alarm forgets', () => {
  it('comes back soon, so that a busy bank does not fill it', async () => {
    const bank = aBankId();
    await sendMessage(bank, aMessage({ token: { keptUntil: Date.now() - MINUTE_MS } }));
    await runInDurableObject(inboxNamed(bank), (_inbox, state) => {
      state.storage.sql.exec(
        `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)
         INSERT INTO used_token (jti, request_hash, kept_until) SELECT 'old ' || i, '', ? FROM n`,
        Date.now() - MINUTE_MS,
      );
    });
    const left = async () => (await rowsOf(bank, 'SELECT jti FROM used_token')).length;
    await runDurableObjectAlarm(inboxNamed(bank));
    expect(await left()).toBeGreaterThan(0);
    expect(await alarmOf(bank)).toBeLessThan(Date.now() + 5_000);
    await vi.waitUntil(async () => (await left()) === 0, { timeout: 10_000 });
  });
});

describe('an inbox whose store is full', () => {
  /** The parts of an object that may hold so many bytes in all. */
  const partsOver = (storage: DurableObjectStorage, bytes: number) =>
    openInbox(storage, { ...env, INBOX_STORE_BYTES_MAX: String(bytes) } as unknown as Env, {
      // Generated types know the number of wrangler.toml only.
      inboxOf: () => {
        throw new Error('there is no other object');
      },
      wakeAt: async () => undefined,
    });

  it('takes nothing more and says so, finishes what it has, and has room again when old tokens are forgotten', async () => {
    const bank = aBankId();
    core.answer = away;
    const promised = aMessage();
    await sendMessage(bank, promised);
    await runInDurableObject(inboxNamed(bank), async (_inbox, { storage }) => {
      storage.sql.exec(
        `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
         INSERT INTO used_token (jti, request_hash, kept_until) SELECT 'old ' || i, '${'x'.repeat(100)}', ? FROM n`,
        Date.now() - MINUTE_MS,
      );
      const { intake, tokens, store, forwarder } = partsOver(storage, storage.sql.databaseSize - 50_000);
      core.answer = takes;
      const refused = aMessage();
      const answer = await intake.accept(refused, () => true);
      expect([answer?.status, answer && codeOf(answer), answer?.headers['retry-after']]).toEqual([503, 'HUB_BUSY', '5']);
      expect(tokens.find(refused.token.jti)).toBeUndefined();
      expect(store.messageState(refused.guid).state).toBeUndefined();
      storage.sql.exec('UPDATE message SET due = 0');
      await forwarder.run();
      expect(store.messageState(promised.guid).state).toBe('DONE');
      tokens.prune(Date.now());
      expect((await intake.accept(refused, () => true))?.status).toBe(200);
    });
  });
});

describe('what a participant may send', () => {
  it('is exact: a burst, and then 429 that says when to come again, of which nothing is kept', async () => {
    const bank = aBankId();
    const limits = { perSecond: 0.01, burst: 5 };
    const answers = await Promise.all(Array.from({ length: 20 }, () => sendMessage(bank, aMessage(), { limits })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(15);
    for (const { headers } of refused) expect(headers).toMatchObject({ 'retry-after': '100', ratelimit: '"participant";r=0;t=100' });
    expect(await statesOf(bank)).toHaveLength(5);
  });

  it('is shared by its objects', async () => {
    const bank = aBankId();
    const over = { shards: 4, version: 2, limits: { perSecond: 0.01, burst: 40 } };
    const answers = await Promise.all(Array.from({ length: 200 }, () => sendRead(bank, aRead(), over)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(40);
  });

  it('counts what has no token as well', async () => {
    const bank = aBankId();
    const place = placeOf(bank, { limits: { perSecond: 0.01, burst: 2 } });
    const answers = [1, 2, 3].map(() => inboxNamed(bank).admit(place));
    expect((await Promise.all(answers)).map((answer) => answer?.status ?? null)).toEqual([null, null, 429]);
  });
});

describe('writes that share a commit', () => {
  it('do not fail with a neighbour that fails', async () => {
    await runInDurableObject(inboxNamed(aBankId()), async (_inbox, { storage }) => {
      storage.sql.exec('CREATE TABLE thing (n INTEGER PRIMARY KEY)');
      const batch = new WriteBatch(storage, () => Date.now() + MINUTE_MS);
      const insert = (n: number) => batch.add(() => void storage.sql.exec('INSERT INTO thing VALUES (?)', n));
      const outcomes = await Promise.allSettled([insert(1), insert(1), insert(2)]);
      expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(storage.sql.exec('SELECT n FROM thing ORDER BY n').toArray()).toEqual([{ n: 1 }, { n: 2 }]);
    });
  });

  it.for([
    ['no alarm', null],
    ['a late alarm', 10 * MINUTE_MS],
  ] as const)('set an alarm together with the first row where there is %s', async ([, later]) => {
    await runInDurableObject(inboxNamed(aBankId()), async (_inbox, { storage }) => {
      await storage.deleteAlarm();
      if (later !== null) await storage.setAlarm(Date.now() + later);
      const wakeAt = Date.now() + MINUTE_MS;
      await new WriteBatch(storage, () => wakeAt).add(() => undefined);
      expect(await storage.getAlarm()).toBe(wakeAt);
    });
  });
});
