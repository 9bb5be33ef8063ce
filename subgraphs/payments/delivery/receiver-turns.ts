/** How many callbacks one receiver gets at the same time, and this process sends in all. */
export interface TurnLimits {
  readonly perReceiverMax: number;
  readonly totalMax: number;
}

/** `new`: a callback that this process has just created. `due`: one that it found in the record, such as a retry. */
export type Lane = 'new' | 'due';

interface Receiver<Item> {
  readonly waiting: Record<Lane, Item[]>;
  /** Which lane has the next turn, if both wait: a receiver that is slower than new callbacks come gets its retries as well. */
  next: Lane;
  inFlight: number;
}

const OTHER_LANE: Record<Lane, Lane> = { new: 'due', due: 'new' };

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

  add(receiverId: string, item: Item, lane: Lane): void {
    const receiver = this.#receivers.get(receiverId) ?? { waiting: { new: [], due: [] }, next: 'due', inFlight: 0 };
    this.#receivers.set(receiverId, receiver);
    receiver.waiting[lane].push(item);
    if (countOf(receiver) === 1 && receiver.inFlight < this.#limits.perReceiverMax) this.#turns.push(receiverId);
  }

  /** The next item, which is in flight from now until `done`. Undefined: nobody who waits has a free place. */
  take(): { readonly receiverId: string; readonly item: Item } | undefined {
    if (this.#inFlight >= this.#limits.totalMax) return undefined;
    const receiverId = this.#turns.shift();
    const receiver = receiverId === undefined ? undefined : this.#receivers.get(receiverId);
    const item = receiver && nextOf(receiver);
    if (receiverId === undefined || receiver === undefined || item === undefined) return undefined;
    receiver.inFlight += 1;
    this.#inFlight += 1;
    if (countOf(receiver) > 0 && receiver.inFlight < this.#limits.perReceiverMax) this.#turns.push(receiverId);
    return { receiverId, item };
  }

  done(receiverId: string): void {
    const receiver = this.#receivers.get(receiverId);
    if (!receiver || receiver.inFlight === 0) throw new Error(`${receiverId} has nothing in flight`);
    const wasFull = receiver.inFlight === this.#limits.perReceiverMax;
    receiver.inFlight -= 1;
    this.#inFlight -= 1;
    if (countOf(receiver) > 0 && wasFull) this.#turns.push(receiverId);
    if (countOf(receiver) === 0 && receiver.inFlight === 0) this.#receivers.delete(receiverId);
  }

  waitingFor(receiverId: string): number {
    const receiver = this.#receivers.get(receiverId);
    return receiver ? countOf(receiver) : 0;
  }

  /** Receivers for which something of the record waits here already: more of it would only wait longer. */
  busy(): readonly string[] {
    return [...this.#receivers].filter(([, { waiting }]) => waiting.due.length > 0).map(([id]) => id);
  }
}

function countOf<Item>({ waiting }: Receiver<Item>): number {
  return waiting.new.length + waiting.due.length;
}

function nextOf<Item>(receiver: Receiver<Item>): Item | undefined {
  const { next, waiting } = receiver;
  const lane = waiting[next].length > 0 ? next : OTHER_LANE[next];
  receiver.next = OTHER_LANE[lane];
  return waiting[lane].shift();
}
