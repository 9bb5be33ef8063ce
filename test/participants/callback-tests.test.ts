import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { createIdSource } from '../../kernel/runtime/id-source.ts';
import { createLogger } from '../../kernel/runtime/logger.ts';
import { createOutboundClient } from '../../kernel/runtime/outbound.ts';
import { createHubSigner } from '../../kernel/runtime/signing.ts';
import type { HubKeys } from '../../protocol/client/hub-signature.ts';
import { type CallbackReceiver, type IncomingCallback, readCallbackTest } from '../../protocol/client/read-callback.ts';
import { importVerificationKey, readBodyToken } from '../../protocol/token.ts';
import type { RsaPublicJwk } from '../../protocol/web-crypto.ts';
import type { Caller } from '../../schema/caller.ts';
import type { CallbackTestResult } from '../../subgraphs/participants/app/callback-test.ts';
import { createCallbackTester } from '../../subgraphs/participants/delivery/send-callback-tests.ts';
import { CALLBACK_TEST_LOST_MS, CALLBACK_TEST_PAUSE_MS } from '../../subgraphs/participants/domain/callback-test.ts';
import { waitFor } from '../support/wait-for.ts';
import {
  aKey,
  bankCaller,
  merchantCaller,
  OPERATIONS,
  registeredBank,
  registeredMerchant,
  startParticipants,
  type RunningParticipants,
} from './running-participants.ts';

let participants: RunningParticipants;
let server: Server;
let base: string;
let bankGuid: string;
let hubKeys: HubKeys;

interface Reply {
  readonly status: number;
  readonly body: string;
}
/** How a receiver answers; null: never. */
type Receiver = (incoming: IncomingCallback, receiver: CallbackReceiver) => Promise<Reply | null>;
const receivers = new Map<string, Receiver>();
const audiences = new Map<string, string>();
const seen = new Map<string, string[]>();

const NOTED: Reply = { status: 200, body: '{"noted":true}' };

/** A receiver that does its homework. */
const honest: Receiver = async (incoming, receiver) => {
  const read = await readCallbackTest(incoming, receiver);
  return read.ok ? NOTED : { status: 401, body: JSON.stringify({ error: read.failure.code }) };
};
const always =
  (reply: Reply | null): Receiver =>
  () =>
    Promise.resolve(reply);
/** Honest, but for whatever it accepts the second time. */
function onRepeat(reply: Reply): Receiver {
  const known = new Set<string>();
  return async (incoming, receiver) => {
    const body = Buffer.from(incoming.body).toString();
    const answer = await honest(incoming, receiver);
    return answer?.status === 200 && known.size === known.add(body).size ? reply : answer;
  };
}
const refusing401With =
  (status: number): Receiver =>
  async (incoming, receiver) => {
    const answer = await honest(incoming, receiver);
    return answer?.status === 401 ? { ...answer, status } : answer;
  };
/** Believes the hub's signature, however old. */
const timeless: Receiver = async (incoming, receiver) => {
  const token = readBodyToken(incoming.body);
  return honest(incoming, { ...receiver, now: new Date(Number(token.ok ? token.value.claims['iat'] : 0) * 1000) });
};

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url ?? '';
  const body = Buffer.from(await text(request));
  seen.set(path, [...(seen.get(path) ?? []), body.toString()]);
  const incoming = { method: request.method ?? '', path, authorization: request.headers['cx-authorization']?.toString(), body };
  const reply = await receivers.get(path)?.(incoming, { hubKeys, audience: audiences.get(path) ?? '', now: participants.now });
  if (reply) response.writeHead(reply.status, { location: '/elsewhere' }).end(reply.body);
}

