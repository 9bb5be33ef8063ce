import { setTimeout as pause } from 'node:timers/promises';

import { classifyAnswer } from '../../protocol/retry.ts';
import { addMilliseconds } from '../core/time.ts';
import { createBackground } from '../runtime/background.ts';
import { createCallbackMetrics } from '../runtime/callback-metrics.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { type Step, tracedIn } from '../runtime/tracing.ts';
import type { LeasedCallback } from './callback.ts';
import type { CallbackStore } from './callback-store.ts';
import { nextOfCallback, type CallbackNext } from './next-of-callback.ts';
import { sendCallback, type SendingParts } from './send-callback.ts';

/** Longer than a try, so that a slow receiver does not get a callback twice from a healthy hub. */
const LEASE_MS = 20_000;
/** Room for many receivers that answer nothing, each with all that it may have. */
const IN_FLIGHT_MAX = 512;
/** One receiver that answers nothing leaves room for the others. */
const PER_RECEIVER_MAX = 16;
const LOOK_EVERY_MS = 500;
const STOP_GRACE_MS = 2_000;

export interface CallbackRunnerOptions extends SendingParts {
  readonly callbacks: CallbackStore;
  /** Where a callback goes now; null when its receiver has no such route, which counts as silence. */
  readonly addressOf: (callback: Pick<LeasedCallback, 'type' | 'receiver' | 'subject'>) => string | null;
  /**
   * Told of every try, with its status, before the try is recorded: what it does must be the same when it is told twice. When it throws, the try
   * counts as never made, and is made again.
   */
  readonly heard?: (callback: LeasedCallback, answer: { readonly status: number | null; readonly next: CallbackNext }) => Promise<void>;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** How often it looks for what is due. */
  readonly lookEveryMs?: number;
}

/** Sends the callbacks of one subgraph. Several processes may run one over the same database: leases keep their tries apart. */
export interface CallbackRunner {
  start(): void;
  /** Waits a moment for what is under way; what is cut off is sent again when its lease has run out. */
  stop(): Promise<void>;
  /** Looks now: something was committed. */
  poke(): void;
  /** Takes what is due and begins to send it; resolves with how many, before they are answered. */
  pump(): Promise<number>;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

export function createCallbackRunner(o: CallbackRunnerOptions): CallbackRunner {
  const tried = createCallbackMetrics(o.metrics);
  const underWay = new Map<Promise<void>, string>();

  async function send(callback: LeasedCallback): Promise<void> {
    const answer = await sendCallback(o, { url: o.addressOf(callback), receiverId: callback.receiver.id, body: callback.body });
    const now = o.clock.now();
    const next = nextOfCallback(callback, { ...answer, now });
    tried({ callback: callback.type, answer: classifyAnswer(answer.status), durationMs: answer.durationMs });
    await o.heard?.(callback, { status: answer.status, next });
    const saved = await o.callbacks.saveAttempt({ callback, ...answer, next, now });
    const facts = { callbackId: callback.id, type: callback.type, attempt: callback.attempt, status: answer.status, error: answer.error };
    if (next.state === 'MANUAL_REVIEW' || next.state === 'FAILED') o.logger.warn({ ...facts, state: next.state }, 'callback given up');
    else o.logger.info({ ...facts, state: saved ? next.state : 'STRAY' }, 'callback sent');
  }

  function begin(callback: LeasedCallback): void {
    const sending = tracedIn(callback.traceparent, stepOf(callback), () => send(callback))
      // Its lease runs out and it is taken again: nothing is lost, only later.
      .catch((error: unknown) => o.logger.error({ err: error, callbackId: callback.id }, 'callback not recorded'))
      .finally(() => {
        underWay.delete(sending);
        background.poke(); // There is room again, and the next one may be due.
      });
    underWay.set(sending, callback.receiver.id);
  }

  async function pump(): Promise<number> {
    const limit = IN_FLIGHT_MAX - underWay.size;
    if (limit <= 0) return 0;
    const now = o.clock.now();
    const taken = await o.callbacks.takeDue({
      now,
      leaseUntil: addMilliseconds(now, LEASE_MS),
      limit,
      perReceiverMax: PER_RECEIVER_MAX,
      underWay: [...underWay.values()],
    });
    for (const callback of taken) begin(callback);
    return taken.length;
  }

  const tasks = [{ name: 'send due callbacks', run: async () => (await pump()) > 0 }];
  const background = createBackground({ tasks, everyMs: o.lookEveryMs ?? LOOK_EVERY_MS, logger: o.logger });
  const idle = async (): Promise<void> => {
    while (underWay.size > 0) await Promise.all(underWay.keys());
  };
  return {
    pump,
    idle,
    poke: () => background.poke(),
    start: () => background.start(),
    async stop() {
      await background.stop();
      await Promise.race([idle(), pause(STOP_GRACE_MS, undefined, { ref: false })]);
    },
  };
}

function stepOf({ id, type, attempt }: LeasedCallback): Step {
  return {
    name: `callback ${type}`,
    kind: 'client',
    attributes: { 'hub.callback.id': id, 'hub.callback.type': type, 'hub.callback.attempt': attempt },
  };
}
