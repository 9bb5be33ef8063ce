import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runDcm } from './run.ts';
import type { ExitCode } from './terminal.ts';

export interface Ran {
  readonly code: ExitCode;
  /** Standard output and standard error, line by line joined. */
  readonly out: string;
  readonly notes: string;
}

/** A folder of its own and a `dcm` that runs in this process. */
export interface Workbench {
  readonly folder: string;
  path(name: string): string;
  /** Writes a file that only its owner may read, and gives its path. */
  file(name: string, content: unknown, mode?: number): Promise<string>;
  dcm(args: readonly string[], world?: World): Promise<Ran>;
  remove(): Promise<void>;
}

/** What the command finds around it. */
export interface World {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly now?: Date;
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  readonly onNote?: (line: string) => void;
}

export async function aWorkbench(): Promise<Workbench> {
  const folder = await mkdtemp(join(tmpdir(), 'dcm-cli-'));
  const path = (name: string): string => join(folder, name);
  return {
    folder,
    path,
    async file(name, content, mode = 0o600) {
      const text = typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content);
      await writeFile(path(name), text, { mode });
      return path(name);
    },
    async dcm(args, world = {}) {
      const [out, notes]: [string[], string[]] = [[], []];
      const code = await runDcm(args, {
        out: (line) => void out.push(line),
        note: (line) => {
          notes.push(line);
          world.onNote?.(line);
        },
        env: world.env ?? {},
        now: () => world.now ?? new Date(),
        fetch: world.fetch ?? (() => Promise.reject(new Error('nobody is there'))),
        readInput: () => Promise.resolve(world.input ?? ''),
      });
      return { code, out: out.join('\n'), notes: notes.join('\n') };
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
