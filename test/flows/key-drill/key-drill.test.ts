import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { Pool } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { addSecret } from '../../../kernel/runtime/secret-files.ts';
import { rejectReasonText } from '../../../protocol/reject-reasons.ts';
import { generateKeyPair, type GeneratedKeyPair } from '../../../protocol/rsa-key.ts';
import { faultRun } from '../../support/fault-run.ts';
import { waitFor } from '../../support/wait-for.ts';
import { ordersPaidTwice } from '../books.ts';
import { startHubUnderTest, type HubUnderTest } from '../hub-under-test.ts';
import {
  ordersOf,
  preparerWith,
  sendUntilAnswered,
  startDrillLoad,
  type DrillLoad,
  type OrderMaker,
  type SentMessage,
} from './drill-bank.ts';
import { startDrillMerchant, type DrillMerchant } from './drill-merchant.ts';
import { startLoneParticipants } from './lone-participants.ts';

const { long } = faultRun();
/**
 * How often the bank changes its key by itself, through its key set, after operations did it once. A key that left the set is good for
 * an hour more, and a participant has eight keys at most: two of the sandbox, one of operations, these and the three of the second test.
 */
const ROTATIONS = 2;
const WAITING = 100;
const MESSAGES_BETWEEN = long ? 120 : 16;
/** So long the old key is good beside the new one; a message is on its way for much less. */
const OVERLAP_MS = 8_000;
/** So long a key of the hub is in the key set before it signs. `npm run secrets` announces for a day. */
const ANNOUNCED_MS = 10_000;
const PATIENCE = { timeoutMs: 60_000 };
/** How often it is looked whether somebody has started the core again. */
const KILL_AGAIN_MS = 5;
/** A revocation reaches an edge whose core is there within this. Milliseconds. */
const REVOKED_WITHIN_MS = 5_000;

let hub: HubUnderTest;
let database: Pool;
let merchant: DrillMerchant;
let keySet: { readonly url: string; keys: readonly object[]; readonly server: Server };

beforeAll(async () => {
  hub = await startHubUnderTest();
  database = new Pool({ connectionString: hub.hub.databaseUrl, max: 2 });
  merchant = await startDrillMerchant(hub);
  keySet = await startKeySet();
}, 90_000);
afterAll(async () => {
  keySet.server.closeAllConnections();
  keySet.server.close();
  await merchant.close();
  await database.end();
  await hub.stop();
}, 30_000);

/** Where the payer's bank publishes its keys. */
async function startKeySet(): Promise<typeof keySet> {
  const server = createServer((_request, response) => void response.end(JSON.stringify({ keys: set.keys })));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // a TCP server that listens
  const set: typeof keySet = { url: `http://127.0.0.1:${port}/jwks.json`, keys: [], server };
  return set;
}

async function operations(mutation: string, type: string, input: Record<string, unknown>): Promise<void> {
  const document = `mutation ($input: ${type}!) { done: ${mutation}(input: $input) { errors { code } } }`;
  const { data, errors } = await hub.graphql(document, { input: { idempotencyKey: crypto.randomUUID(), ...input } }, hub.sandbox.ops.token);
  expect(errors ?? data.done.errors).toEqual([]);
}

const directoryAtEdge = async (): Promise<number> =>
  ((await (await fetch(`${hub.sandbox.edge}/readyz`)).json()) as { directoryVersion: number }).directoryVersion;

/** Makes a change of the directory and waits until the edge goes by it. */
async function followed(change: () => Promise<void>): Promise<void> {
  const before = await directoryAtEdge();
  await change();
  await waitFor(async () => (await directoryAtEdge()) > before, PATIENCE);
}

async function whileSending(load: DrillLoad, count: number): Promise<void> {
  const before = load.sent.length;
  await waitFor(() => load.sent.length >= before + count, PATIENCE);
}

