/** Waiting, as a port: tests move time by hand. */
export interface Timers {
  /** Calls once after the time; the returned function cancels. */
  after(milliseconds: number, call: () => void): () => void;
}

export const realTimers: Timers = {
  after(milliseconds, call) {
    const timer = setTimeout(call, milliseconds);
    return () => clearTimeout(timer);
  },
};
