import type { CoreClient } from '../core-client.ts';
import { logEvent } from '../log.ts';
import type { InboxStore, PromisedMessage, UnreadableMessage } from './inbox-store.ts';
import { afterPromisedSend, backoff } from './message-state.ts';
import type { WriteBatch } from './write-batch.ts';

/** Rows of one round. */
const ROUND_MAX = 100;
/** A Worker may have six connections open at once. */
const CONCURRENCY = 6;
/** One alarm works this long at most, then sets the next one. Milliseconds. */
const RUN_MAX_MS = 30_000;
/** Nobody waits for the answer to a promised message, so the core may take its time. Milliseconds. */
const PROMISED_ANSWER_MS = 10_000;

interface ForwarderParts {
  readonly store: InboxStore;
  readonly writes: WriteBatch;
  readonly core: CoreClient;
  /** A message with so many bytes needs no more work of anybody here. */
  readonly onFinished: (bytes: number) => void;
  /** A message waits for a person from now on. */
  readonly onParked: () => void;
  /** How long the core may take for one answer, where that is not PROMISED_ANSWER_MS. */
  readonly answerMs?: number;
}

/**
 * Tells the core of promised messages, and of those that operations refused, the longest due first, until it has taken each. A core that
 * cannot be reached pauses the whole run; a message that it will not take waits alone and blocks nothing.
 */
export class PromisedForwarder {
  readonly #o: ForwarderParts;
  #failures = 0;
  /** When the core last took a message, in milliseconds since 1970. */
  #tookAt: number | null = null;
  /** Milliseconds since 1970; 0 while the core answers. */
  pausedUntil = 0;

  constructor(o: ForwarderParts) {
    this.#o = o;
  }

  /** Tells the forwarder that the core has just answered somebody. True when promised messages were held back until now. */
  coreAnswered(verdict: 'accepted' | 'refused' | 'unclear'): boolean {
    const wasPaused = this.pausedUntil > 0;
    if (verdict === 'accepted') this.#tookAt = Date.now();
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
      const ended = await Promise.allSettled(Array.from({ length: CONCURRENCY }, () => this.#sendEach(next, end)));
      // Only now: the next alarm must not find messages that this one is still sending.
      for (const one of ended) if (one.status === 'rejected') throw one.reason;
    }
  }

  /** One of several that share the iterator, so that each message is sent by exactly one of them. */
  async #sendEach(messages: Iterable<ReturnType<InboxStore['dueMessages']>[number]>, end: number): Promise<void> {
    for (const message of messages) {
      if (Date.now() < this.pausedUntil || Date.now() >= end) return;
      if ('unreadable' in message) await this.#giveUp(message);
      else await this.#send(message);
    }
  }

  async #send(message: PromisedMessage): Promise<void> {
    const { facts, contentType, raw, state } = message;
    const mode = state === 'REFUSING' ? 'refused' : 'promised';
    const timeoutMs = this.#o.answerMs ?? PROMISED_ANSWER_MS;
    const answer = await this.#o.core.send({ facts, query: {}, body: raw, contentType }, { mode, timeoutMs });
    const now = Date.now();
    const step = afterPromisedSend(message, answer, { now, tookOthersAt: this.#tookAt });
    // A message that was not even sent counts as tried as well: it goes behind the others, in case that it is itself what fails.
    if (answer.kind === 'none' && answer.why === 'unreachable') this.#pause(now);
    else this.coreAnswered(step.state === 'DONE' ? 'accepted' : 'unclear');
    if (step.state === 'PARKED') return this.#park(message.guid, step.reason);
    await this.#o.writes.add(() => this.#o.store.applyPromisedStep(message.guid, step, now));
    if (step.state !== 'WAITS') this.#o.onFinished(raw.length);
  }

  /** Nobody can send what cannot be read: a person decides, and once refused it is over. */
  async #giveUp({ guid, state, unreadable, bytes }: UnreadableMessage): Promise<void> {
    if (state === 'PROMISED') return this.#park(guid, `the row cannot be read: ${unreadable}`);
    await this.#o.writes.add(() => this.#o.store.applyPromisedStep(guid, { state: 'DISMISSED' }, Date.now()));
    this.#o.onFinished(bytes);
  }

  #pause(now: number): void {
    if (now >= this.pausedUntil) this.pausedUntil = now + backoff(++this.#failures);
  }

  async #park(guid: string, reason: string): Promise<void> {
    await this.#o.writes.add(() => this.#o.store.applyPromisedStep(guid, { state: 'PARKED', reason }, Date.now()));
    this.#o.onParked();
    logEvent('message parked', { guid, reason });
  }
}
