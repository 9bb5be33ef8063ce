/** An `AsyncIterable` that is not just any object: what a subscription gives instead of one result. */
export function isStream<T>(value: unknown): value is AsyncIterable<T> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/**
 * Applies `change` to each item. Unlike an `async function*`, the result frees its source at once on `return()`, also while a `next()`
 * is waiting: a client that leaves must not hold a subscription until the next event.
 */
export function mapStream<In, Out>(source: AsyncIterable<In>, change: (item: In) => Out): AsyncIterableIterator<Out> {
  const items = source[Symbol.asyncIterator]();
  let done = false;
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      if (done) return { done: true, value: undefined };
      const item = await items.next();
      // The consumer may have left while this item was on its way.
      if (done) return { done: true, value: undefined };
      if (item.done) {
        done = true;
        return { done: true, value: undefined };
      }
      return { done: false, value: change(item.value) };
    },
    async return() {
      done = true;
      await items.return?.();
      return { done: true, value: undefined };
    },
    async throw(error: unknown) {
      done = true;
      await items.return?.();
      throw error;
    },
  };
}

/** Passes items on up to and including the first for which `isLast` is true, then frees the source. */
export function endAfter<Item>(source: AsyncIterable<Item>, isLast: (item: Item) => boolean): AsyncIterableIterator<Item> {
  const items = source[Symbol.asyncIterator]();
  let done = false;
  const finish = async () => {
    done = true;
    await items.return?.();
    return { done: true as const, value: undefined };
  };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      if (done) return { done: true, value: undefined };
      const item = await items.next();
      if (done || item.done) {
        done = true;
        return { done: true, value: undefined };
      }
      if (isLast(item.value)) await finish();
      return { done: false, value: item.value };
    },
    return: finish,
    async throw(error: unknown) {
      await finish();
      throw error;
    },
  };
}

/** A source that fails in the middle gives one last item, made of its error, and ends. */
export function endWithError<Item>(source: AsyncIterable<Item>, lastItem: (error: unknown) => Item): AsyncIterableIterator<Item> {
  const items = source[Symbol.asyncIterator]();
  let done = false;
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      if (done) return { done: true, value: undefined };
      try {
        const item = await items.next();
        if (!item.done) return item;
        done = true;
        return { done: true, value: undefined };
      } catch (error) {
        done = true;
        return { done: false, value: lastItem(error) };
      }
    },
    async return() {
      done = true;
      await items.return?.();
      return { done: true, value: undefined };
    },
  };
}

/** Calls `over` once, when the source has ended, failed, or was left. */
export function whenOver<Item>(source: AsyncIterable<Item>, over: () => void): AsyncIterableIterator<Item> {
  const items = source[Symbol.asyncIterator]();
  let isOver = false;
  const finish = () => {
    if (!isOver) over();
    isOver = true;
    return { done: true as const, value: undefined };
  };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      try {
        const item = await items.next();
        return item.done ? finish() : item;
      } catch (error) {
        finish();
        throw error;
      }
    },
    async return() {
      finish();
      await items.return?.();
      return { done: true, value: undefined };
    },
  };
}
