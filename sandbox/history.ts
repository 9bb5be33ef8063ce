import { appendFile, mkdir, open } from 'node:fs/promises';
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
  /** What the hub said: the callback (in), or its answer (out). */
  readonly body: unknown;
  /** What the actor said: its answer (in), or the body of its request as it was sent (out). */
  readonly sent?: unknown;
  /** Of the hub's answer to a request that it accepted: the receipt as it came, and what reading it came to (`VALID`, or why not). */
  readonly receipt?: { readonly text: string; readonly code: string };
}

const ENTRIES_IN_MEMORY_MAX = 20_000;
/** Of an old file so much is read again at a start: the newest entries. */
const READ_AGAIN_BYTES_MAX = 8 * 1024 * 1024;

/**
 * The append-only record of one actor: what an independent bank would show when the hub and it disagree. The whole of it goes to a
 * file and outlives the process, the newest part stays in memory for the control port. `record` does not wait for the disk; `settled`
 * does. `clear` begins anew for whoever reads, with the next number.
 */
export interface History {
  record(entry: Omit<HistoryEntry, 'n' | 'at'>): HistoryEntry;
  after(n: number): readonly HistoryEntry[];
  clear(): void;
  settled(): Promise<void>;
}

/** The line that `clear` leaves in the file. */
interface Cleared {
  readonly n: number;
  readonly cleared: true;
}

export async function openHistory(file: string, now: () => Date): Promise<History> {
  await mkdir(dirname(file), { recursive: true });
  const written = await linesOf(file);
  let last = written.at(-1)?.n ?? 0;
  let entries = written.slice(written.findLastIndex(isCleared) + 1).filter((line): line is HistoryEntry => !isCleared(line));
  let waiting: string[] = [];
  let writing: Promise<void> | null = null;

  const write = async (): Promise<void> => {
    while (waiting.length > 0) {
      const lines = waiting;
      waiting = [];
      await appendFile(file, `${lines.join('\n')}\n`);
    }
    writing = null;
  };
  const append = (line: HistoryEntry | Cleared): void => {
    waiting.push(JSON.stringify(line));
    writing ??= write();
  };

  return {
    record(entry) {
      const complete: HistoryEntry = { n: ++last, at: now().toISOString(), ...entry };
      entries.push(complete);
      if (entries.length > ENTRIES_IN_MEMORY_MAX) entries = entries.slice(-ENTRIES_IN_MEMORY_MAX / 2);
      append(complete);
      return complete;
    },
    after: (n) => entries.filter((entry) => entry.n > n),
    clear() {
      entries = [];
      append({ n: last, cleared: true });
    },
    async settled() {
      await writing;
    },
  };
}

/** What an earlier process wrote. Half a line at either end, of a long file or of a process that was killed, is left out. */
async function linesOf(file: string): Promise<readonly (HistoryEntry | Cleared)[]> {
  const handle = await open(file, 'a+');
  try {
    const { size } = await handle.stat();
    const length = Math.min(size, READ_AGAIN_BYTES_MAX);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    const text = buffer.toString('utf8', 0, bytesRead);
    if (text !== '' && !text.endsWith('\n')) await handle.appendFile('\n');
    return text.split('\n').flatMap((line) => parsedLine(line) ?? []);
  } finally {
    await handle.close();
  }
}

function parsedLine(line: string): HistoryEntry | Cleared | null {
  try {
    return JSON.parse(line) as HistoryEntry | Cleared; // written by `append`
  } catch {
    return null;
  }
}

function isCleared(line: HistoryEntry | Cleared): line is Cleared {
  return 'cleared' in line;
}

/** Writes down a callback and what is answered to it, and gives that answer. */
export function recorded(
  history: Pick<History, 'record'>,
  { method, target: path }: ActorRequest,
  o: { readonly callbackGuid: string | null; readonly answer: ActorAnswer; readonly body: unknown },
): ActorAnswer {
  const { callbackGuid, answer, body } = o;
  const status = answer.answered === 'never' ? null : answer.status;
  history.record({ direction: 'in', method, path, callbackGuid, status, answered: answer.answered, body, sent: answer.body });
  return answer;
}
