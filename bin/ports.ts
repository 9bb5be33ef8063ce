import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { z } from 'zod';

import { ConfigurationError } from '../kernel/runtime/config.ts';

const portsSchema = z.record(z.string(), z.number().int().min(1).max(65_535));

/**
 * Gives every part its port before anything starts, because the parts name each other's addresses (a QR code names the edge).
 * A port asked for as 0 is any free one; it is remembered in the state folder and taken again at the next start, so that links and
 * callback routes made in an earlier run still lead somewhere. Throws ConfigurationError with every port that cannot be had.
 */
export async function choosePorts<Name extends string>(
  home: string,
  host: string,
  asked: Record<Name, number>,
): Promise<Record<Name, number>> {
  const file = join(home, 'ports.json');
  const remembered = await readRemembered(file);
  await checkAsked(host, Object.entries<number>(asked));
  const chosen: Record<string, number> = {};
  for (const [name, port] of Object.entries<number>(asked)) chosen[name] = port === 0 ? await anyPort(host, remembered[name]) : port;
  await writeFile(file, `${JSON.stringify(chosen, null, 2)}\n`);
  return chosen as Record<Name, number>; // the loop above gave every name of `asked` a port
}

async function readRemembered(file: string): Promise<Record<string, number>> {
  try {
    return portsSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    // The first start, or a file somebody damaged: free ports are as good.
    return {};
  }
}

async function checkAsked(host: string, asked: readonly (readonly [name: string, port: number])[]): Promise<void> {
  const address = await problemOf(host, 0);
  if (address !== null) throw new ConfigurationError([{ variable: 'HOST', problem: `is no address of this machine (${address})` }]);
  const problems: { variable: string; problem: string }[] = [];
  for (const [name, port] of asked) {
    const code = await problemOf(host, port);
    if (code === null) continue;
    const why = code === 'EADDRINUSE' ? 'is in use on this machine' : `cannot be listened on (${code})`;
    problems.push({ variable: `${name.toUpperCase()}_PORT`, problem: `${why}; 0 takes any free port` });
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
}

/** The code of the error with which nobody can listen there now, or null. */
async function problemOf(host: string, port: number): Promise<string | null> {
  return listenOnce(host, port).then(
    () => null,
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
  );
}

async function anyPort(host: string, before: number | undefined): Promise<number> {
  if (before !== undefined && (await problemOf(host, before)) === null) return before;
  return listenOnce(host, 0);
}

function listenOnce(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address() as AddressInfo; // a TCP server, as listen() made it
      server.close(() => resolve(address.port));
    });
  });
}