/** Operations add a key and retire the old one; then the bank does it by itself, through the key set that it publishes. */
async function rotateBankKey(load: DrillLoad, first: GeneratedKeyPair): Promise<number> {
  const participantId = hub.payer.guid;
  const next = await generateKeyPair('sign');
  await followed(() => operations('participantKeyAdd', 'ParticipantKeyAddInput', { participantId, jwk: next.publicJwk, purpose: 'SIGN' }));
  load.signWith(next);
  const retireAt = new Date(Date.now() + OVERLAP_MS).toISOString();
  await followed(() => operations('participantKeyRetire', 'ParticipantKeyRetireInput', { kid: first.kid, retireAt }));
  await whileSending(load, MESSAGES_BETWEEN);

  const read = () => operations('participantKeySourceChange', 'ParticipantKeySourceChangeInput', { participantId, jwksUrl: keySet.url });
  let present = next;
  for (let n = 0; n < ROTATIONS; n++) {
    const coming = await generateKeyPair('sign');
    keySet.keys = [present.publicJwk, coming.publicJwk];
    await followed(read);
    load.signWith(coming);
    await whileSending(load, MESSAGES_BETWEEN);
    keySet.keys = [coming.publicJwk];
    await followed(read);
    present = coming;
  }
  return 1 + ROTATIONS;
}

/** The next keys of the hub: each is in the key set before it signs. The edge takes its own with its next start. */
async function rotateHubKeys(load: DrillLoad): Promise<void> {
  const folder = join(hub.hub.home, 'secrets');
  const signsFrom = new Date(Date.now() + ANNOUNCED_MS);
  const [hubKid, edgeKid] = [await addSecret(folder, 'hub-signing', signsFrom), await addSecret(folder, 'edge-signing', signsFrom)];
  await addSecret(folder, 'directory', signsFrom);
  await addSecret(folder, 'envelope', signsFrom);
  // The merchant reads the key set as everybody does who reads it every five minutes: once, while the new keys are announced.
  await waitFor(async () => {
    const kids = await merchant.readKeys();
    return kids.includes(hubKid) && kids.includes(edgeKid);
  }, PATIENCE);
  const announcedFor = signsFrom.getTime() - Date.now();
  await waitFor(() => merchant.kids.has(hubKid) && new Date() > signsFrom, PATIENCE);
  expect(announcedFor).toBeGreaterThan(0);
  expect(merchant.kids.get(hubKid)?.getTime()).toBeGreaterThanOrEqual(signsFrom.getTime());

  const edge = hub.hub.pids()['edge'] ?? 0;
  process.kill(edge, 'SIGTERM');
  await waitFor(() => hub.hub.pids()['edge'] !== edge && load.sent.at(-1)?.receiptKid === edgeKid, PATIENCE);
  await whileSending(load, MESSAGES_BETWEEN);
}

const guidsOf = (sent: readonly SentMessage[]) => sent.map(({ body }) => (JSON.parse(body) as { guid: string }).guid);

async function statesOf(guids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { rows } = await database.query<{ guid: string; state: string; reason_code: string | null }>(
    'select guid, state, reason_code from payments.payment where guid = any($1::uuid[])',
    [guids],
  );
  return new Map(rows.map(({ guid, state, reason_code: reason }) => [guid, reason === null ? state : `${state} ${reason}`]));
}

/** What the sandbox's banks did not believe of what the hub sent them. */
async function unbelieved(): Promise<readonly unknown[]> {
  const histories = await Promise.all([hub.payer.guid, hub.receiver.guid].map((id) => hub.history(id)));
  return histories.flat().filter(({ direction, status }) => direction === 'in' && status === 401);
}

