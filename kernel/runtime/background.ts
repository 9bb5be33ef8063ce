import { createBell } from './event-log/bell.ts';
import type { Logger } from './logger.ts';

/** Work that is looked for again and again. `run` returns true when there may be more of it right now. */
export interface BackgroundTask {
  readonly name: string;
  readonly run: () => Promise<boolean>;
  /** When something else than the background's own pace. */
  readonly everyMs?: number;
}

export interface Background {
  start(): void;
  /** Looks now, or again when a run is under way: something was committed. */
  poke(): void;
  /** Ends the loops; a run that has begun is waited for. */
  stop(): Promise<void>;
  /** Runs every task until none has more to do, for tests that own the clock. */
  runOnce(): Promise<void>;
}

/** A run that says "more" so often in a row lets the others have the database for a while. */
const RUNS_IN_A_ROW_MAX = 50;

/**
 * One loop per task, so that a slow one holds up no other: it looks, then pauses until it is time or somebody pokes. A run that fails is
 * logged and tried again at the next tick. A poke during a run is another run.
 */
export function createBackground(o: {
  readonly tasks: readonly BackgroundTask[];
  readonly everyMs: number;
  readonly logger: Logger;
}): Background {
  const stopping = new AbortController();
  const bell = createBell();
  let loops: readonly Promise<void>[] = [];

  async function drain(task: BackgroundTask): Promise<void> {
    for (let runs = 0; runs < RUNS_IN_A_ROW_MAX && !stopping.signal.aborted; runs++) {
      if (!(await task.run())) return;
    }
  }

  async function loop(task: BackgroundTask): Promise<void> {
    while (!stopping.signal.aborted) {
      const { rings } = bell;
      await drain(task).catch((error: unknown) => o.logger.error({ err: error, task: task.name }, 'background work failed'));
      await bell.wait(task.everyMs ?? o.everyMs, stopping.signal, rings);
    }
  }

  return {
    poke: () => bell.ring(),
    start() {
      if (loops.length === 0) loops = o.tasks.map(loop);
    },
    async stop() {
      stopping.abort();
      await Promise.all(loops);
    },
    async runOnce() {
      for (const task of o.tasks) await drain(task);
    },
  };
}
