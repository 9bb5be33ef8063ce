import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { readHubConfig } from '../../bin/config.ts';
import { choosePorts } from '../../bin/ports.ts';

const HOST = '127.0.0.1';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'start-settings-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** `npm start` with this environment, which is expected to say what is wrong with it. */
function startCommand(env: Record<string, string>): Promise<{ code: number; output: string }> {
  const whole = { ...process.env, DCM_HOME: home, GATEWAY_PORT: '0', EDGE_PORT: '0', SANDBOX_PORT: '0', ...env };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(import.meta.dirname, '../../bin/start.ts')],
      { env: whole, timeout: 60_000 },
      (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr });
      },
    );
  });
}

describe('the environment of npm start', () => {
  test('is refused with every mistake at once, also those of its parts, by name, without values and without a stack', async () => {
    const wrong = {
      GATEWAY_PORT: '99999',
      EDGE_PORT: 'abc',
      LOG_LEVEL: 'loud',
      SANDBOX: 'maybe',
      DATABASE_URL: 'mysql://user:s3cret@host',
      ORDERS_URL: 'nope',
      SETTLEMENT_URL: 'ftp://settlement',
      OPS_JWKS_URL: 'zzz',
      EDGE_PUBLIC_URL: 'edge',
    };
    const { code, output } = await startCommand(wrong);
    expect(code).toBe(1);
    for (const name of Object.keys(wrong)) expect(output).toContain(`  ${name}: `);
    expect(output).not.toMatch(/s3cret|nope|\n {4}at /);
  });

  test('is refused when two parts would have one port, or operations are named by half', () => {
    expect(() => readHubConfig({ GATEWAY_PORT: '8787' })).toThrow('EDGE_PORT: is the port of GATEWAY_PORT already');
    expect(() => readHubConfig({ SANDBOX: 'off', OPS_ISSUER: 'https://staff.example' })).toThrow(/OPS_AUDIENCE[^]*OPS_JWKS_URL/);
  });

  test('is refused when the state folder is none', async () => {
    const file = join(home, 'a-file');
    await writeFile(file, '');
    const { code, output } = await startCommand({ DCM_HOME: file });
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining('  DCM_HOME: ') });
  });

  test.each<[string, Record<string, string | undefined>]>([
    ['nothing', {}],
    ['an issuer of operations that the sandbox replaces', { OPS_ISSUER: 'https://staff.example' }],
    ['empty variables', { DATABASE_URL: '', ORDERS_URL: '', GATEWAY_PORT: '' }],
    ['every port any free one', { GATEWAY_PORT: '0', EDGE_PORT: '0', SANDBOX_PORT: '0' }],
  ])('may say %s', (_, env) => {
    expect(readHubConfig(env)).toMatchObject({ DCM_HOME: '.dcm', HOST, SANDBOX: 'on' });
  });
});

describe('the ports of the parts', () => {
  test('that were chosen freely are kept for the next start, unless another is asked for', async () => {
    const first = await choosePorts(home, HOST, { gateway: 0, edge: 0 });
    expect(await choosePorts(home, HOST, { gateway: 0, edge: 0 })).toEqual(first);
    const { port } = await listening();
    const other = await choosePorts(home, HOST, { gateway: 0, edge: 0, sandbox: 0 });
    expect(other).toMatchObject(first);
    expect(Object.values(other)).not.toContain(port);
  });

  test('that somebody has are refused by the names of their variables, all at once', async () => {
    const [one, other] = await Promise.all([listening(), listening()]);
    const asked = { gateway: one.port, edge: 0, sandbox: other.port };
    await expect(choosePorts(home, HOST, asked)).rejects.toThrow(/GATEWAY_PORT: is in use[^]*SANDBOX_PORT: is in use/);
  });

  test('are none on an address that this machine does not have', async () => {
    await expect(choosePorts(home, '192.0.2.1', { gateway: 0 })).rejects.toThrow('HOST: is no address of this machine');
  });
});

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listening(): Promise<AddressInfo> {
  const server = createServer().listen(0, HOST);
  servers.push(server);
  await once(server, 'listening');
  return server.address() as AddressInfo; // A TCP server that listens has one.
}
