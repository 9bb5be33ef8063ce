import { appendFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

import type { ActorAnswer, ActorRequest } from './http-server.ts';

/** One thing that happened to an actor. `answered` is what it sent back, also when the answer was lost on purpose. */
export interface HistoryEntry {
  readonly n: number;
  readonly at: string;
  readonly direction: 'in' | 'out';
  readonly method: string;
  readonly path: string;
  readonly callbackGuid: string | null;
  /** HTTP status that was sent (in) or received (out); null when there was none. */
  readonly status: number | null;
  readonly answered: 'yes' | 'lost' | 'never';
  readonly body: unknown;
  /** Of the hub's answer to a request that it accepted: the receipt as it came, and what reading it came to (`VALID`, or why not). */
  readonly receipt?: { readonly text: string; readonly code: string };
}

const ENTRIES_IN_MEMORY_MAX = 20_000;

/**
 * The append-only record of one actor: what an independent bank would show when the hub and it disagree. The whole of it goes to a
 * file, the newest part stays in memory for the control port. `record` does not wait for the disk; `settled` does.
 */
export interface History {
  record(entry: Omit<HistoryEntry, 'n' | 'at'>): HistoryEntry;
  after(n: number): readonly HistoryEntry[];
  clear(): void;
  settled(): Promise<void>;
}

export function createHistory(file: string, now: () => Date): History {
  let entries: HistoryEntry[] = [];
  let last = 0;
  let waiting: string[] = [];
  let writing: Promise<void> | null = null;

  const write = async (): Promise<void> => {
    await mkdir(dirname(file), { recursive: true });
    while (waiting.length > 0) {
      const lines = waiting;
      waiting = [];
      await appendFile(file, `${lines.join('\n')}\n`);
    }
    writing = null;
  };

  return {
    record(entry) {
      const complete: HistoryEntry = { n: ++last, at: now().toISOString(), ...entry };
      entries.push(complete);
      if (entries.length > ENTRIES_IN_MEMORY_MAX) entries = entries.slice(-ENTRIES_IN_MEMORY_MAX / 2);
      waiting.push(JSON.stringify(complete));
      writing ??= write();
      return complete;
    },
    after: (n) => entries.filter((entry) => entry.n > n),
    clear() {
      entries = [];
    },
    async settled() {
      await writing;
    },
  };
}

/** Writes down a callback and what is answered to it, and gives that answer. */
export function recorded(
  history: Pick<History, 'record'>,
  { method, path }: ActorRequest,
  o: { readonly callbackGuid: string | null; readonly answer: ActorAnswer; readonly body: unknown },
): ActorAnswer {
  const { callbackGuid, answer, body } = o;
  const status = answer.answered === 'never' ? null : answer.status;
  history.record({ direction: 'in', method, path, callbackGuid, status, answered: answer.answered, body });
  return answer;
}