test(
  'a bank and the hub change their keys under load, and no valid message is refused',
  async ({ annotate }) => {
    const first = await generateKeyPair('sign');
    const input = { participantId: hub.payer.guid, jwk: first.publicJwk, purpose: 'SIGN' };
    await followed(() => operations('participantKeyAdd', 'ParticipantKeyAddInput', input));
    const load = startDrillLoad(hub, ordersOf(hub, merchant.secretKey), first);
    await whileSending(load, MESSAGES_BETWEEN);
    const [rotations] = await Promise.all([rotateBankKey(load, first), rotateHubKeys(load)]);
    await whileSending(load, MESSAGES_BETWEEN);
    await load.stop();

    const refused = load.sent.filter(({ status }) => status !== 200 && status !== 202);
    expect(refused.map(({ status, body, kid }) => ({ status, body, kid }))).toEqual([]);
    const kids = new Set(load.sent.map(({ kid }) => kid));
    expect(kids.size).toBe(1 + rotations);
    const guids = guidsOf(load.sent);
    await waitFor(async () => [...(await statesOf(guids)).values()].filter((state) => state === 'SUCCESS').length === guids.length, {
      timeoutMs: 90_000,
    });
    expect(await ordersPaidTwice(database)).toEqual([]);
    expect([await unbelieved(), merchant.refused]).toEqual([[], []]);
    expect(load.sent.every(({ receiptKid }) => receiptKid?.startsWith('edge-'))).toBe(true);
    expect(new Set(load.sent.map(({ receiptKid }) => receiptKid)).size).toBe(2);

    // The first key is over by now: what is signed with it is refused, so the drill did rotate something.
    const [orderId = ''] = await ordersOf(hub, merchant.secretKey)(1);
    await expect(preparerWith(hub, first)(orderId)).rejects.toThrow(/TOKEN_KEY_RETIRED/);
    await annotate(
      `${rotations} rotations of the bank's key and one of each key of the hub under ${load.sent.length} messages: 0 refused, ` +
        `${guids.length} paid; ${merchant.believed} callbacks believed, 0 not`,
    );
  },
  (long ? 20 : 5) * 60_000,
);

/** Kills the core whenever it is there, until it is let live. */
function keepCoreDown(): { letLive(): Promise<void> } {
  const released = new AbortController();
  const holding = (async () => {
    for (let killed = 0; !released.signal.aborted; await pause(KILL_AGAIN_MS)) {
      const pid = hub.hub.pids()['core'] ?? 0;
      if (pid === killed || pid === 0) continue;
      process.kill(pid, 'SIGKILL');
      killed = pid;
    }
  })();
  return {
    async letLive() {
      released.abort();
      await holding;
    },
  };
}

async function payOutsOf(guids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const told = new Map<string, string>();
  for (const { direction, body } of await hub.history(hub.payer.guid)) {
    const callback = body as { payment_message_guid?: string; callback_type?: string; status?: string; reason?: string } | null; // a callback, or something else
    const guid = callback?.payment_message_guid ?? '';
    if (direction === 'in' && callback?.callback_type === 'pay-out' && guids.includes(guid)) {
      told.set(guid, `${callback.status}: ${callback.reason}`);
    }
  }
  return told;
}

async function registeredKey(): Promise<GeneratedKeyPair> {
  const key = await generateKeyPair('sign');
  const input = { participantId: hub.payer.guid, jwk: key.publicJwk, purpose: 'SIGN' };
  await followed(() => operations('participantKeyAdd', 'ParticipantKeyAddInput', input));
  return key;
}

const RETIRE = 'mutation ($input: ParticipantKeyRetireInput!) { done: participantKeyRetire(input: $input) { errors { code } } }';

