/** How many callbacks one receiver gets at the same time, and this process sends in all. */
export interface TurnLimits {
  readonly perReceiverMax: number;
  readonly totalMax: number;
}

interface Receiver<Item> {
  readonly waiting: Item[];
  inFlight: number;
}

/**
 * Whose callback goes next: receivers in turn, each with a bounded number in flight, so that one that does not answer holds up its own
 * callbacks and nobody else's. A data structure only: it sends nothing and knows no time.
 */
export class ReceiverTurns<Item> {
  readonly #limits: TurnLimits;
  readonly #receivers = new Map<string, Receiver<Item>>();
  /** Receivers that have something waiting and a free place, in the order of their turns. */
  #turns: string[] = [];
  #inFlight = 0;

  constructor(limits: TurnLimits) {
    this.#limits = limits;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  add(receiverId: string, item: Item): void {
    const receiver = this.#receivers.get(receiverId) ?? { waiting: [], inFlight: 0 };
    this.#receivers.set(receiverId, receiver);
    receiver.waiting.push(item);
    if (receiver.waiting.length === 1 && receiver.inFlight < this.#limits.perReceiverMax) this.#turns.push(receiverId);
  }

  /** The next item, which is in flight from now until `done`. Undefined: nobody who waits has a free place. */
  take(): { readonly receiverId: string; readonly item: Item } | undefined {
    if (this.#inFlight >= this.#limits.totalMax) return undefined;
    const receiverId = this.#turns.shift();
    const receiver = receiverId === undefined ? undefined : this.#receivers.get(receiverId);
    const item = receiver?.waiting.shift();
    if (receiverId === undefined || receiver === undefined || item === undefined) return undefined;
    receiver.inFlight += 1;
    this.#inFlight += 1;
    if (receiver.waiting.length > 0 && receiver.inFlight < this.#limits.perReceiverMax) this.#turns.push(receiverId);
    return { receiverId, item };
  }

  done(receiverId: string): void {
    const receiver = this.#receivers.get(receiverId);
    if (!receiver || receiver.inFlight === 0) throw new Error(`${receiverId} has nothing in flight`);
    const wasFull = receiver.inFlight === this.#limits.perReceiverMax;
    receiver.inFlight -= 1;
    this.#inFlight -= 1;
    if (receiver.waiting.length > 0 && wasFull) this.#turns.push(receiverId);
    if (receiver.waiting.length === 0 && receiver.inFlight === 0) this.#receivers.delete(receiverId);
  }

  waitingFor(receiverId: string): number {
    return this.#receivers.get(receiverId)?.waiting.length ?? 0;
  }

  /** Receivers without a free place: more for them would only wait here. */
  busy(): readonly string[] {
    return [...this.#receivers]
      .filter(([, { inFlight, waiting }]) => waiting.length > 0 || inFlight >= this.#limits.perReceiverMax)
      .map(([id]) => id);
  }
}
