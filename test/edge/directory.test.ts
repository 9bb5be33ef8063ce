import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { aMessage, anEdge, send, type EdgeUnderTest } from './support/edge-under-test.ts';
import { ed25519Pair } from './support/fake-core.ts';
import { anActor, bankEntry } from './support/participants.ts';

/** Longer than the edge uses its copy without asking. */
const QUIET_MS = 2_500;
/** Slower than the edge waits for while its copy is fresh. */
const SLOW_CORE_MS = 600;

let t: EdgeUnderTest;
beforeEach(async () => {
  t = await anEdge();
});
afterEach(() => t.stop());

const readiness = async () => send(t.url, { method: 'GET', path: '/readyz', headers: {}, body: undefined });

describe('the directory at the edge', () => {
  it('makes the edge ready, and stays when edge and core go away', async () => {
    expect((await readiness()).json).toMatchObject({ status: 'ready', directoryVersion: 1 });
    await t.core.down();
    await t.restart();
    expect((await readiness()).json).toMatchObject({ status: 'ready', directoryVersion: 1 });
    expect((await send(t.url, await aMessage(t.bank))).status).toBe(202);
    const stranger = t.bank.signRaw({ alg: 'RS256', kid: t.otherBank.kid }, '{}');
    expect(await send(t.url, await aMessage(t.bank, { headerToken: stranger }))).toMatchObject({
      status: 401,
      json: { code: 'TOKEN_SIGNATURE' },
    });
  });

  it('lets a new bank in at its first message', async () => {
    expect((await send(t.url, await aMessage(t.bank))).status).toBe(200);
    const newcomer = await anActor(randomUUID());
    t.core.publish({ banks: [t.bank, newcomer].map((bank) => bankEntry(bank)), merchants: [] });
    await waitFor(async () => (await send(t.url, await aMessage(newcomer))).status === 200);
  });

  it('forgets a revoked key, and keeps to the new one of the same bank', async () => {
    const rotated = { ...(await anActor(t.bank.id)), id: t.bank.id };
    t.core.publish({
      banks: [
        bankEntry({
          ...rotated,
          keys: [...rotated.keys, ...t.bank.keys.map((key) => ({ ...key, revokedFrom: '2021-01-01T00:00:00.000Z' }))],
        }),
      ],
      merchants: [],
    });
    await waitFor(async () => (await readiness()).json['directoryVersion'] === 2);
    expect((await send(t.url, await aMessage(rotated))).status).toBe(200);
    expect(await send(t.url, await aMessage(t.bank))).toMatchObject({ status: 401, json: { code: 'TOKEN_KEY_RETIRED' } });
  });

  it('is right for the first requests after a quiet time, however many come at once and though the core is slow', async () => {
    expect((await send(t.url, await aMessage(t.bank))).status).toBe(200);
    const messages = await Promise.all(Array.from({ length: 8 }, () => aMessage(t.bank)));
    const revoked = t.bank.keys.map((key) => ({ ...key, revokedFrom: '2021-01-01T00:00:00.000Z' }));
    const quietUntil = performance.now() + QUIET_MS;
    await waitFor(() => performance.now() > quietUntil, { timeoutMs: QUIET_MS * 2 });
    t.core.directoryAfter = () => pause(SLOW_CORE_MS);
    t.core.publish({ banks: [bankEntry({ ...t.bank, keys: revoked })], merchants: [] });
    const answers = await Promise.all(messages.map((message) => send(t.url, message)));
    expect(answers.map(({ json }) => json['code'])).toEqual(messages.map(() => 'TOKEN_KEY_RETIRED'));
  });

  it('makes nobody wait long for a core that hangs', async () => {
    expect((await send(t.url, await aMessage(t.bank))).status).toBe(200);
    const messages = await Promise.all(Array.from({ length: 8 }, () => aMessage(t.bank)));
    const quietUntil = performance.now() + QUIET_MS;
    await waitFor(() => performance.now() > quietUntil, { timeoutMs: QUIET_MS * 2 });
    const hangs = Promise.withResolvers<void>();
    t.core.directoryAfter = () => hangs.promise;
    const answers = await Promise.all(messages.map((message) => send(t.url, message)));
    hangs.resolve();
    expect(answers.map(({ status }) => status)).toEqual(messages.map(() => 200));
  });

  it('knows when a key begins and ends also without the core', async () => {
    const soon = new Date(Date.now() + 2_000).toISOString();
    const [next, gone] = [await anActor(t.bank.id), await anActor(t.bank.id)];
    const keys = [
      ...next.keys.map((key) => ({ ...key, validFrom: soon })),
      ...t.bank.keys.map((key) => ({ ...key, validUntil: soon })),
      ...gone.keys.map((key) => ({ ...key, validUntil: '2021-01-01T00:00:00.000Z' })),
    ];
    await t.publish({ banks: [bankEntry({ ...t.bank, keys })], merchants: [] });
    await t.core.down();
    await t.restart();
    expect(await send(t.url, await aMessage(gone))).toMatchObject({ status: 401, json: { code: 'TOKEN_KEY_RETIRED' } });
    await waitFor(async () => (await send(t.url, await aMessage(t.bank))).status === 401);
    expect((await send(t.url, await aMessage(next))).status).toBe(202);
  });

  it('is asked for at most once a second, however many strangers come', async () => {
    await readiness();
    const startedAt = performance.now();
    const before = t.core.directoryPulls;
    const stranger = await anActor(randomUUID());
    for (let i = 0; i < 60; i++) {
      expect(await send(t.url, await aMessage(stranger))).toMatchObject({ status: 401, json: { code: 'TOKEN_KEY_UNKNOWN' } });
    }
    const seconds = (performance.now() - startedAt) / 1000;
    expect(t.core.directoryPulls - before).toBeLessThanOrEqual(Math.ceil(seconds) + 1);
  });

  it('believes no snapshot that the core did not sign', async () => {
    expect((await readiness()).json).toMatchObject({ directoryVersion: 1 });
    const intruder = await anActor(randomUUID());
    t.core.publish({ banks: [bankEntry(intruder)], merchants: [] }, { ...ed25519Pair('x'), kid: t.core.directoryKey.kid });
    const before = t.core.directoryPulls;
    await waitFor(async () => (await readiness()).json && t.core.directoryPulls > before + 1);
    expect((await readiness()).json).toMatchObject({ directoryVersion: 1 });
    expect((await send(t.url, await aMessage(intruder))).status).toBe(401);
  });

  it('follows the core to another directory key, also over a restart without the core, but not past the configuration', async () => {
    const [first, next] = [t.core.directoryKey, ed25519Pair('directory-next')];
    const snapshot = { banks: [bankEntry(t.bank)], merchants: [] };
    const versionIs = (version: number) => waitFor(async () => (await readiness()).json['directoryVersion'] === version);
    t.core.publish(snapshot, first, [first, next]);
    await versionIs(2);
    t.core.publish(snapshot, next, [next, first]);
    await versionIs(3);
    t.core.publish(snapshot, next, [next]);
    await versionIs(4);

    await t.core.down();
    await t.restart();
    await versionIs(4);
    expect((await send(t.url, await aMessage(t.bank))).status).toBe(202);

    await t.restart({ directoryKeys: [ed25519Pair('directory-other')] });
    expect((await readiness()).json).toMatchObject({ directoryVersion: 0 });
    await t.restart({ directoryKeys: [next] });
    await versionIs(4);
  });

  it('lets in a bank that others cannot use: each key counts in its owner’s set only', async () => {
    const message = await aMessage(t.otherBank, { path: `/api/v1/counterparty/${t.bank.id}/payment-message` });
    expect(await send(t.url, message)).toMatchObject({ status: 401, json: { code: 'FOREIGN_PATH' } });
  });
});
