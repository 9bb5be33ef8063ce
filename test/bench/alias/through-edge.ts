import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { readHubConfig } from '../../../bin/config.ts';
import { readSandboxFile } from '../../../bin/demo/sandbox-file.ts';
import { startHub, type RunningHub } from '../../../bin/hub.ts';
import { ALIAS_PATH } from '../../../protocol/alias.ts';
import { signedRequest } from '../../../protocol/client/signed-request.ts';
import { importSigningKey } from '../../../protocol/token.ts';
import type { RsaPrivateJwk } from '../../../protocol/web-crypto.ts';
import { ibanOf } from '../../../sandbox/world.ts';
import { LoadClient } from '../edge/load.ts';
import { median, percentile, printFigure, progress } from '../figure.ts';
import { registerParticipants, type BenchBank } from '../payments/participants.ts';
import { cpuSecondsOf, descendantsNamed } from '../process-cpu.ts';

const CONNECTIONS = 32;
/** More than a round can take. */
const PREPARED_PER_SECOND = 1_500;
const UNIT = 'alias status answers/s, signed both ways';

/** `GET /api/v1/p2p/alias` as a bank asks it: verified at the edge, looked up, answered by a JWT. */
export async function measureThroughEdge({ rounds, seconds }: { readonly rounds: number; readonly seconds: number }): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'dcm-bench-alias-edge-'));
  const config = { ...readHubConfig({}), DCM_HOME: home, GATEWAY_PORT: 0, EDGE_PORT: 0, SANDBOX_PORT: 0, LOG_LEVEL: 'error' as const };
  const hub = await startHub(config, process.env);
  try {
    await measure(hub, home, { rounds, seconds });
  } finally {
    await hub.stop();
    await rm(home, { recursive: true, force: true });
  }
}

async function measure(hub: RunningHub, home: string, o: { readonly rounds: number; readonly seconds: number }): Promise<void> {
  const { gateway, edge, ops, sandbox } = await readSandboxFile(join(home, 'sandbox.json'));
  const { payer } = await registerParticipants({ gateway, operationsToken: ops.token, receiverUrl: sandbox });
  const pids = hub.pids();
  const workerd = descendantsNamed(pids['edge'] ?? 0, 'workerd')[0] ?? 0;
  const core = pids['core'] ?? 0;
  const { hostname, port } = new URL(edge);
  const perSecond: number[] = [];
  const cpuMs: number[] = [];
  const latencies: number[] = [];
  for (let number = 0; number <= o.rounds; number++) {
    progress(number === 0 ? 'through the edge: warming up' : `through the edge, round ${number} of ${o.rounds}`);
    const requests = await prepare(payer, edge, PREPARED_PER_SECOND * o.seconds);
    const client = await LoadClient.open({ host: hostname, port: Number(port), connections: CONNECTIONS });
    const before = cpuSecondsOf(core) + cpuSecondsOf(workerd);
    const result = await client.closedLoop(requests, o.seconds);
    const spent = cpuSecondsOf(core) + cpuSecondsOf(workerd) - before;
    client.close();
    const wrong = Object.entries(result.statuses).filter(([status]) => status !== '200');
    if (wrong.length > 0) throw new Error(`not every look-up was answered: ${JSON.stringify(result.statuses)}`);
    if (number === 0) continue;
    perSecond.push(result.latencies.length / result.seconds);
    cpuMs.push((spent * 1_000) / result.latencies.length);
    latencies.push(...result.latencies);
  }
  printFigure({ name: 'alias.edge', value: median(perSecond), unit: `${UNIT}, ${CONNECTIONS} in flight`, against: null, ratio: null });
  printFigure({ name: 'alias.edge.cpu', value: median(cpuMs), unit: 'CPU ms of core and workerd per answer', against: null, ratio: null });
  printFigure({ name: 'alias.edge.p99', value: percentile(latencies, 0.99), unit: 'ms', against: null, ratio: null });
}

/** Requests as bytes, made beforehand, so that the load costs as little as it can. */
async function prepare({ bic, state }: BenchBank, edge: string, count: number): Promise<readonly Buffer[]> {
  const { kid } = state.signKey;
  const key = await importSigningKey(state.signKey as unknown as RsaPrivateJwk); // made by generateKeyPair
  const account = ibanOf(bic, '55');
  const requests: Buffer[] = [];
  for (let n = 0; n < count; n++) {
    const query = new URLSearchParams({ phone: `+38050${String(n).padStart(7, '0')}`, account });
    const { url, headers } = await signedRequest({ kid, key, method: 'GET', url: `${edge}${ALIAS_PATH}?${query}` });
    const { host, pathname, search } = new URL(url);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    requests.push(Buffer.from([`GET ${pathname}${search} HTTP/1.1`, `Host: ${host}`, ...lines, '', ''].join('\r\n')));
  }
  return requests;
}
