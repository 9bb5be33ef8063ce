import { spawn, type ChildProcess } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';

/**
 * Ends workerd when this process dies, however it dies. A process that is killed cannot tidy up, and a workerd left behind would hold
 * the port and go on forwarding from a store that the next one opens too. The guard is a shell that waits on a pipe from us.
 */
export function guardWorkerd(pid: number): { release(): void } {
  const guard: ChildProcess = spawn('/bin/sh', ['-c', `read -r released || kill -9 ${pid} 2>/dev/null`], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true, // A signal to our process group must not take the guard before it has done its work.
  });
  guard.unref();
  guard.stdin?.on('error', () => undefined); // The guard may already be gone; there is nothing left to release then.
  return { release: () => void guard.stdin?.end('released\n') };
}

/** The pid of the workerd that this process runs, or undefined while it is restarting. Linux and macOS. */
export async function findWorkerd(): Promise<number | undefined> {
  try {
    for (const task of await readdir(`/proc/${process.pid}/task`)) {
      const children = await readFile(`/proc/${process.pid}/task/${task}/children`, 'utf8');
      for (const pid of children.split(' ').filter(Boolean)) {
        if ((await readFile(`/proc/${pid}/comm`, 'utf8')).trim() === 'workerd') return Number(pid);
      }
    }
    return undefined;
  } catch {
    return findWorkerdWithPs(); // No /proc here, or a child ended while we were looking.
  }
}

function findWorkerdWithPs(): Promise<number | undefined> {
  return new Promise((resolve) => {
    const ps = spawn('ps', ['-A', '-o', 'pid=,ppid=,comm='], { stdio: ['ignore', 'pipe', 'ignore'] });
    let output = '';
    ps.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    ps.once('error', () => resolve(undefined));
    ps.once('close', () => {
      const row = output.split('\n').map((line) => line.trim().split(/\s+/));
      const found = row.find(([, parent, command]) => Number(parent) === process.pid && command?.endsWith('workerd'));
      resolve(found ? Number(found[0]) : undefined);
    });
  });
}
