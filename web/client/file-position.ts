import { readFileSync, renameSync, writeFileSync } from 'node:fs';

import type { PositionStore } from './follow-events.ts';
import type { StreamPosition } from './stream-items.ts';

/** Keeps a position in a file, for scripts in Node. A script that is killed leaves the old position or the new one, never half of one. */
export function filePosition(file: string): PositionStore {
  return {
    load() {
      try {
        return JSON.parse(readFileSync(file, 'utf8')) as StreamPosition; // Written below.
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
        throw error;
      }
    },
    save(position) {
      writeFileSync(`${file}.new`, JSON.stringify(position));
      renameSync(`${file}.new`, file);
    },
  };
}
