import { connect, type Socket } from 'node:net';

/** What came of one load. Latencies are milliseconds, from the moment at which a request was due. */
export interface LoadResult {
  readonly seconds: number;
  readonly latencies: readonly number[];
  /** How many answers had each status; 0 is a connection that broke. */
  readonly statuses: Readonly<Record<number, number>>;
}

/**
 * A client that costs as little as one can: requests are bytes made beforehand, one connection carries one request at a time, and of an
 * answer it reads status and length. So the servers are the bottleneck and not their client.
 */
export class LoadClient {
  readonly #idle: Connection[] = [];
  readonly #all: Connection[] = [];

  static async open(o: { readonly host: string; readonly port: number; readonly connections: number }): Promise<LoadClient> {
    const client = new LoadClient();
    for (let i = 0; i < o.connections; i++) {
      const connection = await Connection.open(o.host, o.port);
      client.#all.push(connection);
      client.#idle.push(connection);
    }
    return client;
  }

  /** Keeps every connection busy until the requests or the time are through. */
  async closedLoop(requests: readonly Buffer[], secondsMax: number): Promise<LoadResult> {
    const tally = new Tally();
    const rest = requests.values();
    const worker = async (connection: Connection): Promise<void> => {
      for (const request of rest) {
        if (tally.elapsedMs() > secondsMax * 1000) return;
        const sentAt = performance.now();
        tally.add(sentAt, await connection.send(request));
      }
    };
    await Promise.all(this.#all.map(worker));
    return tally.result();
  }

  /** Sends at a fixed rate whatever comes back. A request that finds no free connection waits, and its waiting counts. */
  async openLoop(requests: readonly Buffer[], perSecond: number): Promise<LoadResult> {
    const tally = new Tally();
    const waiting: { readonly request: Buffer; readonly dueAt: number }[] = [];
    const { promise: through, resolve } = Promise.withResolvers<void>();
    const startedAt = performance.now();
    let due = 0;
    /** Works off what waits on one connection, then leaves it to the next request that is due. */
    const work = async (connection: Connection): Promise<void> => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        tally.add(next.dueAt, await connection.send(next.request));
      }
      this.#idle.push(connection);
      if (tally.count === requests.length) resolve();
    };
    const timer = setInterval(() => {
      const dueNow = Math.min(requests.length, Math.floor(((performance.now() - startedAt) / 1000) * perSecond));
      for (const request of requests.slice(due, dueNow)) {
        waiting.push({ request, dueAt: startedAt + (due++ / perSecond) * 1000 });
        const free = this.#idle.pop();
        if (free) void work(free);
      }
      if (due === requests.length) clearInterval(timer);
    }, 1);
    await through;
    return tally.result();
  }

  close(): void {
    for (const connection of this.#all) connection.close();
  }
}

class Tally {
  readonly #startedAt = performance.now();
  readonly #latencies: number[] = [];
  readonly #statuses: Record<number, number> = {};

  get count(): number {
    return this.#latencies.length;
  }

  elapsedMs(): number {
    return performance.now() - this.#startedAt;
  }

  add(since: number, status: number): void {
    this.#latencies.push(performance.now() - since);
    this.#statuses[status] = (this.#statuses[status] ?? 0) + 1;
  }

  result(): LoadResult {
    return { seconds: this.elapsedMs() / 1000, latencies: this.#latencies, statuses: this.#statuses };
  }
}

const HEAD_END = Buffer.from('\r\n\r\n');

class Connection {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #answered: ((status: number) => void) | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('close', () => this.#settle(0));
    socket.on('error', () => undefined); // 'close' follows.
  }

  static open(host: string, port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, host, () => resolve(new Connection(socket)));
      socket.once('error', reject);
    });
  }

  send(request: Buffer): Promise<number> {
    return new Promise((resolve) => {
      if (this.#socket.destroyed) return resolve(0);
      this.#answered = resolve;
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const headEnd = this.#received.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const head = this.#received.toString('latin1', 0, headEnd);
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    if (this.#received.length < headEnd + HEAD_END.length + length) return;
    this.#received = Buffer.alloc(0);
    this.#settle(Number(head.slice(9, 12)));
  }

  #settle(status: number): void {
    const answered = this.#answered;
    this.#answered = null;
    answered?.(status);
  }
}
