import type { StreamTransport } from './transports/transport.ts';

/** Failures to open, one after the other, before a transport is avoided for the first time. */
const FAILURES_MAX = 2;
/** How long it is avoided then. Four times as long with each further failure. */
const AVOIDED_FIRST_MS = 5_000;
const AVOIDED_MOST_MS = 300_000;

interface Trouble {
  failures: number;
  avoidedMs: number;
  avoidedUntil: number;
}

/**
 * Which of several transports, best first, to read with. Whether something on the way blocks one or the gateway is away cannot be told
 * from a failure, so a better one is tried again soon, and less often the more it fails.
 */
export class TransportLadder {
  readonly #transports: readonly StreamTransport[];
  readonly #troubles = new Map<StreamTransport, Trouble>();

  constructor(transports: readonly StreamTransport[]) {
    this.#transports = transports;
  }

  /** The best that is not avoided at the moment; the last one is never avoided. */
  choose(nowMs: number): StreamTransport {
    const fit = this.#transports.find((transport) => (this.#troubles.get(transport)?.avoidedUntil ?? 0) <= nowMs);
    const chosen = fit ?? this.#transports.at(-1);
    if (!chosen) throw new Error('a stream needs a transport');
    return chosen;
  }

  opened(transport: StreamTransport): void {
    this.#troubles.delete(transport);
  }

  /** It was lost before it gave anything. */
  failed(transport: StreamTransport, nowMs: number): void {
    const trouble = this.#troubles.get(transport) ?? { failures: 0, avoidedMs: 0, avoidedUntil: 0 };
    trouble.failures += 1;
    if (trouble.failures >= FAILURES_MAX) {
      trouble.avoidedMs = trouble.avoidedMs === 0 ? AVOIDED_FIRST_MS : Math.min(AVOIDED_MOST_MS, 4 * trouble.avoidedMs);
      trouble.avoidedUntil = nowMs + trouble.avoidedMs;
    }
    this.#troubles.set(transport, trouble);
    // When not even the last one opens, the gateway is away, and no transport is to blame.
    if (transport === this.#transports.at(-1)) this.#troubles.clear();
  }
}
