import { addMilliseconds } from '../../../kernel/core/time.ts';
import type { Logger } from '../../../kernel/runtime/logger.ts';
import { currentTraceparent, inTrace, type Step, tracedIn } from '../../../kernel/runtime/tracing.ts';
import { ATTEMPTS_MAX, TRY_TIMEOUT_MS, waitBefore } from '../../../protocol/retry.ts';
import type { KillSwitch } from '../app/kill-points.ts';
import { loadSession, type AppliedStep, type PaymentSession, type SessionDeps } from '../app/payment-session.ts';
import type { Lease, PaymentStep, TryRecord } from '../app/ports.ts';
import { LEASE_MS } from '../app/prepare-step.ts';
import type { DeliveryId, WaitingDelivery } from '../domain/delivery.ts';
import type { PaymentEvent } from '../domain/events.ts';
import type { PaymentGuid } from '../domain/payment.ts';
import { callbackAddress } from './callback-address.ts';
import { createDueSweep, type DueSweep } from './due-sweep.ts';
import { type Lane, ReceiverTurns } from './receiver-turns.ts';
import { type CallbackAnswer, sendCallback, type SendCallbackDeps } from './send-callback.ts';
import type { Timers } from './timers.ts';

export const IN_FLIGHT_PER_RECEIVER_MAX = 16;
export const IN_FLIGHT_MAX = 512;
/** Callbacks that wait here for one receiver; what is new on top of them is left to the sweep when its lease ends. */
const WAITING_PER_RECEIVER_MAX = 256;
/** What a lease must still hold when a try begins: the try, and the commit of its result. Milliseconds. */
const LEASE_LEFT_MIN_MS = TRY_TIMEOUT_MS + 4_000;

/** A receiver that does not answer holds up the end of this process no longer than this; its try is then made again. Milliseconds. */
const STOP_GRACE_MS = 3_000;

export interface RunnerDeps extends SessionDeps {
  readonly sending: SendCallbackDeps;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly kill: KillSwitch;
  /** Something was committed that the event log should move on. */
  readonly committed: () => void;
  readonly tried?: (what: { callbackType: string; answer: TryRecord['answer']; durationMs: number }) => void;
  readonly sweepMs?: number;
}

/** Makes the deliveries of this process: those that it created itself, from memory, and those that the sweep found. */
export interface DeliveryRunner {
  /** Hands over the deliveries that a saved step leased for this process. */
  follow(session: PaymentSession, applied: AppliedStep): void;
  /** Takes a lease that was found in the record. */
  take(lease: Lease): void;
  start(): void;
  /** Sends nothing new and waits a moment for the tries under way. What is left waits in the record, under leases that end. */
  stop(): Promise<void>;
}

interface Turn {
  readonly session: PaymentSession;
  readonly lease: Lease;
}

export function createDeliveryRunner(deps: RunnerDeps): DeliveryRunner {
  return new MemoryRunner(deps);
}

class MemoryRunner implements DeliveryRunner {
  readonly #deps: RunnerDeps;
  readonly #turns = new ReceiverTurns<Turn>({ perReceiverMax: IN_FLIGHT_PER_RECEIVER_MAX, totalMax: IN_FLIGHT_MAX });
  readonly #sweep: DueSweep;
  /** Sessions in use, so that two deliveries of one payment share a memory of it. */
  readonly #sessions = new Map<PaymentGuid, { readonly session: PaymentSession; uses: number }>();
  readonly #underWay = new Set<Promise<void>>();
  #stopping = false;

