import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';

/** A process of the benchmark that does what it is asked, one thing after the other. */
export interface Part {
  readonly pid: number;
  ask<Answer>(request: object): Promise<Answer>;
  stop(): Promise<void>;
}

/** Starts a file that serves as a part. It ends when we do: its channel closes then. */
export function startPart(file: string): Part {
  const name = basename(file);
  const child: ChildProcess = fork(file, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = once(child, 'exit');
  return {
    pid: child.pid ?? 0,
    async ask<Answer>(request: object): Promise<Answer> {
      const answered = once(child, 'message');
      child.send(request);
      const [answer] = (await Promise.race([answered, ended.then(() => Promise.reject(new Error(`${name} ended`)))])) as [Answer]; // Our own process.
      return answer;
    },
    async stop() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

/** What such a file does with what it is asked. It ends when its parent is gone. */
export function servePart(answer: (request: never) => Promise<unknown>): void {
  const serve = async (request: unknown): Promise<void> => {
    process.send?.((await answer(request as never)) ?? {}); // Only our parent writes to this channel, and it knows what we can be asked.
  };
  process.on('message', (request) => void serve(request));
  process.once('disconnect', () => process.exit());
}
