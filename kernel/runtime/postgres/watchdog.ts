import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import type { Account } from './run-as.ts';

/**
 * The parent of the postmaster: a small shell that outlives us by a moment. Its standard input is a pipe from this process, and the
 * kernel closes that pipe however this process ends, kill -9 included. Then the shell shuts the postmaster down at once (SIGQUIT;
 * committed data is in the write-ahead log), so no server is left behind. The word `stop` on the pipe asks for a clean shutdown (SIGINT),
 * and a closed pipe after it no longer waits. All signals come from the postmaster's own parent, so they cannot reach a stranger that
 * got its process id. The shell leads a session of its own: Ctrl-C in a terminal reaches this process alone, which then stops the
 * server last.
 */
const WATCHDOG = `
exec 3<&0
"$@" 3<&- </dev/null >&2 &
postmaster=$!
echo "$postmaster"
(
  word=
  read -r word <&3
  if [ "$word" = stop ]; then
    kill -INT "$postmaster"
    read -r word <&3
  fi
  kill -QUIT "$postmaster"
) >/dev/null 2>&1 &
reader=$!
wait "$postmaster"
status=$?
kill "$reader" 2>/dev/null
wait "$reader" 2>/dev/null
exit "$status"
`;

const STOP_CLEANLY_MS = 15_000;
const STOP_AT_ONCE_MS = 5_000;

/** A postmaster under its watchdog. */
export interface WatchedPostmaster {
  readonly pid: number;
  /** Resolves when the server has ended, for whatever reason. */
  readonly ended: Promise<void>;
  hasEnded(): boolean;
  /** Ends the server, cleanly if it can be done in STOP_CLEANLY_MS. */
  stop(): Promise<void>;
}

/** Starts the command under the watchdog. `logFd` takes its output. */
export async function startWatched(
  command: readonly [string, ...string[]],
  o: { account: Account | null; env: Record<string, string>; logFd: number },
): Promise<WatchedPostmaster> {
  const shell = spawn('/bin/sh', ['-c', WATCHDOG, 'postgres-watchdog', ...command], {
    cwd: '/',
    env: o.env,
    detached: true,
    stdio: ['pipe', 'pipe', o.logFd],
    ...o.account,
  });
  shell.stdin?.on('error', () => undefined); // The shell may end while we speak to it; `ended` tells.
  const ended = once(shell, 'exit').then(() => undefined);
  const pid = await Promise.race([firstLine(shell), ended.then(() => '')]);
  return {
    pid: Number(pid),
    ended,
    hasEnded: () => shell.exitCode !== null || shell.signalCode !== null,
    async stop() {
      shell.stdin?.write('stop\n');
      if (await endsWithin(ended, STOP_CLEANLY_MS)) return;
      shell.stdin?.end();
      if (await endsWithin(ended, STOP_AT_ONCE_MS)) return;
      if (shell.pid !== undefined && shell.exitCode === null) process.kill(-shell.pid, 'SIGKILL'); // The whole session that the shell leads.
      await ended;
    },
  };
}

async function firstLine(shell: ChildProcess): Promise<string> {
  let text = '';
  for await (const chunk of shell.stdout ?? []) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  return text.trim();
}

async function endsWithin(ended: Promise<void>, limitMs: number): Promise<boolean> {
  const timer = Promise.withResolvers<boolean>();
  const handle = setTimeout(timer.resolve, limitMs, false);
  const result = await Promise.race([ended.then(() => true), timer.promise]);
  clearTimeout(handle);
  return result;
}