beforeAll(async () => {
  participants = await startParticipants({ allowPlainHttp: true, callbackTest: { answerWithinMs: 15_000 } });
  const [key] = participants.secrets.hubSigning;
  hubKeys = new Map([[key?.kid ?? '', await importVerificationKey(key?.publicJwk as RsaPublicJwk)]]); // made by the hub as RSA
  server = createServer((request, response) => void respond(request, response));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server that listens
  bankGuid = await registeredBank(participants, { routes: { payIn: `${base}/bank/pay-in`, credit: `${base}/bank/credit` } });
  for (const path of ['/bank/pay-in', '/bank/credit']) {
    receivers.set(path, honest);
    audiences.set(path, bankGuid);
  }
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await participants.stop();
});

let shops = 0;
async function aShop(receiver: Receiver, callbackUrl?: string): Promise<{ readonly uid: string; readonly path: string }> {
  const path = `/shop-${++shops}`;
  const uid = await registeredMerchant(participants, bankGuid, { callbackUrl: callbackUrl ?? base + path });
  receivers.set(path, receiver);
  audiences.set(path, uid);
  return { uid, path };
}

interface Run {
  readonly testGuid: string;
  readonly state: string;
  readonly route: string | null;
  readonly address: string;
  readonly byOperations: boolean;
  readonly endedAt: string | null;
  readonly passed: boolean;
  readonly results: readonly {
    readonly variant: string;
    readonly passed: boolean;
    readonly finding: string;
    readonly advice: string;
    readonly headerToken: string | null;
    readonly body: string | null;
    readonly status: number | null;
    readonly answer: string | null;
    readonly answerIsCut: boolean;
    readonly durationMs: number;
  }[];
}
interface Answer {
  readonly callbackTest: Run | null;
  readonly replayed: boolean;
  readonly errors: readonly { readonly code: string; readonly path: readonly string[]; readonly retryable: boolean }[];
}

const RUN = `testGuid state route address byOperations endedAt passed
  results { variant passed finding advice headerToken body status answer answerIsCut durationMs }`;

async function run(input: Record<string, unknown>, caller: Caller = OPERATIONS): Promise<Answer> {
  const source = `mutation ($input: CallbackTestInput!) { answer: callbackTest(input: $input) { callbackTest { ${RUN} } replayed errors { code path retryable } } }`;
  const { answer } = await participants.ask(source, { input: { idempotencyKey: aKey(), ...input } }, caller);
  return answer as unknown as Answer; // the query above
}

async function lastOf(uid: string, caller: Caller = OPERATIONS): Promise<Run | null | undefined> {
  const { merchant } = await participants.ask(
    `query ($uid: String) { merchant(uid: $uid) { lastCallbackTest { ${RUN} } } }`,
    { uid },
    caller,
  );
  return (merchant as unknown as { lastCallbackTest: Run | null } | null)?.lastCallbackTest; // the query above
}

const findings = ({ callbackTest }: Answer) => (callbackTest?.results ?? []).map(({ variant, finding }) => `${variant} ${finding}`);
const codes = ({ errors }: Answer) => errors.map(({ code }) => code);
const PASSED = ['GOOD AS_EXPECTED', 'DUPLICATE AS_EXPECTED', 'LATE AS_EXPECTED', 'FORGED AS_EXPECTED'];

