import { addMilliseconds } from '../../../kernel/core/time.ts';
import type { Logger } from '../../../kernel/runtime/logger.ts';
import type { OutboundClient } from '../../../kernel/runtime/outbound.ts';
import type { ParticipantsDeps } from '../app/deps.ts';
import { followKeySet, type Followed } from '../app/follow-key-set.ts';
import type { DueKeySources } from '../app/ports.ts';
import type { KeySource } from '../domain/key-source.ts';

/** How long a participant has for its answer. Milliseconds. */
export const KEY_SET_TIMEOUT_MS = 10_000;
/** Sources that one process asks at a time: room for many that answer nothing. */
const ASKED_AT_ONCE_MAX = 64;
/** Longer than an answer takes with its transaction. Milliseconds. */
const LEASE_MS = 60_000;

export interface KeySourceAsker {
  /** Begins to ask those whose turn it is. True when more may be due. Whoever answers slowly holds up nobody else. */
  pump(): Promise<boolean>;
  /** Asks nobody any more, and waits for what is being recorded. Answers that are still to come are left: their sources are asked again. */
  stop(): Promise<void>;
}

/**
 * Asks participants for the keys that they publish, and takes those over. How much of an answer is read, and which addresses are reached,
 * is for the one client that calls addresses that others gave us.
 */
export function createKeySourceAsker(o: {
  readonly due: DueKeySources;
  readonly outbound: OutboundClient;
  readonly useCases: ParticipantsDeps;
  readonly logger: Logger;
  readonly observe: (outcome: Followed) => void;
}): KeySourceAsker {
  const { outbound, useCases, logger } = o;
  const recording = new Set<Promise<void>>();
  let underWay = 0;
  let stopped = false;

  async function ask(source: KeySource): Promise<void> {
    const headers = { accept: 'application/jwk-set+json, application/json' };
    const answer = await outbound.get({ url: source.url, headers, timeoutMs: KEY_SET_TIMEOUT_MS });
    if (stopped) return;
    const recorded = record(source, answer).finally(() => recording.delete(recorded));
    recording.add(recorded);
    await recorded;
  }

  async function record(source: KeySource, answer: Parameters<typeof followKeySet>[2]): Promise<void> {
    const { participantId } = source;
    try {
      const outcome = await followKeySet(useCases, source, answer);
      o.observe(outcome);
      if (outcome !== 'READ') logger.warn({ participantId, outcome }, 'a key set was not read');
    } catch (error) {
      // The lease runs out and the source is asked again.
      logger.error({ err: error, participantId }, 'what came of a key set was not recorded');
    }
  }

  return {
    async pump() {
      const max = ASKED_AT_ONCE_MAX - underWay;
      if (stopped || max === 0) return false;
      const now = useCases.now();
      const taken = await o.due.take({ now, leaseEnd: addMilliseconds(now, LEASE_MS), max });
      underWay += taken.length;
      for (const source of taken) void ask(source).finally(() => (underWay -= 1)); // It fails with nothing that it does not handle.
      return taken.length === max;
    },
    async stop() {
      stopped = true;
      await Promise.all(recording);
    },
  };
}
