import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import { type PaymentMessageEndpoint, readPaymentMessage } from '../../../protocol/payment-message.ts';
import { readBodyToken } from '../../../protocol/token.ts';
import type { FreshIds, PaymentCommand, PaymentFailure } from '../domain/commands.ts';
import type { Delivery, DeliveryId } from '../domain/delivery.ts';
import { isKnown, type KnownPayment, type PaymentGuid, type PmType } from '../domain/payment.ts';
import type { CallbackSource } from './callback-payload.ts';
import type { MessageRecord, PaymentStep, PaymentStore, StepTools, StoredPayment, TryRecord, Versioned } from './ports.ts';
import { freshIds, prepareStep } from './prepare-step.ts';

/** How often a step is decided again because somebody else changed the payment first. */
const DECISIONS_MAX = 8;

/** What a command is given at the moment of its decision. */
export interface DecisionMoment {
  readonly atMs: number;
  readonly freshIds: FreshIds;
}

export interface AppliedStep {
  /** Null when the payment was so already. */
  readonly step: PaymentStep | null;
  readonly forwardedId: DeliveryId | null;
}

/**
 * One payment in the memory of this process while it has deliveries to make. Its steps run one after the other; the version guard of
 * the record protects it from other processes, and after a conflict it reads the record and decides again.
 */
export interface PaymentSession {
  readonly guid: PaymentGuid;
  readonly payment: KnownPayment;
  readonly source: CallbackSource;
  delivery(id: DeliveryId): Delivery | undefined;
  /** The signed payload of a delivery that waits for a try. */
  payloadOf(id: DeliveryId): string | undefined;
  /** Fails as `decide` does, and with ATTEMPT_STRAY when the lease of the try has passed to somebody else. */
  apply(command: (moment: DecisionMoment) => PaymentCommand, tried?: TryRecord): Promise<Result<AppliedStep, PaymentFailure>>;
  /** Takes the record for the truth again, after somebody else may have changed it. */
  reload(): Promise<void>;
}

export interface SessionDeps {
  readonly store: PaymentStore;
  readonly tools: StepTools;
}

/** A session for a payment that this process has just saved. */
export function sessionOf(deps: SessionDeps, saved: PaymentStep, source: CallbackSource): PaymentSession {
  const versioned = {
    payment: saved.after,
    version: saved.before.version + 1,
    eventVersion: saved.before.eventVersion + saved.published.length,
  };
  return new RecordedSession(deps, saved.guid, { versioned, source, payloads: saved.payloads });
}

/** A session for a payment of the record; null when there is none that has deliveries. */
export async function loadSession(deps: SessionDeps, guid: PaymentGuid): Promise<PaymentSession | null> {
  const stored = await deps.store.load(guid);
  if (!stored?.message) return null;
  return new RecordedSession(deps, guid, { versioned: stored, source: sourceOf(stored.message), payloads: stored.payloads });
}

/** Reads the evidence as it was read at the edge. It passed then, so a failure now is a bug and throws. */
export function sourceOf(record: MessageRecord): CallbackSource {
  const token = readBodyToken(record.body);
  if (!token.ok) throw new Error(`a recorded message cannot be read: ${token.failure.code}`);
  const message = readPaymentMessage(token.value, { endpoint: ENDPOINT_OF[record.pmType], now: record.receivedAt });
  if (!message.ok) throw new Error(`a recorded message cannot be read: ${message.failure.code}`);
  return { message: message.value, order: record.order };
}

/** Where messages of each kind come in: what a message was read as at the edge, it is read as again. */
const ENDPOINT_OF = { trade: 'e-commerce', return: 'e-commerce', p2p: 'p2p' } as const satisfies Record<PmType, PaymentMessageEndpoint>;

interface SessionState {
  readonly versioned: Versioned;
  readonly source: CallbackSource;
  readonly payloads: ReadonlyMap<DeliveryId, string>;
}

class RecordedSession implements PaymentSession {
  readonly guid: PaymentGuid;
  readonly source: CallbackSource;
  readonly #deps: SessionDeps;
  readonly #payloads: Map<DeliveryId, string>;
  #versioned: Versioned;
  #last: Promise<unknown> = Promise.resolve();

  constructor(deps: SessionDeps, guid: PaymentGuid, state: SessionState) {
    this.guid = guid;
    this.source = state.source;
    this.#deps = deps;
    this.#versioned = state.versioned;
    this.#payloads = new Map(state.payloads);
  }

  get payment(): KnownPayment {
    const { payment } = this.#versioned;
    if (!isKnown(payment)) throw new Error(`payment ${this.guid} is not known`);
    return payment;
  }

  delivery(id: DeliveryId): Delivery | undefined {
    return this.payment.deliveries.find((delivery) => delivery.id === id);
  }

  payloadOf(id: DeliveryId): string | undefined {
    return this.#payloads.get(id);
  }

  apply(command: (moment: DecisionMoment) => PaymentCommand, tried?: TryRecord): Promise<Result<AppliedStep, PaymentFailure>> {
    return this.#afterTheOthers(() => this.#apply(command, tried));
  }

  reload(): Promise<void> {
    return this.#afterTheOthers(() => this.#reload().then(() => undefined));
  }

  async #apply(commandOf: (moment: DecisionMoment) => PaymentCommand, tried?: TryRecord): Promise<Result<AppliedStep, PaymentFailure>> {
    const { tools, store } = this.#deps;
    for (let decision = 1; decision <= DECISIONS_MAX; decision++) {
      const at = tools.clock.now();
      const prepared = await prepareStep(tools, {
        guid: this.guid,
        before: this.#versioned,
        command: commandOf({ atMs: at.getTime(), freshIds: freshIds(tools.ids) }),
        at,
        source: this.source,
        ...(tried ? { with: { tried } } : {}),
      });
      if (!prepared.ok) return prepared;
      const step = prepared.value;
      if (step === null) return ok({ step: null, forwardedId: null });
      const outcome = await store.save(step);
      if (outcome.kind === 'saved') {
        this.#take(step);
        return ok({ step, forwardedId: outcome.forwardedId });
      }
      const stored = await this.#reload();
      if (tried && stored.leases.get(tried.deliveryId) !== tried.leaseToken) return fail({ code: 'ATTEMPT_STRAY' });
    }
    throw new Error(`payment ${this.guid} changed ${DECISIONS_MAX} times while one step was decided`);
  }

  #take(step: PaymentStep): void {
    const { before, after, published, payloads } = step;
    this.#versioned = { payment: after, version: before.version + 1, eventVersion: before.eventVersion + published.length };
    for (const [id, payload] of payloads) this.#payloads.set(id, payload);
  }

  async #reload(): Promise<StoredPayment> {
    const stored = await this.#deps.store.load(this.guid);
    if (!stored) throw new Error(`payment ${this.guid} has left the record`);
    this.#versioned = stored;
    for (const [id, payload] of stored.payloads) this.#payloads.set(id, payload);
    return stored;
  }

  #afterTheOthers<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#last.then(work);
    this.#last = next.catch(() => undefined); // Its caller hears of the failure; the next step starts from the record all the same.
    return next;
  }
}