describe('a receiver that does its homework', () => {
  test('passes, and the report shows what was sent and what it answered', async () => {
    const { uid, path } = await aShop(honest);
    const answer = await run({ participantId: uid });
    expect(findings(answer)).toEqual(PASSED);
    expect(answer).toMatchObject({
      replayed: false,
      errors: [],
      callbackTest: {
        state: 'ENDED',
        route: null,
        address: base + path,
        byOperations: true,
        passed: true,
        endedAt: participants.now.toISOString(),
      },
    });
    const [good, duplicate, late, forged] = answer.callbackTest?.results ?? [];
    expect([good, duplicate, late, forged].map((result) => [result?.status, result?.answer])).toEqual([
      [200, NOTED.body],
      [200, NOTED.body],
      [401, '{"error":"TOKEN_STALE"}'],
      [401, '{"error":"TOKEN_SIGNATURE"}'],
    ]);
    expect(duplicate?.body).toBe(good?.body);
    expect(duplicate?.headerToken).not.toBe(good?.headerToken);
    expect(seen.get(path)).toHaveLength(4);
    expect(new Set(seen.get(path))).toEqual(new Set([good, late, forged].map((result) => result?.body)));
    const token = readBodyToken(good?.body ?? '');
    expect(token.ok && token.value.claims).toMatchObject({
      callback_type: 'callback-test',
      test: true,
      test_guid: answer.callbackTest?.testGuid,
    });
    expect(await lastOf(uid)).toEqual(answer.callbackTest);
  });

  test('passes at each address of a bank that is asked for, without a wish at the first', async () => {
    const first = await run({ participantId: bankGuid }, bankCaller(bankGuid));
    expect(findings(first)).toEqual(PASSED);
    expect(first.callbackTest).toMatchObject({ route: 'PAY_IN', address: `${base}/bank/pay-in`, byOperations: false });
    expect(codes(await run({ participantId: bankGuid, route: 'CREDIT' }))).toEqual(['CALLBACK_TEST_TOO_SOON']);
    participants.now = new Date(participants.now.getTime() + CALLBACK_TEST_PAUSE_MS);
    const second = await run({ participantId: bankGuid, route: 'CREDIT' });
    expect(findings(second)).toEqual(PASSED);
    expect(second.callbackTest?.route).toBe('CREDIT');
    expect(codes(await run({ participantId: bankGuid, route: 'PAY_OUT' }))).toEqual(['CALLBACK_ADDRESS_MISSING']);
  });
});

describe('a receiver that', () => {
  const REFUSED = ['GOOD REFUSED', 'DUPLICATE NOT_SENT', 'LATE REFUSED_OTHERWISE', 'FORGED REFUSED_OTHERWISE'];
  const [good, duplicate, late, forged] = PASSED;

  test.each<[string, Receiver, readonly (string | undefined)[]]>([
    ['believes everybody', always(NOTED), [good, duplicate, 'LATE LATE_ACCEPTED', 'FORGED FORGED_ACCEPTED']],
    ['does not look at the time', timeless, [good, duplicate, 'LATE LATE_ACCEPTED', forged]],
    ['refuses a repetition', onRepeat({ status: 409, body: '' }), [good, 'DUPLICATE REPEAT_REFUSED', late, forged]],
    [
      'answers a repetition otherwise',
      onRepeat({ status: 200, body: '{"known":true}' }),
      [good, 'DUPLICATE REPEAT_ANSWERED_OTHERWISE', late, forged],
    ],
    ['refuses with another status', refusing401With(403), [good, duplicate, 'LATE REFUSED_OTHERWISE', 'FORGED REFUSED_OTHERWISE']],
    ['is not there', always({ status: 404, body: '' }), REFUSED],
    ['believes nobody', always({ status: 401, body: '' }), ['GOOD NOT_BELIEVED', 'DUPLICATE NOT_SENT', late, forged]],
    ['breaks', always({ status: 500, body: 'boom' }), ['GOOD UNCLEAR', 'DUPLICATE NOT_SENT', 'LATE UNCLEAR', 'FORGED UNCLEAR']],
    ['sends elsewhere', always({ status: 302, body: '' }), ['GOOD UNCLEAR', 'DUPLICATE NOT_SENT', 'LATE UNCLEAR', 'FORGED UNCLEAR']],
  ])('%s fails', async (_, receiver, expected) => {
    const { uid } = await aShop(receiver);
    const answer = await run({ participantId: uid });
    expect(findings(answer)).toEqual(expected);
    expect(answer.callbackTest).toMatchObject({ state: 'ENDED', passed: false });
    for (const { passed, finding, advice } of answer.callbackTest?.results ?? []) {
      expect(passed).toBe(finding === 'AS_EXPECTED');
      expect(advice.endsWith('.')).toBe(true);
    }
  });

  test.each([
    ['the hub may not connect to', 'http://169.254.169.254/callback', 'ADDRESS_REFUSED'],
    ['nobody listens at', 'http://127.0.0.1:1/callback', 'CONNECTION'],
  ])('is at an address that %s fails', async (_, url, finding) => {
    const { uid } = await aShop(honest, url);
    const answer = await run({ participantId: uid });
    expect(findings(answer)).toEqual([`GOOD ${finding}`, 'DUPLICATE NOT_SENT', `LATE ${finding}`, `FORGED ${finding}`]);
    expect(answer.callbackTest?.results[0]).toMatchObject({ status: null, answer: null });
    expect(answer.callbackTest?.results[1]).toMatchObject({ headerToken: null, body: null, durationMs: 0 });
  });

  test('says much, and what no database takes, is shown in its beginning', async () => {
    const { uid } = await aShop(always({ status: 200, body: `\0${'є'.repeat(2_000)}` }));
    const [result] = (await run({ participantId: uid })).callbackTest?.results ?? [];
    expect(result).toMatchObject({ answer: `\uFFFD${'є'.repeat(511)}`, answerIsCut: true });
  });
});

