import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { generateKeyPair } from '../../../protocol/token.ts';
import type { DirectoryKey, DirectorySnapshot } from '../../../schema/directory.ts';
import { startEdge } from '../../../workers/edge/host/start-edge.ts';
import { ed25519Pair } from '../../edge/support/fake-core.ts';
import { bankEntry } from '../../edge/support/participants.ts';
import { waitFor } from '../../support/wait-for.ts';
import { descendantsNamed } from '../process-cpu.ts';
import type { CoreRequest } from './core-process.ts';
import type { GeneratorRequest, LoadSummary } from './generator-process.ts';
import { type Part, startPart } from '../part.ts';

/** A server under load: where it answers, and the process that does the work. */
export interface Server {
  readonly url: string;
  readonly pid: number;
}

/** The edge between a generator and a core that takes everything, with the baselines beside it; a process each. */
export interface Stand {
  readonly edge: Server;
  readonly verifier: Server;
  readonly emptyWorker: Server;
  /** The same with a Durable Object that does nothing. */
  readonly emptyObject: Server;
  prepare(count: number, o?: { readonly amount?: string }): Promise<void>;
  load(server: Server, o: Omit<GeneratorRequest & { kind: 'load' }, 'kind' | 'url'>): Promise<LoadSummary>;
  stop(): Promise<void>;
}

/** No limit stands in the way of saturation: not the participant's, and not that of the one address that all load comes from. */
const LIMITS = { perSecond: 1_000_000, burst: 1_000_000, shards: 1 };
const ADDRESS_LIMIT = { ADDRESS_PER_SECOND: '1000000', ADDRESS_BURST: '1000000' };

export async function startStand(): Promise<Stand> {
  const stateDir = await mkdtemp(join(tmpdir(), 'dcm-bench-edge-'));
  const [generator, core, baseline] = [part('generator'), part('core'), part('baseline')];
  const [empty, object] = [part('empty-worker'), part('empty-worker')];
  const bankGuid = randomUUID();
  const { kid, jwk } = await generator.ask<Pick<DirectoryKey, 'kid' | 'jwk'>>({ kind: 'introduce', bankGuid } satisfies GeneratorRequest);
  const keys: DirectoryKey[] = [
    { kid, jwk, purpose: 'SIGN', encryptionProfiles: [], validFrom: '2020-01-01T00:00:00.000Z', validUntil: null, revokedFrom: null },
  ];
  const bank = bankEntry({ id: bankGuid, keys }, { limits: LIMITS });
  const directory: DirectorySnapshot = { version: 1, issuedAt: new Date().toISOString(), banks: [bank], merchants: [] };
  const [envelopeKey, directoryKey] = [ed25519Pair('envelope-bench'), ed25519Pair('directory-bench')];
  const { url: coreUrl } = await core.ask<{ url: string }>({ directoryKey, directory: JSON.stringify(directory) } satisfies CoreRequest);
  const edge = await startEdge({
    host: '127.0.0.1',
    port: 0,
    stateDir,
    coreUrl,
    secrets: { envelope: [envelopeKey], edgeSigning: [await generateKeyPair('sign', { kid: 'edge-bench' })], directory: [directoryKey] },
    vars: ADDRESS_LIMIT,
  });
  await waitFor(async () => (await fetch(`${edge.url}/readyz`)).ok);
  const verifierUrl = (await baseline.ask<{ url: string }>({ jwk })).url;
  const emptyUrl = (await empty.ask<{ url: string }>({ asksObject: false })).url;
  const objectUrl = (await object.ask<{ url: string }>({ asksObject: true })).url;
  return {
    edge: { url: edge.url, pid: await waitFor(() => edge.workerdPid()) },
    verifier: { url: verifierUrl, pid: baseline.pid },
    emptyWorker: { url: emptyUrl, pid: await waitFor(() => descendantsNamed(empty.pid, 'workerd')[0]) },
    emptyObject: { url: objectUrl, pid: await waitFor(() => descendantsNamed(object.pid, 'workerd')[0]) },
    async prepare(count, o = {}) {
      await generator.ask({ kind: 'prepare', count, ...o } satisfies GeneratorRequest);
    },
    load: (server, o) => generator.ask<LoadSummary>({ kind: 'load', url: server.url, ...o } satisfies GeneratorRequest),
    async stop() {
      await edge.stop();
      await Promise.all([generator, core, baseline, empty, object].map((one) => one.stop()));
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

function part(name: 'generator' | 'core' | 'baseline' | 'empty-worker'): Part {
  return startPart(join(import.meta.dirname, `${name}-process.ts`));
}
