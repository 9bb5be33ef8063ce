import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Seconds on an idle machine. One on which everything else runs as well may take as long as this. */
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 8_000;
const RESTART_DELAY_MS = 500;

export type ChildMessage = { readonly type: string } & Readonly<Record<string, unknown>>;

/** A part of the hub in a process of its own. It ends when its parent goes away, because its IPC channel closes. */
export interface Child {
  readonly name: string;
  pid(): number | undefined;
  send(message: ChildMessage): void;
  /** From now on its end is wanted, whoever ends it: it is not started again. Ctrl-C in a terminal reaches every part at once. */
  letEnd(): void;
  stop(): Promise<void>;
}

export interface ChildOptions {
  readonly name: string;
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  /** Called for every start of the process, also after a crash; resolves when the part can be used. */
  readonly onStart: (process: StartedProcess) => Promise<void>;
  readonly log: (line: string) => void;
}

export interface StartedProcess {
  send(message: ChildMessage): void;
  /** The next message of this type. Fails when the process ends first or nothing comes in time. */
  message(type: string): Promise<ChildMessage>;
}

/**
 * Starts a part and keeps it running: a process that ends without being asked to is started again after a moment. The first start
 * must succeed; later ones are tried for ever, since the data is safe and the neighbours wait.
 */
export async function runChild(options: ChildOptions): Promise<Child> {
  let current: ChildProcess | null = null;
  let stopping = false;

  const start = async (): Promise<void> => {
    const child = fork(options.file, [], {
      env: { ...options.env },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'json',
    });
    current = child;
    child.once('exit', (code, signal) => {
      if (stopping || current !== child) return;
      options.log(`${options.name} ended (${signal ?? `exit code ${code}`}), starting it again`);
      setTimeout(() => void restart(), RESTART_DELAY_MS);
    });
    await options.onStart(startedProcess(options.name, child));
  };
  const restart = async (): Promise<void> => {
    if (stopping) return;
    await start().catch((error: unknown) => options.log(`${options.name} did not start again: ${String(error)}`));
  };

  try {
    await start();
  } catch (error) {
    stopping = true;
    await end(current);
    throw error;
  }
  return {
    name: options.name,
    pid: () => current?.pid,
    send: (message) => current?.send(message),
    letEnd() {
      stopping = true;
    },
    async stop() {
      stopping = true;
      await end(current);
    },
  };
}

function startedProcess(name: string, child: ChildProcess): StartedProcess {
  // Messages are kept until somebody asks for them: the process may speak before its starter listens.
  const unread: ChildMessage[] = [];
  const wake = new EventTarget();
  child.on('message', (message) => {
    unread.push(message as ChildMessage); // only our own children speak on this channel
    wake.dispatchEvent(new Event('message'));
  });
  child.once('exit', () => wake.dispatchEvent(new Event('message')));
  return {
    send: (message) => child.send(message),
    async message(type) {
      const deadline = AbortSignal.timeout(READY_TIMEOUT_MS);
      for (;;) {
        const at = unread.findIndex((message) => message.type === type);
        if (at >= 0) return unread.splice(at, 1)[0] as ChildMessage; // findIndex found it
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(`${name} ended before it was ready; its log above says why`);
        if (deadline.aborted) throw new Error(`${name} was not ready within ${READY_TIMEOUT_MS / 1000} s`);
        await once(wake, 'message', { signal: deadline }).catch(() => undefined); // the loop looks at the deadline
      }
    },
  };
}

async function end(child: ChildProcess | null): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(timer);
}
