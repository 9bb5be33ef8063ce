/** What arrived and was not taken yet. One reader. */
export class Inbox<T> {
  readonly #items: T[] = [];
  #ended: { readonly error: unknown } | { readonly error?: undefined } | null = null;
  #wake: (() => void) | null = null;

  get size(): number {
    return this.#items.length;
  }

  push(item: T): void {
    if (this.#ended) return;
    this.#items.push(item);
    this.#wake?.();
  }

  /** No more will come. What is there is still taken first; then the reader ends, with the error if there is one. */
  end(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = error === undefined ? {} : { error };
    this.#wake?.();
  }

  /** The next item; undefined at the end. Throws the error that ended it. */
  async next(): Promise<T | undefined> {
    for (;;) {
      const item = this.#items.shift();
      if (item !== undefined) return item;
      if (this.#ended) {
        if ('error' in this.#ended && this.#ended.error !== undefined) throw this.#ended.error;
        return undefined;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
  }
}