  constructor(deps: RunnerDeps) {
    this.#deps = deps;
    const { store, tools, timers, logger, sweepMs } = deps;
    this.#sweep = createDueSweep({
      store,
      clock: tools.clock,
      ids: tools.ids,
      timers,
      logger,
      // Before the first directory nobody has an address, and a try that was never sent would count against its receiver.
      ready: () => tools.participants.version > 0,
      busy: () => this.#turns.busy(),
      take: (lease) => this.take(lease),
      ...(sweepMs === undefined ? {} : { sweepMs }),
    });
  }

  start(): void {
    this.#sweep.start();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#sweep.stop();
    const grace = Promise.withResolvers<void>();
    const timer = setTimeout(grace.resolve, STOP_GRACE_MS);
    await Promise.race([this.#idle(), grace.promise]);
    clearTimeout(timer);
  }

  async #idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  follow(session: PaymentSession, { step, forwardedId }: AppliedStep): void {
    if (!step) return;
    this.#deps.committed();
    logResult(this.#deps.logger, step);
    for (const event of step.events) {
      const later = event.type === 'DeliveryPostponed' || (event.type === 'DeliveryCreated' && event.start === 'when-due');
      if (later) this.#sweep.wakeAt(event.dueAtMs);
      else if (startsNow(event, forwardedId)) {
        const lease = { deliveryId: event.deliveryId, guid: session.guid, ...step.lease, traceparent: currentTraceparent() };
        this.#handOver(session, lease);
      }
    }
    this.#pump();
  }

  /** A payment that is in memory already, under another hand, is read again first: it does not know of this step. */
  #handOver(session: PaymentSession, lease: Lease): void {
    const known = this.#sessions.get(lease.guid)?.session;
    if (known && known !== session) this.take(lease);
    else this.#queue(session, lease, 'new');
  }

  take(lease: Lease): void {
    if (this.#stopping) return;
    this.#track(inTrace(lease.traceparent, () => this.#takeFromRecord(lease)));
  }

  async #takeFromRecord(lease: Lease): Promise<void> {
    const known = this.#sessions.get(lease.guid)?.session;
    await known?.reload();
    const session = known ?? (await loadSession(this.#deps, lease.guid));
    if (!session) throw new Error(`delivery ${lease.deliveryId} has no payment`);
    this.#queue(session, lease, 'due');
    this.#pump();
  }

  #queue(session: PaymentSession, lease: Lease, lane: Lane): void {
    const receiverId = session.delivery(lease.deliveryId)?.receiver.id;
    if (receiverId === undefined || this.#stopping) return;
    if (lane === 'new' && this.#turns.waitingFor(receiverId) >= WAITING_PER_RECEIVER_MAX) return;
    const used = this.#sessions.get(session.guid) ?? { session, uses: 0 };
    used.uses += 1;
    this.#sessions.set(session.guid, used);
    this.#turns.add(receiverId, { session: used.session, lease }, lane);
  }

  #pump(): void {
    if (this.#stopping) return;
    for (let turn = this.#turns.take(); turn; turn = this.#turns.take()) {
      const { receiverId, item } = turn;
      this.#track(
        this.#run(item).finally(() => {
          this.#turns.done(receiverId);
          this.#release(item.session);
          this.#pump();
        }),
      );
    }
  }

  /** A failure here is broken infrastructure or a bug; the lease ends and the sweep, here or elsewhere, begins again from the record. */
  #track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => {
        // A try that outlasts the grace of a stop finds everything closed.
        if (this.#stopping) this.#deps.logger.info({ err: error }, 'delivery left to the next process');
        else this.#deps.logger.error({ err: error }, 'delivery interrupted');
      })
      .finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
  }

  #release(session: PaymentSession): void {
    const used = this.#sessions.get(session.guid);
    if (!used) return;
    used.uses -= 1;
    if (used.uses === 0) this.#sessions.delete(session.guid);
  }

  async #run({ session, lease }: Turn): Promise<void> {
    if (this.#stopping) return;
    const delivery = session.delivery(lease.deliveryId);
    const payloadToken = session.payloadOf(lease.deliveryId);
    if (delivery?.state !== 'WAITING' || payloadToken === undefined) return;
    const held = await this.#longEnough(lease);
    if (held) await tracedIn(held.traceparent, stepOf(session.guid, delivery), () => this.#try(session, delivery, held, payloadToken));
  }

  async #try(session: PaymentSession, delivery: WaitingDelivery, held: Lease, payloadToken: string): Promise<void> {
    await this.#deps.kill('before-send');
    const url = callbackAddress(delivery, this.#deps.tools.participants, session.source.order);
    const answer = await sendCallback(this.#deps.sending, { url, receiverId: delivery.receiver.id, payloadToken });
    await this.#deps.kill('after-send-before-record');
    await this.#record(session, delivery, held, answer);
  }

  /** A callback that waited long for its turn needs its lease anew; whoever has taken it meanwhile keeps it. */
  async #longEnough(lease: Lease): Promise<Lease | null> {
    const { clock, ids } = this.#deps.tools;
    const now = clock.now();
    if (lease.until.getTime() - now.getTime() >= LEASE_LEFT_MIN_MS) return lease;
    const renewed = { ...lease, token: ids.next(), until: addMilliseconds(now, LEASE_MS) };
    return (await this.#deps.store.extend(lease, renewed)) ? renewed : null;
  }

  async #record(session: PaymentSession, delivery: WaitingDelivery, lease: Lease, got: CallbackAnswer): Promise<void> {
    const attempt = delivery.tries.attempts + 1;
    const { retryAfterSeconds, ...result } = got;
    const { answer, status, durationMs } = result;
    const tried: TryRecord = { deliveryId: delivery.id, leaseToken: lease.token, attempt, ...result };
    const lastTry = attempt >= ATTEMPTS_MAX;
    const waitMs = waitBefore(attempt + 1, retryAfterSeconds) ?? 0;
    const applied = await session.apply(
      ({ atMs, freshIds }) => ({
        type: 'record-answer',
        deliveryId: delivery.id,
        tried: { attempt, answer, status },
        lastTry,
        retryAtMs: atMs + waitMs,
        freshIds,
        atMs,
      }),
      tried,
    );
    this.#deps.tried?.({ callbackType: delivery.callbackType, answer, durationMs });
    this.#deps.logger.debug({ paymentGuid: session.guid, callback: delivery.callbackType, attempt, answer, status }, 'callback tried');
    if (!applied.ok) {
      await this.#deps.store.recordStray(tried);
      this.#deps.logger.warn({ paymentGuid: session.guid, deliveryId: delivery.id, attempt, code: applied.failure.code }, 'stray attempt');
      return;
    }
    await this.#killAfter(applied.value);
    this.follow(session, applied.value);
  }

  async #killAfter({ step }: AppliedStep): Promise<void> {
    if (step?.events.some(({ type }) => type === 'PaymentSucceeded')) await this.#deps.kill('after-point-of-no-return-commit');
    if (step?.events.some(({ type }) => type === 'PaymentRejected')) await this.#deps.kill('after-reject-commit');
    await this.#deps.kill('after-step-commit-before-next');
  }
}

