import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';

import type { Answer } from './hub-actors.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** A process of the hub, and what it said when it was ready. */
export interface HubProcess {
  readonly child: ChildProcess;
  readonly ready: Answer;
  /** Kills it, if it still runs. */
  kill(): Promise<void>;
  /** Asks it to end, and resolves when it has. */
  terminate(): Promise<void>;
}

/** Starts a process of the hub as a supervisor does. */
export async function startHubProcess(file: string, env: Record<string, string>): Promise<HubProcess> {
  const child = fork(path.join(ROOT, file), [], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const endBy = async (signal: 'SIGKILL' | 'SIGTERM') => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };
  const kill = () => endBy('SIGKILL');
  try {
    const [ready] = await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(([code]) => Promise.reject(new Error(`${file} ended with ${code}`))),
    ]);
    return { child, ready, kill, terminate: () => endBy('SIGTERM') };
  } catch (error) {
    await kill();
    throw error;
  }
}

/** A port that was free a moment ago, for a process that has to come back where it was. */
export async function freePort(): Promise<string> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo; // A TCP server that listens has one.
  server.close();
  await once(server, 'close');
  return String(port);
}
