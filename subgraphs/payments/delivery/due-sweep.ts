import { addMilliseconds } from '../../../kernel/core/time.ts';
import type { Logger } from '../../../kernel/runtime/logger.ts';
import type { Clock, Ids, Lease, PaymentStore } from '../app/ports.ts';
import { LEASE_MS } from '../app/prepare-step.ts';
import type { Timers } from './timers.ts';

/** How often the record is asked for deliveries that are due: retries, and leases of a process that is gone. Milliseconds. */
export const SWEEP_MS = 500;
/** A receiver's due deliveries per look: as many as may be in flight to it. */
export const SWEEP_PER_RECEIVER_MAX = 16;
/** Sooner than this nobody looks again, however much there is to do. Milliseconds. */
const SWEEP_AGAIN_MS = 20;

export interface DueSweep {
  start(): void;
  stop(): Promise<void>;
  /** Looks at this moment at the latest, for a retry that this process has just scheduled. */
  wakeAt(atMs: number): void;
}

export interface DueSweepDeps {
  readonly store: Pick<PaymentStore, 'lease'>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly sweepMs?: number;
  /** False while nothing may be sent: then nothing is leased, and the next look asks again. */
  readonly ready: () => boolean;
  /** Receivers for which enough waits here. */
  readonly busy: () => readonly string[];
  readonly take: (lease: Lease) => void;
}

/** Any number of processes sweep at once: a row that one of them is taking is passed over by the others. */
export function createDueSweep(deps: DueSweepDeps): DueSweep {
  const sweepMs = deps.sweepMs ?? SWEEP_MS;
  let wakeAtMs = Infinity;
  let cancel: (() => void) | undefined;
  let looking: Promise<void> | undefined;
  let running = false;

  async function look(): Promise<void> {
    if (deps.ready()) await leaseDue();
    else schedule(deps.clock.now().getTime() + sweepMs);
  }

  async function leaseDue(): Promise<void> {
    const now = deps.clock.now();
    let nextMs = sweepMs;
    try {
      const leases = await deps.store.lease({
        now,
        until: addMilliseconds(now, LEASE_MS),
        token: deps.ids.next(),
        perReceiverMax: SWEEP_PER_RECEIVER_MAX,
        exceptReceivers: deps.busy(),
      });
      for (const lease of leases) deps.take(lease);
      if (leases.length >= SWEEP_PER_RECEIVER_MAX) nextMs = SWEEP_AGAIN_MS;
    } catch (error) {
      deps.logger.error({ err: error }, 'looking for due deliveries failed'); // The rows stay due; the next look finds them.
    }
    schedule(deps.clock.now().getTime() + nextMs);
  }

  function schedule(atMs: number): void {
    if (!running || atMs >= wakeAtMs) return;
    cancel?.();
    wakeAtMs = atMs;
    cancel = deps.timers.after(Math.max(0, atMs - deps.clock.now().getTime()), () => {
      wakeAtMs = Infinity;
      looking = (looking ?? Promise.resolve()).then(look);
    });
  }

  return {
    start() {
      running = true;
      schedule(deps.clock.now().getTime());
    },
    async stop() {
      running = false;
      cancel?.();
      await looking;
    },
    wakeAt: schedule,
  };
}
