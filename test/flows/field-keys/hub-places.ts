import { type FileHandle, open, readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

import type { Client } from 'pg';

import { readRows } from '../bad-input/support/database-rows.ts';

/** Something that could hold a key, with everything in it: also what stands there as hexadecimal bytes or as the payload of a token. */
export interface Place {
  readonly name: string;
  readonly content: Buffer;
}

/** What the sandbox's banks keep in the state folder for themselves: it is no part of the hub. */
const OF_THE_SANDBOX = ['sandbox', 'sandbox.json'];

/** Every file in the state folder that belongs to the hub: its secrets, what workerd keeps, ports and locks. */
export async function hubFiles(home: string): Promise<Place[]> {
  const entries = await readdir(home, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const own = files.filter((file) => !OF_THE_SANDBOX.includes(relative(home, file).split('/')[0] ?? ''));
  return Promise.all(own.map(async (file) => ({ name: relative(home, file), content: unfolded(await readFile(file)) })));
}

/** Every row of every table of the hub. */
export async function hubTables(client: Client): Promise<Place[]> {
  const rows = await readRows(client);
  return [...rows].map(([table, texts]) => ({ name: table, content: unfolded(Buffer.from(texts.join('\n'))) }));
}

function unfolded(content: Buffer): Buffer {
  const bytes = [...content.toString('latin1').matchAll(/\\x((?:[0-9a-f]{2}){32,})/g)].map(([, hex = '']) => Buffer.from(hex, 'hex'));
  const all = Buffer.concat([content, ...bytes]);
  const payloads = [...all.toString('latin1').matchAll(/eyJ[\w-]+\.(eyJ[\w-]+)\./g)].map(([, payload = '']) =>
    Buffer.from(payload, 'base64url'),
  );
  return Buffer.concat([all, ...payloads]);
}

/** A process and all that it has started, such as workerd. Linux. */
export async function processTree(root: number): Promise<number[]> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => ''); // It may have ended meanwhile.
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    parents.set(Number(name), parent);
  }
  const tree = [root];
  for (const pid of tree) tree.push(...[...parents].filter(([, parent]) => parent === pid).map(([child]) => child));
  return tree;
}

export async function environmentOf(pid: number): Promise<Place> {
  return { name: `environment of ${await nameOf(pid)}`, content: await readFile(`/proc/${pid}/environ`) };
}

export async function nameOf(pid: number): Promise<string> {
  return `${(await readFile(`/proc/${pid}/comm`, 'utf8')).trim()} (${pid})`;
}

const CHUNK_BYTES = 16 * 1024 * 1024;

/** Which of these byte strings are in the writable memory of a process. Throws when the system does not let us look. */
export async function findInMemory(pid: number, needles: ReadonlyMap<string, Buffer>): Promise<string[]> {
  const maps = await readFile(`/proc/${pid}/maps`, 'utf8');
  const memory = await open(`/proc/${pid}/mem`, 'r');
  const found = new Set<string>();
  try {
    for (const [, from = '', to = '', name] of maps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) rw\S* \S+ \S+ \S+ *(.*)$/gm)) {
      if (name?.startsWith('/dev/')) continue;
      const mapping = { from: Number.parseInt(from, 16), to: Number.parseInt(to, 16) };
      for await (const bytes of chunksOf(memory, mapping, Math.max(...[...needles.values()].map(({ length }) => length)))) {
        for (const [what, needle] of needles) if (bytes.includes(needle)) found.add(what);
      }
    }
  } finally {
    await memory.close();
  }
  return [...found];
}

/** A mapping piece by piece; the pieces overlap, so that nothing lies across a border unseen. */
async function* chunksOf(memory: FileHandle, mapping: { readonly from: number; readonly to: number }, overlap: number) {
  for (let at = mapping.from; at < mapping.to; at += CHUNK_BYTES) {
    const length = Math.min(CHUNK_BYTES + overlap, mapping.to - at);
    // A mapping may be gone since the list was read, or have no pages behind it.
    const read = await memory.read(Buffer.allocUnsafe(length), 0, length, at).catch(() => null);
    if (read !== null) yield read.buffer.subarray(0, read.bytesRead);
  }
}
