/** Writes that come within this time share one commit, and so one fsync. Milliseconds. */
const BATCH_WINDOW_MS = 2;

interface Write {
  readonly work: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Collects small writes of one object into one transaction. A write that throws takes only itself down: the batch is then run again
 * one by one.
 */
export class WriteBatch {
  readonly #storage: DurableObjectStorage;
  /** The instant at which the object must be woken if it dies now, in milliseconds since 1970. */
  readonly #wakeAt: () => number;
  /** What is done in the same transaction as so many writes. */
  readonly #tidyUp: (writes: number) => void;
  #waiting: Write[] = [];
  #flushing = false;

  constructor(storage: DurableObjectStorage, wakeAt: () => number, tidyUp: (writes: number) => void = () => undefined) {
    this.#storage = storage;
    this.#wakeAt = wakeAt;
    this.#tidyUp = tidyUp;
  }

  /** Resolves when the write was done; what leaves the object after that leaves only once it is on disk (the output gate). */
  add(work: () => void): Promise<void> {
    return this.#join(work, () => scheduler.wait(BATCH_WINDOW_MS));
  }

  /** The same for writes that have waited for one another already: those that are added in the same moment share a commit. */
  addAtOnce(work: () => void): Promise<void> {
    return this.#join(work, () => undefined);
  }

  #join(work: () => void, window: () => Promise<void> | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ work, resolve, reject });
      if (this.#flushing) return;
      this.#flushing = true;
      void this.#flush(window);
    });
  }

  async #flush(window: () => Promise<void> | undefined): Promise<void> {
    let batch: Write[] = [];
    try {
      await window();
      const alarm = await this.#storage.getAlarm();
      batch = this.#take();
      // No await between the alarm and the rows: they commit together, so a row never waits for an alarm that nobody set.
      const wakeAt = this.#wakeAt();
      if (alarm === null || alarm > wakeAt) void this.#storage.setAlarm(wakeAt);
      this.#commit(batch);
    } catch (error) {
      for (const write of [...batch, ...this.#take()]) write.reject(error);
    }
  }

  #take(): Write[] {
    const batch = this.#waiting;
    this.#waiting = [];
    this.#flushing = false;
    return batch;
  }

  #commit(batch: readonly Write[]): void {
    try {
      this.#storage.transactionSync(() => {
        for (const write of batch) write.work();
        this.#tidyUp(batch.length);
      });
      batch.forEach((write) => write.resolve());
    } catch {
      // One bad write must not fail its neighbours; each says for itself what is wrong with it.
      batch.forEach((write) => this.#commitAlone(write));
    }
  }

  #commitAlone(write: Write): void {
    try {
      this.#storage.transactionSync(write.work);
      write.resolve();
    } catch (error) {
      write.reject(error);
    }
  }
}