test(
  `of ${WAITING} promised messages whose key is revoked while they wait none is paid, and each bank is told so`,
  async ({ annotate }) => {
    const [stolen, retired, good] = [await registeredKey(), await registeredKey(), await registeredKey()];
    const makeOrders = ordersOf(hub, merchant.secretKey);
    const prepared = async (key: GeneratedKeyPair, count: number) => {
      const prepare = preparerWith(hub, key);
      return (await Promise.all((await makeOrders(count)).map(async (id) => ({ id, message: await prepare(id) })))).map((one) => ({
        ...one,
        key,
      }));
    };
    const [doomed, early, others] = [await prepared(stolen, WAITING), await prepared(retired, 10), await prepared(good, 10)];
    const before = new Date();
    const core = keepCoreDown();
    const lone = await startLoneParticipants(hub);
    try {
      const sent = await Promise.all([...doomed, ...early, ...others].map(({ message, key }) => sendUntilAnswered(hub, message, key.kid)));
      expect(new Set(sent.map(({ status }) => status))).toEqual(new Set([202]));
      const revoke = (kid: string, revokedFrom: Date) =>
        lone.mutate(RETIRE, { kid, revokedFrom: revokedFrom.toISOString(), idempotencyKey: crypto.randomUUID() });
      // The one was stolen before the messages came; the other became unsafe only after that.
      expect(await revoke(stolen.kid, before)).toEqual({ done: { errors: [] } });
      expect(await revoke(retired.kid, new Date())).toEqual({ done: { errors: [] } });
    } finally {
      await lone.stop();
      await core.letLive();
    }

    const [refused, paid] = [doomed.map(({ message }) => message.guid), [...early, ...others].map(({ message }) => message.guid)];
    const count = async (guids: readonly string[], state: string) =>
      [...(await statesOf(guids)).values()].filter((one) => one === state).length;
    await waitFor(async () => (await count(refused, 'REJECT KEY_REVOKED')) === WAITING, { timeoutMs: 90_000 });
    await waitFor(async () => (await count(paid, 'SUCCESS')) === paid.length, { timeoutMs: 90_000 });
    await waitFor(async () => (await payOutsOf(refused)).size === WAITING, PATIENCE);
    const told = await payOutsOf(refused);
    expect(new Set(told.values())).toEqual(new Set([`reject: ${rejectReasonText('KEY_REVOKED')}`]));
    const { rows } = await database.query('select 1 from settlement.ledger_transaction where payment_guid = any($1::uuid[])', [refused]);
    expect(rows).toEqual([]);
    // Nobody holds their orders: they can be paid with a key that is good.
    const [first] = doomed;
    const again = await sendUntilAnswered(hub, await preparerWith(hub, good)(first?.id ?? ''), good.kid);
    expect(again.status).toBe(200);
    await waitFor(async () => (await count(guidsOf([again]), 'SUCCESS')) === 1, PATIENCE);

    const withinMs = await revokedWithin(good, makeOrders);
    expect(withinMs).toBeLessThan(REVOKED_WITHIN_MS);
    await annotate(
      `${WAITING} promised messages of a revoked key: ${told.size} REJECT KEY_REVOKED with Pay-out, ${rows.length} paid; ` +
        `${paid.length} of other keys, or received before the revocation, paid; the edge refuses a revoked key after ${withinMs} ms`,
    );
  },
  4 * 60_000,
);

/** How long an edge that is being used takes messages of a key after its revocation was answered. Milliseconds. */
async function revokedWithin(key: GeneratedKeyPair, makeOrders: OrderMaker): Promise<number> {
  const prepare = preparerWith(hub, key);
  const nextMessage = async () => prepare((await makeOrders(1))[0] ?? '');
  let message = await nextMessage(); // What it reads of an order it reads while its key is good.
  await operations('participantKeyRetire', 'ParticipantKeyRetireInput', { kid: key.kid, revokedFrom: new Date().toISOString() });
  const revokedAt = performance.now();
  for (;;) {
    const { status, body } = await sendUntilAnswered(hub, message, key.kid);
    const afterMs = Math.round(performance.now() - revokedAt);
    if (status === 401) expect(body).toContain('TOKEN_KEY_RETIRED');
    if (status === 401 || afterMs > REVOKED_WITHIN_MS) return afterMs;
    message = await nextMessage();
  }
}
