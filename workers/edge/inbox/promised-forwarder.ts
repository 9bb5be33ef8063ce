import type { CoreClient } from '../core-client.ts';
import type { InboxStore, PromisedMessage } from './inbox-store.ts';
import { afterPromisedSend, backoff } from './message-state.ts';
import type { WriteBatch } from './write-batch.ts';
import { logEvent } from '../log.ts';

/** Rows of one round. */
const ROUND_MAX = 100;
/** A Worker may have six connections open at once. */
const CONCURRENCY = 6;
/** One alarm works this long at most, then sets the next one. Milliseconds. */
const RUN_MAX_MS = 30_000;
/** Nobody waits for the answer to a promised message, so the core may take its time. Milliseconds. */
const PROMISED_ANSWER_MS = 10_000;

/**
 * Tells the core of promised messages, oldest first, until it has taken each. A core that cannot be reached pauses the whole run; a
 * message that it will not take waits alone and blocks nothing.
 */
export class PromisedForwarder {
  readonly #o: { readonly store: InboxStore; readonly writes: WriteBatch; readonly core: CoreClient; readonly onDone: () => void };
  #failures = 0;
  /** Milliseconds since 1970; 0 while the core answers. */
  pausedUntil = 0;

  constructor(o: { store: InboxStore; writes: WriteBatch; core: CoreClient; onDone: () => void }) {
    this.#o = o;
  }

  /** Tells the forwarder that the core has just answered somebody. True when promised messages were held back until now. */
  coreIsBack(): boolean {
    const wasPaused = this.pausedUntil > 0;
    this.#failures = 0;
    this.pausedUntil = 0;
    return wasPaused;
  }

  async run(): Promise<void> {
    const end = Date.now() + RUN_MAX_MS;
    while (Date.now() < end && Date.now() >= this.pausedUntil) {
      const due = this.#o.store.dueMessages(Date.now(), ROUND_MAX);
      if (due.length === 0) return;
      const next = due.values();
      const ended = await Promise.allSettled(Array.from({ length: CONCURRENCY }, () => this.#sendEach(next)));
      // Only now: the next alarm must not find messages that this one is still sending.
      for (const one of ended) if (one.status === 'rejected') throw one.reason;
    }
  }

  /** One of several that share the iterator, so that each message is sent by exactly one of them. */
  async #sendEach(messages: Iterable<PromisedMessage>): Promise<void> {
    for (const message of messages) {
      if (Date.now() < this.pausedUntil) return;
      await this.#send(message);
    }
  }

  async #send({ guid, facts, contentType, raw, tries, refusals }: PromisedMessage): Promise<void> {
    const request = { facts, query: {}, body: raw, contentType };
    const answer = await this.#o.core.send(request, { mode: 'promised', timeoutMs: PROMISED_ANSWER_MS });
    if (answer.kind === 'none' && !answer.reached) {
      if (Date.now() >= this.pausedUntil) this.pausedUntil = Date.now() + backoff(++this.#failures);
      return;
    }
    this.coreIsBack();
    const step = afterPromisedSend({ guid, tries, refusals }, answer, Date.now());
    await this.#o.writes.add(() => this.#o.store.applyPromisedStep(guid, step));
    if (step.state === 'DONE') this.#o.onDone();
    if (step.state === 'PARKED') logEvent('message parked', { guid, reason: step.reason });
  }
}