describe('who may test', () => {
  const support: Caller = { kind: 'operations', subject: 'ivan', scopes: ['callbacks:test'] };

  test('a participant itself, and operations with a scope for it', async () => {
    for (const caller of [(uid: string) => merchantCaller(uid), () => support, () => OPERATIONS]) {
      const { uid } = await aShop(honest);
      expect(findings(await run({ participantId: uid }, caller(uid)))).toEqual(PASSED);
    }
  });

  test('nobody else, for whom the participant does not exist', async () => {
    const { uid, path } = await aShop(honest);
    const refusals: readonly [Caller, string][] = [
      [bankCaller(bankGuid), 'PARTICIPANT_NOT_FOUND'],
      [merchantCaller(bankGuid), 'PARTICIPANT_NOT_FOUND'],
      [{ kind: 'customer', merchantUid: uid, orderId: null, keyId: 'k' }, 'PARTICIPANT_NOT_FOUND'],
      [{ kind: 'anonymous' }, 'PARTICIPANT_NOT_FOUND'],
      [{ kind: 'operations', subject: 'ivan', scopes: ['participants:read'] }, 'SCOPE_MISSING'],
    ];
    for (const [caller, code] of refusals) expect(codes(await run({ participantId: uid }, caller))).toEqual([code]);
    expect(codes(await run({ participantId: 'nobody' }))).toEqual(['PARTICIPANT_NOT_FOUND']);
    expect(codes(await run({ participantId: crypto.randomUUID() }))).toEqual(['PARTICIPANT_NOT_FOUND']);
    expect(codes(await run({ participantId: uid, route: 'PAY_IN' }))).toEqual(['CALLBACK_ADDRESS_MISSING']);
    expect(codes(await run({ participantId: uid, idempotencyKey: '' }))).toEqual(['IDEMPOTENCY_KEY_INVALID']);
    expect(seen.get(path)).toBeUndefined();
  });

  test('sees the last test: the participant itself and operations', async () => {
    const { uid } = await aShop(honest);
    expect(await lastOf(uid)).toBeNull();
    await run({ participantId: uid });
    expect(await lastOf(uid, merchantCaller(uid))).toMatchObject({ passed: true });
    expect(await lastOf(uid, bankCaller(bankGuid))).toBeNull();
  });
});

