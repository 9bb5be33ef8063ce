import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { z } from 'zod';

const portsSchema = z.record(z.string(), z.number().int().min(1).max(65_535));

/**
 * Gives every part its port before anything starts, because the parts name each other's addresses (a QR code names the edge).
 * A port asked for as 0 is any free one; it is remembered in the state folder and taken again at the next start, so that links and
 * callback routes made in an earlier run still lead somewhere.
 */
export async function choosePorts<Name extends string>(
  home: string,
  host: string,
  asked: Record<Name, number>,
): Promise<Record<Name, number>> {
  const file = join(home, 'ports.json');
  const remembered = await readRemembered(file);
  const chosen: Record<string, number> = {};
  for (const [name, port] of Object.entries<number>(asked)) {
    const before = remembered[name];
    const again = port === 0 && before !== undefined && (await isFree(host, before)) ? before : null;
    chosen[name] = port === 0 ? (again ?? (await freePort(host))) : port;
  }
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

async function freePort(host: string): Promise<number> {
  return listenOnce(host, 0);
}

async function isFree(host: string, port: number): Promise<boolean> {
  return listenOnce(host, port).then(
    () => true,
    () => false,
  );
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
