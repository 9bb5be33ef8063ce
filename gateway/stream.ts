/** An `AsyncIterable` that is not just any object: what a subscription gives instead of one result. */
export function isStream<T>(value: unknown): value is AsyncIterable<T> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** What happens to the items of a stream on their way. */
export interface StreamSteps<In, Out> {
  change(item: In): Out | Promise<Out>;
  /** The last item: the source is freed as soon as this one came. */
  isLast?(item: Out): boolean;
  /** The last item of a source, or of a `change`, that failed. */
  failed?(error: unknown): Out;
  /** Called once, when the stream has ended, failed, or was left. */
  over?(): void;
}

/**
 * The stream with its items changed; the source is no longer read by anybody else. Unlike an `async function*`, the result frees its
 * source at once on `return()`, also while a `next()` is waiting: a client that leaves must not hold a subscription until the next event.
 * The steps that several places add to one stream are one object that waits, because ten thousand streams wait at the same time.
 */
export function mapStream<In, Out>(source: AsyncIterable<In>, steps: StreamSteps<In, Out>): AsyncIterableIterator<Out, undefined> {
  const stream = source instanceof SteppedStream ? source : new SteppedStream(source[Symbol.asyncIterator]());
  return stream.with(steps as StreamSteps<unknown, unknown>) as AsyncIterableIterator<Out, undefined>; // Each step takes what the one before it gives.
}

const END = { done: true, value: undefined } as const;

class SteppedStream implements AsyncIterableIterator<unknown, undefined> {
  readonly #source: AsyncIterator<unknown>;
  readonly #steps: StreamSteps<unknown, unknown>[] = [];
  #isOver = false;

  constructor(source: AsyncIterator<unknown>) {
    this.#source = source;
  }

  with(steps: StreamSteps<unknown, unknown>): this {
    this.#steps.push(steps);
    return this;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<unknown, undefined>> {
    if (this.#isOver) return END;
    let value: unknown;
    let place = 0;
    try {
      const item = await this.#source.next();
      // The consumer may have left while this item was on its way.
      if (this.#isOver || item.done) return this.#end();
      value = item.value;
      for (; place < this.#steps.length; place += 1) {
        const step = this.#steps[place];
        const changed = step?.change(value);
        value = changed instanceof Promise ? await changed : changed;
        if (this.#isOver) return END;
        if (step?.isLast?.(value)) break;
      }
    } catch (error) {
      return this.#isOver ? END : await this.#failure(error, place);
    }
    return place < this.#steps.length ? await this.#lastItem(value, place + 1) : { done: false, value };
  }

  async return(): Promise<IteratorResult<unknown, undefined>> {
    this.#end();
    await this.#source.return?.();
    return END;
  }

  async throw(error: unknown): Promise<IteratorResult<unknown, undefined>> {
    await this.return();
    throw error;
  }

  /** The error as the first step at or behind `place` puts it. */
  async #failure(cause: unknown, place: number): Promise<IteratorResult<unknown, undefined>> {
    const at = this.#steps.findIndex((step, index) => index >= place && step.failed !== undefined);
    if (at >= 0) return await this.#lastItem(this.#steps[at]?.failed?.(cause), at + 1);
    await this.return().catch(() => undefined); // It has failed already: that is what is told.
    throw cause;
  }

  /** Frees the source, then takes its last item through the steps from `place` on. */
  async #lastItem(item: unknown, place: number): Promise<IteratorResult<unknown, undefined>> {
    await this.return().catch(() => undefined); // The item is told, whatever its source makes of its end.
    let value = item;
    for (const step of this.#steps.slice(place)) value = await step.change(value);
    return { done: false, value };
  }

  #end(): typeof END {
    if (!this.#isOver) {
      this.#isOver = true;
      for (const step of this.#steps) step.over?.();
    }
    return END;
  }
}