describe('a run', () => {
  test('is one at a time, and once for a key', async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const { uid, path } = await aShop(async (incoming, receiver) => {
      await held;
      return honest(incoming, receiver);
    });
    const key = aKey();
    const first = run({ participantId: uid, idempotencyKey: key });
    await waitFor(() => seen.get(path)?.length === 3);
    const others = [run({ participantId: uid }), run({ participantId: uid }, merchantCaller(uid))];
    for (const other of await Promise.all(others)) {
      expect(other).toMatchObject({
        callbackTest: null,
        errors: [{ code: 'CALLBACK_TEST_RUNNING', path: ['participantId'], retryable: true }],
      });
    }
    const replayed = await run({ participantId: uid, idempotencyKey: key });
    expect(replayed).toMatchObject({ replayed: true, callbackTest: { state: 'RUNNING', passed: false, endedAt: null } });
    release();
    const { callbackTest } = await first;
    expect(callbackTest).toMatchObject({ state: 'ENDED' });
    expect((await run({ participantId: uid, idempotencyKey: key })).callbackTest).toEqual(callbackTest);
    expect(seen.get(path)).toHaveLength(4);

    const bank = await run({ participantId: bankGuid, idempotencyKey: key });
    expect(codes(bank)).toEqual(['IDEMPOTENCY_MISMATCH']);
    participants.now = new Date(participants.now.getTime() + CALLBACK_TEST_PAUSE_MS);
    await run({ participantId: uid });
    expect(await run({ participantId: uid, idempotencyKey: key })).toMatchObject({ replayed: true, callbackTest: null, errors: [] });
  });

  test('that nobody ends is lost after a minute, and does not stand in the way', async () => {
    const { uid } = await aShop(honest);
    await run({ participantId: uid });
    await participants.database.pool.query(`update callback_test set ended_at = null, results = '[]' where participant_id = $1`, [uid]);
    expect(await lastOf(uid)).toMatchObject({ state: 'RUNNING' });
    participants.now = new Date(participants.now.getTime() + CALLBACK_TEST_LOST_MS);
    expect(await lastOf(uid)).toMatchObject({ state: 'LOST', passed: false, results: [] });
    expect(findings(await run({ participantId: uid }))).toEqual(PASSED);
  });
});

describe('a receiver that never answers', () => {
  function aTester() {
    const ended = Promise.withResolvers<void>();
    const results: CallbackTestResult[] = [];
    const clock = { now: () => participants.now };
    const outbound = createOutboundClient({ sandbox: { host: '127.0.0.1' } });
    const tester = createCallbackTester({
      outbound,
      signer: createHubSigner(participants.secrets),
      clock,
      ids: createIdSource(clock),
      logger: createLogger({ level: 'error', name: 'test' }),
      store: { add: async (_test, result) => void results.push(result), end: async () => ended.resolve() },
      times: { timeoutMs: 200, answerWithinMs: 0 },
    });
    const address = { route: null, url: `${base}/silent` };
    const times = { startedAt: participants.now, startedBy: 'OPERATIONS' as const };
    receivers.set('/silent', always(null));
    return {
      tester,
      outbound,
      results,
      ended: ended.promise,
      test: { guid: crypto.randomUUID(), participantId: bankGuid, address, ...times },
    };
  }

  test('is given up in time, and whoever asked is not kept waiting', async () => {
    const { tester, outbound, results, ended, test: silent } = aTester();
    await tester.run(silent);
    expect(results).toEqual([]);
    await ended;
    expect(results.map(({ variant, finding }) => `${variant} ${finding}`).toSorted()).toEqual([
      'DUPLICATE NOT_SENT',
      'FORGED TIMEOUT',
      'GOOD TIMEOUT',
      'LATE TIMEOUT',
    ]);
    await outbound.close();
  });

  test('is not blamed for what the hub abandons when it stops', async () => {
    const { tester, outbound, results, test: silent } = aTester();
    const before = seen.get('/silent')?.length ?? 0;
    await tester.run(silent);
    await waitFor(() => seen.get('/silent')?.length === before + 3);
    await tester.stop();
    await outbound.close();
    expect(results).toEqual([]);
  });
});
