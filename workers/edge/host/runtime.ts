import { setTimeout as delay } from 'node:timers/promises';
import { Log, LogLevel, Miniflare, type MiniflareOptions } from 'miniflare';
import { findWorkerd, guardWorkerd } from './workerd-guard.ts';

/** Starts in a row that may fail before the host gives up. */
const STARTS_MAX = 5;
const START_AGAIN_MS = 300;
const WORKERD_SEARCH_TRIES = 100;
const WORKERD_SEARCH_WAIT_MS = 50;

/** What one Miniflare must be given, so that its end is noticed. */
export interface RuntimeHooks {
  readonly log: Log;
  readonly onRestart: () => Promise<void>;
}

export interface Runtime {
  current(): Miniflare;
  stop(): Promise<void>;
}

/**
 * One workerd that is always there. Miniflare starts it again when it dies, but gives up when it dies once more while starting; then a
 * new Miniflare takes over. `onFatal` is called when that fails as well, several times in a row.
 */
export async function keepRunning(o: {
  readonly optionsFor: (hooks: RuntimeHooks) => Promise<MiniflareOptions>;
  readonly onRestart: () => void;
  readonly onFatal: (error: Error) => void;
}): Promise<Runtime> {
  let guard: { release(): void } | undefined;
  let reviving: Promise<void> | undefined;
  let miniflare: Miniflare | undefined;
  const stopped = new AbortController();

  const guardCurrent = async (): Promise<void> => {
    guard?.release();
    const pid = await searchWorkerd();
    guard = pid === undefined ? undefined : guardWorkerd(pid);
  };
  const launch = async (): Promise<Miniflare> => {
    const hooks: RuntimeHooks = {
      log: new HostLog(() => {
        reviving ??= revive();
      }),
      onRestart: async () => {
        await guardCurrent();
        o.onRestart();
      },
    };
    const launched = new Miniflare(await o.optionsFor(hooks));
    try {
      await launched.ready;
    } catch (error) {
      await end(launched);
      throw error;
    }
    await guardCurrent();
    return launched;
  };
  const revive = async (): Promise<void> => {
    let failure = new Error('workerd does not start');
    if (miniflare) await end(miniflare);
    for (let start = 0; start < STARTS_MAX && !stopped.signal.aborted; start++) {
      try {
        miniflare = await launch();
        reviving = undefined;
        return o.onRestart();
      } catch (error) {
        failure = error instanceof Error ? error : new Error(String(error));
        await delay(START_AGAIN_MS);
      }
    }
    if (!stopped.signal.aborted) o.onFatal(failure);
  };

  const first = await launch();
  miniflare = first;
  return {
    current: () => miniflare ?? first,
    async stop() {
      stopped.abort();
      await reviving;
      if (miniflare) await end(miniflare);
      guard?.release();
    },
  };
}

/** One that never started, or gave up, complains of that when it is disposed of; it is of no interest any more. */
async function end(miniflare: Miniflare): Promise<void> {
  await miniflare.dispose().catch(() => undefined);
}

/** Miniflare says only in its log that it gave a dead workerd up. */
class HostLog extends Log {
  readonly #onGivenUp: () => void;

  constructor(onGivenUp: () => void) {
    super(LogLevel.WARN);
    this.#onGivenUp = onGivenUp;
  }

  override error(error: Error): void {
    if (!('code' in error) || error.code !== 'ERR_RUNTIME_FAILURE') return super.error(error);
    this.warn('workerd died again while it was starting; a new one takes over');
    this.#onGivenUp();
  }
}

async function searchWorkerd(): Promise<number | undefined> {
  for (let i = 0; i < WORKERD_SEARCH_TRIES; i++) {
    const pid = await findWorkerd();
    if (pid !== undefined) return pid;
    await delay(WORKERD_SEARCH_WAIT_MS);
  }
  return undefined;
}