type StartingEvent = Extract<PaymentEvent, { type: 'DeliveryCreated' | 'DeliveryBroughtForward' | 'DeliveryRetriedByOperations' }>;

/** Whether the step leased the delivery of the event for a try right now. */
function startsNow(event: PaymentEvent, forwardedId: DeliveryId | null): event is StartingEvent {
  if (event.type === 'DeliveryCreated') return event.start === 'at-once';
  return event.type === 'DeliveryRetriedByOperations' || (event.type === 'DeliveryBroughtForward' && event.deliveryId === forwardedId);
}

function stepOf(guid: PaymentGuid, { callbackType, tries }: WaitingDelivery): Step {
  const attributes = { 'hub.payment.guid': guid, 'hub.callback.type': callbackType, 'hub.callback.attempt': tries.attempts + 1 };
  return { name: `callback ${callbackType}`, kind: 'client', attributes };
}

function logResult(logger: Logger, { guid, events, after }: PaymentStep): void {
  for (const event of events) {
    if (event.type === 'PaymentSucceeded') logger.info({ paymentGuid: guid, to: after.state }, 'payment decided');
    if (event.type === 'PaymentRejected' || event.type === 'PromisedMessageRefused') {
      logger.info({ paymentGuid: guid, to: after.state, reasonCode: event.reasonCode }, 'payment decided');
    }
    if (event.type === 'DeliveryParked' || event.type === 'DeliveryFailed') {
      logger.warn({ paymentGuid: guid, deliveryId: event.deliveryId }, 'delivery needs a person');
    }
  }
}
