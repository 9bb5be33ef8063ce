import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { createCallbackRunner, type CallbackRunner } from '../../kernel/wire/callback-runner.ts';
import { createCallbackStore, insertCallbacks } from '../../kernel/wire/callback-store.ts';
import { createCallbackOperations, createCallbackReads } from '../../kernel/wire/callback-operations.ts';
import {
  CALLBACK_MIGRATION_SQL,
  CALLBACK_OPERATIONS_SQL,
  CALLBACK_QUESTIONS_SQL,
  CALLBACK_TRACE_SQL,
} from '../../kernel/wire/callback.sql.ts';
import type { CallbackOperation, NewCallback } from '../../kernel/wire/callback.ts';
import { auditLogMigrationSql } from '../../kernel/runtime/audit-log.sql.ts';
import { createDatabase, type Database } from '../../kernel/runtime/database.ts';
import { IDEMPOTENCY_MIGRATION_SQL } from '../../kernel/runtime/idempotency.ts';
import { createIdSource } from '../../kernel/runtime/id-source.ts';
import { createLogger } from '../../kernel/runtime/logger.ts';
import { createMetrics } from '../../kernel/runtime/metrics.ts';
import { migrate } from '../../kernel/runtime/migrations.ts';
import { createOutboundClient, type OutboundClient } from '../../kernel/runtime/outbound.ts';
import { RETRY_WAITS_MS } from '../../protocol/retry.ts';
import { testDatabase, type TestDatabase } from '../support/postgres.ts';
import { waitFor } from '../support/wait-for.ts';

interface Received {
  readonly path: string;
  readonly body: string;
  readonly headers: IncomingMessage['headers'];
}

/** What the receiver answers next; 'hang' answers when `release` is called. */
type Behaviour = number | 'hang';

let server: Server;
let origin: string;
let receive: (request: Received) => Behaviour;
let received: Received[];
let hanging: (() => void)[];

