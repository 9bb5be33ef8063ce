import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { bankCallbackSchema, merchantCallbackSchema } from '../../../protocol/callbacks.ts';

/** What a receiver does with one callback. `hang` keeps the connection open and says nothing; `lose` accepts and drops the connection. */
export type Behaviour =
  number | 'hang' | 'lose' | { readonly status: number; readonly headers: Record<string, string>; readonly body?: string };

export interface ReceivedCallback {
  readonly receiver: string;
  readonly type: string;
  readonly status: string;
  readonly reason: string | undefined;
  readonly callbackGuid: string;
  readonly sequence: number;
  readonly paymentGuid: string;
  readonly path: string;
  /** The raw payload token, to compare tries. */
  readonly payloadToken: string;
  readonly headerToken: string;
  readonly traceparent: string | undefined;
  readonly body: string;
}

/** Banks and a merchant on one port: the path says who is called (`/receiver/pay-in`). Answers follow a script, then 200. */
export class Receivers {
  readonly received: ReceivedCallback[] = [];
  /** Most callbacks that a receiver had open at one moment. */
  readonly openMax = new Map<string, number>();
  readonly #open = new Map<string, number>();
  readonly #scripts = new Map<string, Behaviour[]>();
  readonly #always = new Map<string, Behaviour>();
  readonly #server: Server;
  #url = '';

  constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.#url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`; // A listening TCP server has one.
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  address(receiver: string, route: string): string {
    return `${this.#url}/${receiver}/${route}`;
  }

  reset(): void {
    this.received.length = 0;
    this.openMax.clear();
    this.#scripts.clear();
    this.#always.clear();
  }

  /** The next answers of a receiver to one type of callback; `always` after them, which is 200 unless said. */
  script(receiver: string, type: string, answers: Behaviour[], always?: Behaviour): void {
    this.#scripts.set(`${receiver} ${type}`, [...answers]);
    if (always !== undefined) this.#always.set(`${receiver} ${type}`, always);
  }

  /** `receiver type status` of everything that came, in order. */
  story(paymentGuid?: string): string[] {
    return this.received
      .filter((callback) => paymentGuid === undefined || callback.paymentGuid === paymentGuid)
      .map(({ receiver, type, status }) => `${receiver} ${type} ${status}`);
  }

  of(receiver: string, type: string): ReceivedCallback[] {
    return this.received.filter((callback) => callback.receiver === receiver && callback.type === type);
  }

  #count(receiver: string, response: ServerResponse): void {
    const open = (this.#open.get(receiver) ?? 0) + 1;
    this.#open.set(receiver, open);
    this.openMax.set(receiver, Math.max(open, this.openMax.get(receiver) ?? 0));
    response.once('close', () => this.#open.set(receiver, (this.#open.get(receiver) ?? 1) - 1));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer); // The body of an IncomingMessage without an encoding.
    const callback = readCallback(request, Buffer.concat(chunks).toString('utf8'));
    this.received.push(callback);
    this.#count(callback.receiver, response);
    const place = `${callback.receiver} ${callback.type}`;
    const behaviour = this.#scripts.get(place)?.shift() ?? this.#always.get(place) ?? 200;
    if (behaviour === 'hang') return;
    if (behaviour === 'lose') return void request.socket.destroy();
    if (typeof behaviour === 'number') return void response.writeHead(behaviour).end();
    response.writeHead(behaviour.status, behaviour.headers).end(behaviour.body);
  }
}

function readCallback(request: IncomingMessage, body: string): ReceivedCallback {
  const path = request.url ?? '';
  const receiver = path.split('/')[1] ?? '';
  const payloadToken = tokenOf(body);
  const payload: unknown = JSON.parse(Buffer.from(payloadToken.split('.')[1] ?? '', 'base64url').toString('utf8'));
  const claims = receiver === 'merchant' ? merchantCallbackSchema.parse(payload) : bankCallbackSchema.parse(payload);
  return {
    receiver,
    type: claims.callback_type,
    status: claims.status,
    reason: claims.reason,
    callbackGuid: claims.callback_guid,
    sequence: claims.sequence,
    paymentGuid: claims.payment_message_guid,
    path,
    payloadToken,
    headerToken: String(request.headers['cx-authorization']),
    traceparent: request.headers['traceparent']?.toString(),
    body,
  };
}

function tokenOf(body: string): string {
  const { jwt } = JSON.parse(body) as { jwt: string }; // What every callback of the hub is.
  return jwt;
}
