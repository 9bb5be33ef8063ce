import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generateKeyPair, importVerificationKey } from '../../../protocol/token.ts';
import { startEdge, type Edge } from '../../../workers/edge/host/start-edge.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { HubKeys } from '../../../protocol/client/hub-signature.ts';
import { FakeCore, type SigningPair } from './fake-core.ts';
import { anActor, bankEntry, merchantEntry, messageClaims, type Actor } from './participants.ts';

export interface EdgeUnderTest {
  readonly core: FakeCore;
  readonly bank: Actor;
  readonly otherBank: Actor;
  readonly merchant: Actor;
  readonly url: string;
  /** The key that verifies receipts, as a bank finds it in the hub's key set. */
  readonly hubKeys: HubKeys;
  edge: Edge;
  /** Publishes a directory and resolves when the edge goes by it. */
  publish(snapshot: Parameters<FakeCore['publish']>[0]): Promise<void>;
  /** Stops workerd and its host, and starts them again over the same state. `directoryKeys`: what the operator configured meanwhile. */
  restart(o?: { directoryKeys?: readonly SigningPair[] }): Promise<void>;
  stop(): Promise<void>;
}

/** A built Worker in workerd, a core written in the test, two banks and a merchant. */
export async function anEdge(o: { vars?: Record<string, string>; publicUrl?: string } = {}): Promise<EdgeUnderTest> {
  const core = new FakeCore();
  const [bank, otherBank, merchant] = await Promise.all([anActor(randomUUID()), anActor(randomUUID()), anActor('623e460b-9ffd-41df')]);
  core.publish({ banks: [bankEntry(bank), bankEntry(otherBank)], merchants: [merchantEntry(merchant, otherBank.id)] });
  await core.up();
  const edgeKey = await generateKeyPair('sign', { kid: `edge-${randomUUID()}` });
  const stateDir = await mkdtemp(path.join(tmpdir(), 'dcm-edge-'));
  let port = 0;
  const start = (directoryKeys: readonly SigningPair[] = [core.directoryKey]): Promise<Edge> =>
    startEdge({
      host: '127.0.0.1',
      port,
      stateDir,
      coreUrl: core.url,
      secrets: { envelope: [core.envelopeKey], edgeSigning: [edgeKey], directory: directoryKeys },
      ...(o.vars ? { vars: o.vars } : {}),
      ...(o.publicUrl === undefined ? {} : { publicUrl: o.publicUrl }),
    });
  const edge = await start();
  port = Number(new URL(edge.url).port);
  const underTest: EdgeUnderTest = {
    core,
    bank,
    otherBank,
    merchant,
    url: edge.url,
    hubKeys: new Map([[edgeKey.kid, await importVerificationKey(edgeKey.publicJwk)]]),
    edge,
    async publish(snapshot) {
      const version = core.publish(snapshot);
      await waitFor(
        async () => (await fetch(`${underTest.url}/readyz`).then((r) => r.json() as Promise<Readiness>)).directoryVersion >= version,
      );
    },
    async restart({ directoryKeys } = {}) {
      await underTest.edge.stop();
      underTest.edge = await start(directoryKeys);
    },
    async stop() {
      await underTest.edge.stop();
      await core.down();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
  return underTest;
}

interface Readiness {
  readonly directoryVersion: number;
}

/** A request that can be sent again byte for byte. */
export interface Prepared {
  readonly path: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
}

export interface Answered {
  readonly status: number;
  readonly body: string;
  readonly json: Record<string, unknown>;
  readonly headers: Headers;
}

export async function aMessage(
  bank: Actor,
  o: { claims?: Record<string, unknown>; headerToken?: string; path?: string; body?: string; headers?: Record<string, string> } = {},
): Promise<Prepared> {
  const body = o.body ?? JSON.stringify({ jwt: await bank.sign(messageClaims(o.claims)) });
  return {
    method: 'POST',
    path: o.path ?? `/api/v1/counterparty/${bank.id}/payment-message`,
    headers: {
      'content-type': 'application/json',
      'cx-authorization': o.headerToken ?? (await bank.headerToken()),
      ...o.headers,
    },
    body,
  };
}

export async function aGet(actor: Actor, target: string, o: { headerToken?: string } = {}): Promise<Prepared> {
  return { method: 'GET', path: target, headers: { 'cx-authorization': o.headerToken ?? (await actor.headerToken()) }, body: undefined };
}

export async function send(url: string, request: Prepared): Promise<Answered> {
  const response = await fetch(url + request.path, {
    method: request.method,
    headers: request.headers,
    redirect: 'manual',
    ...(request.body === undefined ? {} : { body: request.body }),
  });
  const body = await response.text();
  return { status: response.status, body, json: asObject(body), headers: response.headers };
}

function asObject(body: string): Record<string, unknown> {
  try {
    return JSON.parse(body) as Record<string, unknown>; // The caller looks at members by name.
  } catch {
    return {};
  }
}