let postgres: TestDatabase;
let database: Database;
let outbound: OutboundClient;
/** For receivers that all live at the one address of this test. */
let manyConnections: OutboundClient;
let now: Date;
const runners: CallbackRunner[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const seen = { path: request.url ?? '', body, headers: request.headers };
      received.push(seen);
      const behaviour = receive(seen);
      if (behaviour === 'hang') hanging.push(() => response.writeHead(200).end());
      else response.writeHead(behaviour).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

beforeEach(async () => {
  received = [];
  hanging = [];
  receive = () => 200;
  now = new Date('2026-11-25T10:00:00.000Z');
  postgres = await testDatabase();
  database = createDatabase({ url: postgres.url, schema: 'aliases', applicationName: 'callbacks-test' });
  await migrate(database, [
    {
      name: '0001',
      sql:
        CALLBACK_MIGRATION_SQL +
        CALLBACK_TRACE_SQL +
        CALLBACK_QUESTIONS_SQL +
        CALLBACK_OPERATIONS_SQL +
        IDEMPOTENCY_MIGRATION_SQL +
        auditLogMigrationSql('aliases'),
    },
  ]);
  outbound = createOutboundClient({ sandbox: { host: '127.0.0.1' } });
  manyConnections = createOutboundClient({ sandbox: { host: '127.0.0.1' }, perReceiverMax: 512 });
});
afterEach(async () => {
  for (const release of hanging) release();
  await Promise.all(runners.splice(0).map((runner) => runner.stop()));
  await Promise.all([outbound.close(), manyConnections.close()]);
  await database.close();
  await postgres.drop();
});

function runner(over: Partial<Parameters<typeof createCallbackRunner>[0]> = {}): CallbackRunner {
  const clock = { now: () => now };
  const made = createCallbackRunner({
    callbacks: createCallbackStore(database),
    addressOf: ({ receiver }) => (receiver.id === 'nowhere' ? null : `${origin}/${receiver.id}?to=${receiver.kind}`),
    outbound,
    signer: { kid: 'k', sign: async (payload) => `signed.${payload}.` },
    clock,
    ids: createIdSource(clock),
    logger: createLogger({ level: 'silent', name: 'test' }),
    metrics: createMetrics({ processMetrics: false }),
    lookEveryMs: 20,
    ...over,
  });
  runners.push(made);
  return made;
}

async function given(over: Partial<NewCallback> = {}): Promise<string> {
  const callback: NewCallback = {
    id: randomUUID(),
    type: 'alias-updated',
    receiver: { kind: 'bank', id: 'bank-1' },
    subject: 'subject-1',
    body: '{"jwt":"a.b.c"}',
    whenUnheard: 'review',
    createdAt: now,
    ...over,
  };
  await database.transaction((client) => insertCallbacks(client, [callback]));
  return callback.id;
}

async function stateOf(id: string): Promise<string> {
  const { rows } = await database.pool.query<{ state: string }>('select state from callback where id = $1', [id]);
  return rows[0]?.state ?? 'ABSENT';
}

async function attemptsOf(id: string) {
  const { rows } = await database.pool.query(
    'select attempt, status, error, answer_sha256, stray from callback_attempt where callback_id = $1 order by 1',
    [id],
  );
  return rows;
}

/** Sends what is due and waits for its answers. */
async function round(sender: CallbackRunner): Promise<void> {
  await sender.pump();
  await sender.idle();
}

it('sends the body as it is stored, under a token that names receiver, address and body', async () => {
  const id = await given();
  await round(runner());
  expect(received).toMatchObject([{ path: '/bank-1?to=bank', body: '{"jwt":"a.b.c"}' }]);
  const claims = JSON.parse(String(received[0]?.headers['cx-authorization']).slice('signed.'.length, -1)) as Record<string, unknown>;
  expect(claims).toMatchObject({ aud: 'bank-1', method: 'POST', path: '/bank-1?to=bank', iat: now.getTime() / 1000 });
  expect(claims['body_sha256']).toMatch(/^[\w-]{43}$/);
  expect(await stateOf(id)).toBe('DELIVERED');
  expect(await attemptsOf(id)).toEqual([{ attempt: 1, status: 200, error: null, answer_sha256: EMPTY_SHA256, stray: false }]);
});

it('is not written when the transaction of its change fails', async () => {
  const id = randomUUID();
  await expect(
    database.transaction(async (client) => {
      await insertCallbacks(client, [
        { id, type: 't', receiver: { kind: 'bank', id: 'b' }, subject: 's', body: '{}', whenUnheard: 'close', createdAt: now },
      ]);
      throw new Error('the change is refused');
    }),
  ).rejects.toThrow('the change is refused');
  expect(await stateOf(id)).toBe('ABSENT');
});

it('tries eleven times in all, with the same body, then asks for a person', async () => {
  receive = () => 500;
  const id = await given();
  const sender = runner();
  await round(sender);
  for (const waitMs of RETRY_WAITS_MS) {
    now = new Date(now.getTime() + waitMs - 1);
    await round(sender);
    now = new Date(now.getTime() + 1);
    await round(sender);
  }
  expect(received).toHaveLength(11);
  expect(new Set(received.map(({ body }) => body)).size).toBe(1);
  expect(new Set(received.map(({ headers }) => headers['cx-authorization'])).size).toBe(11);
  expect(await stateOf(id)).toBe('MANUAL_REVIEW');
});

it('a question is answered by a refusal; whoever listens hears of it before it is recorded, and once more when that failed', async () => {
  receive = () => 400;
  const id = await given({ whenUnheard: 'answer' });
  const heard: string[] = [];
  let listening = false;
  const sender = runner({
    heard: async (callback, { status, next }) => {
      heard.push(`${callback.type} ${status} ${next.state}`);
      if (!listening) throw new Error('the listener’s database is away');
    },
  });
  await round(sender);
  expect(await stateOf(id)).toBe('WAITING');
  expect(await attemptsOf(id)).toEqual([]);
  listening = true;
  now = new Date(now.getTime() + 20_000); // The lease of the try that nobody recorded has run out.
  await round(sender);
  expect(heard).toEqual(['alias-updated 400 DELIVERED', 'alias-updated 400 DELIVERED']);
  expect(await stateOf(id)).toBe('DELIVERED');
});

it('a second refusal in a row asks for a person; one that closes is tried on', async () => {
  receive = () => 404;
  const reviewed = await given();
  const closed = await given({ whenUnheard: 'close' });
  const sender = runner();
  await round(sender);
  now = new Date(now.getTime() + 1_000);
  await round(sender);
  expect([await stateOf(reviewed), await stateOf(closed)]).toEqual(['MANUAL_REVIEW', 'WAITING']);
});

it('a receiver without a route is silence', async () => {
  const id = await given({ receiver: { kind: 'bank', id: 'nowhere' } });
  await round(runner());
  expect(await attemptsOf(id)).toEqual([{ attempt: 1, status: null, error: 'NO_ADDRESS', answer_sha256: null, stray: false }]);
  expect(await stateOf(id)).toBe('WAITING');
});

it('a silent receiver holds up no other', async () => {
  receive = ({ path }) => (path.startsWith('/silent') ? 'hang' : 200);
  await Promise.all(Array.from({ length: 40 }, () => given({ receiver: { kind: 'bank', id: 'silent' } })));
  const other = await given({ receiver: { kind: 'merchant', id: 'other' } });
  runner().start();
  await waitFor(async () => (await stateOf(other)) === 'DELIVERED');
  await waitFor(() => received.filter(({ path }) => path.startsWith('/silent')).length === 16);
});

it('a receiver whose callbacks come a few at a time has at most 16 open as well', async () => {
  receive = () => 'hang';
  const sender = runner();
  const giveSome = (count: number) => Promise.all(Array.from({ length: count }, () => given()));
  await giveSome(10);
  expect(await sender.pump()).toBe(10);
  await giveSome(30);
  expect(await sender.pump()).toBe(6);
  expect(await sender.pump()).toBe(0);
  await waitFor(() => hanging.length === 16);
});

it('a handful of silent receivers hold up no other', async () => {
  receive = ({ path }) => (path.startsWith('/silent') ? 'hang' : 200);
  const silent = ['1', '2', '3', '4', '5'].map((n) => ({ kind: 'bank', id: `silent-${n}` }) as const);
  await Promise.all(silent.flatMap((receiver) => Array.from({ length: 16 }, () => given({ receiver }))));
  const sender = runner({ outbound: manyConnections });
  await sender.pump();
  const other = await given({ receiver: { kind: 'merchant', id: 'other' } });
  await sender.pump();
  await waitFor(async () => (await stateOf(other)) === 'DELIVERED');
});

it('two processes send each callback once', async () => {
  const ids = await Promise.all(
    Array.from({ length: 30 }, (_, n) => given({ receiver: { kind: 'bank', id: `bank-${n % 3}` }, subject: `${n}` })),
  );
  for (const process of [runner(), runner()]) process.start();
  await waitFor(async () => (await Promise.all(ids.map(stateOf))).every((state) => state === 'DELIVERED'));
  expect(received).toHaveLength(30);
});

describe('an answer that comes after the lease ran out', () => {
  it('is kept as a stray try, and another try decides', async () => {
    receive = () => 'hang';
    const id = await given();
    const slow = runner();
    await slow.pump();
    await waitFor(() => hanging.length === 1);
    now = new Date(now.getTime() + 20_001);
    receive = () => 200;
    await round(runner());
    expect(await stateOf(id)).toBe('DELIVERED');
    hanging.pop()?.();
    await slow.idle();
    expect(await attemptsOf(id)).toEqual([
      { attempt: 1, status: 200, error: null, answer_sha256: EMPTY_SHA256, stray: true },
      { attempt: 2, status: 200, error: null, answer_sha256: EMPTY_SHA256, stray: false },
    ]);
  });
});

it('what is committed is sent at once when the runner is told', async () => {
  const sender = runner({ lookEveryMs: 60_000 });
  sender.start();
  await waitFor(async () => (await database.pool.query('select 1 from callback')).rowCount === 0);
  const id = await given();
  sender.poke();
  await waitFor(async () => (await stateOf(id)) === 'DELIVERED');
});

/** SHA-256 of zero bytes, base64url. */
const EMPTY_SHA256 = '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU';

describe('a person', () => {
  const operate = (callbackId: string, operation: CallbackOperation, idempotencyKey: string = randomUUID()) =>
    createCallbackOperations({
      database,
      clock: { now: () => now },
      poke: () => {},
      audited: {
        actions: { retry: 'aliasCallbackRetry', resolve: 'aliasCallbackResolve' },
        targetOf: ({ subject }) => ({ kind: 'alias', id: subject }),
      },
    })({
      callbackId,
      operation,
      subject: 'olena',
      by: { kind: 'operations', id: 'olena', keyId: null },
      idempotencyKey,
    });
  const reads = () => createCallbackReads(database);
  const audit = async (id: string) => {
    const { rows } = await database.pool.query<{ actor: string; action: string; entry: string }>(
      "select actor, action, entry from audit_entry where entry::jsonb -> 'details' ->> 'callbackGuid' = $1 order by sequence",
      [id],
    );
    return rows.map(({ actor, action, entry }) => {
      const { outcome = null, reason = null } = (JSON.parse(entry) as { details: { outcome?: string; reason?: string } }).details;
      return { actor, action, outcome, reason };
    });
  };

  /** Refused twice in a row. */
  async function inReview(): Promise<string> {
    const id = await given();
    receive = () => 400;
    const sender = runner();
    await round(sender);
    now = new Date(now.getTime() + 1_000);
    await round(sender);
    expect(await stateOf(id)).toBe('MANUAL_REVIEW');
    receive = () => 200;
    return id;
  }

  it('sees a callback in review with its tries, has it tried once more, and the answer counts', async () => {
    const id = await inReview();
    expect(await reads().list({ state: 'MANUAL_REVIEW', after: null, limit: 10 })).toMatchObject([
      { id, attempts: 2, state: 'MANUAL_REVIEW' },
    ]);
    const key = randomUUID();
    expect(await operate(id, { kind: 'retry' }, key)).toEqual({ ok: true, value: { replayed: false } });
    expect(await operate(id, { kind: 'retry' }, key)).toEqual({ ok: true, value: { replayed: true } });
    await round(runner());
    expect(await reads().one(id)).toMatchObject({ state: 'DELIVERED', attempts: 3 });
    expect((await reads().attemptsOf([id])).map(({ status, answer }) => [status, answer])).toEqual([
      [400, 'refused'],
      [400, 'refused'],
      [200, 'accepted'],
    ]);
    expect(await operate(id, { kind: 'resolve', outcome: 'ABANDONED', reason: 'r' })).toMatchObject({
      failure: { code: 'DELIVERY_ALREADY_ANSWERED' },
    });
    expect(await audit(id)).toEqual([{ actor: 'olena', action: 'aliasCallbackRetry', outcome: null, reason: null }]);
  });

  it('says how it ended, once, and nothing is sent any more', async () => {
    const id = await inReview();
    const before = received.length;
    const told: CallbackOperation = { kind: 'resolve', outcome: 'DELIVERED_OTHERWISE', reason: 'By telephone.' };
    expect(await operate(id, told)).toMatchObject({ ok: true });
    expect(await operate(id, told)).toMatchObject({ ok: true });
    expect(await operate(id, { ...told, outcome: 'ABANDONED' })).toMatchObject({ failure: { code: 'DELIVERY_ALREADY_RESOLVED' } });
    now = new Date(now.getTime() + 3_600_000);
    await round(runner());
    expect(received).toHaveLength(before);
    expect(await reads().one(id)).toMatchObject({ state: 'RESOLVED', outcome: 'DELIVERED_OTHERWISE', outcomeReason: 'By telephone.' });
    expect(await audit(id)).toEqual([
      { actor: 'olena', action: 'aliasCallbackResolve', outcome: 'DELIVERED_OTHERWISE', reason: 'By telephone.' },
    ]);
    expect(await operate(randomUUID(), told)).toMatchObject({ failure: { code: 'DELIVERY_NOT_FOUND' } });
  });

  it('reads a list page by page, last changed first', async () => {
    const ids = [await inReview(), await inReview(), await inReview()];
    const first = await reads().list({ state: 'MANUAL_REVIEW', after: null, limit: 2 });
    const last = first.at(-1);
    const rest = await reads().list({ state: 'MANUAL_REVIEW', after: last ? { at: last.updatedAt, id: last.id } : null, limit: 2 });
    expect([...first, ...rest].map(({ id }) => id)).toEqual(ids.toReversed());
  });
});
