import { setTimeout as pause } from 'node:timers/promises';

import type { Logger } from '../../kernel/runtime/logger.ts';
import type { Metrics } from '../../kernel/runtime/metrics.ts';
import type { verifyLedger } from './app/verify-ledger.ts';
import type { ChainHead } from './domain/ledger-chain.ts';

const LOOK_EVERY_MS = 600_000;
/** As often as this the whole ledger is read again, because an edit may be at any row; in between, what is new. */
const WHOLE_EVERY_MS = 24 * 3_600_000;

export interface LedgerWatch {
  start(): void;
  stop(): Promise<void>;
  look(): Promise<void>;
}

/** Verifies the ledger's chain again and again, and says what it found as a metric and, when it is broken, as an error. */
export function createLedgerWatch(o: {
  /** From a place that was verified before, or from the beginning. */
  readonly verify: (from?: ChainHead, signal?: AbortSignal) => ReturnType<typeof verifyLedger>;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs?: () => number;
}): LedgerWatch {
  const nowMs = o.nowMs ?? (() => performance.now());
  const intact = o.metrics.gauge({ name: 'ledger_intact', help: '1 while the chain of the ledger verifies, 0 when it is broken.' });
  const verified = o.metrics.gauge({ name: 'ledger_verified_sequence', help: 'The place up to which the ledger was last verified.' });
  const stopping = new AbortController();
  let place: ChainHead | undefined;
  let wholeSinceMs = -Infinity;
  let loop: Promise<void> | undefined;

  async function look(): Promise<void> {
    if (nowMs() - wholeSinceMs >= WHOLE_EVERY_MS) place = undefined;
    if (!place) wholeSinceMs = nowMs();
    const found = await o.verify(place, stopping.signal);
    intact.set(found.ok ? 1 : 0);
    place = found.ok ? found.value : undefined;
    if (found.ok) verified.set(Number(found.value.sequence));
    else o.logger.error({ ...found.failure, sequence: String(found.failure.sequence) }, 'the ledger is not as it was booked');
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await look().catch((error: unknown) => o.logger.warn({ err: error }, 'the ledger was not verified'));
      await pause(LOOK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => {}); // Aborted by stop().
    }
  }

  return {
    look,
    start() {
      loop ??= run();
    },
    async stop() {
      stopping.abort();
      await loop;
    },
  };
}
