import { createHash, generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createEd25519Verifier, signEd25519Token } from '../../../kernel/runtime/signing.ts';
import { DIRECTORY_PATH, type DirectorySnapshot } from '../../../schema/directory.ts';
import { ENVELOPE_HEADER, envelopeSchema, type Envelope } from '../../../schema/edge-envelope.ts';

export interface Forwarded {
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly envelope: Envelope;
  readonly body: string;
}

export interface CoreReply {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Record<string, string>;
  /** The answer is held back until this resolves. */
  readonly after?: Promise<unknown>;
}

export interface SigningPair {
  readonly kid: string;
  readonly privateJwk: JsonWebKey;
  readonly publicJwk: JsonWebKey;
}

export function ed25519Pair(kid: string): SigningPair {
  const pair = generateKeyPairSync('ed25519');
  return { kid, privateJwk: pair.privateKey.export({ format: 'jwk' }), publicJwk: pair.publicKey.export({ format: 'jwk' }) };
}

/**
 * A core as the edge sees it: an HTTP server that checks every envelope, writes down what it was sent, and answers as it is told. By
 * default it accepts a payment message once, and after that knows its guid, as payments does.
 */
export class FakeCore {
  readonly envelopeKey = ed25519Pair('envelope-test');
  readonly directoryKey = ed25519Pair('directory-test');
  readonly forwarded: Forwarded[] = [];
  readonly badEnvelopes: string[] = [];
  /** guid of each payment, with the digest of the body that made it. */
  readonly payments = new Map<string, string>();
  directoryPulls = 0;
  /** An answer to a pull is held back until this resolves. */
  directoryAfter: () => Promise<unknown> = () => Promise.resolve();
  answer: (request: Forwarded) => CoreReply = (request) => this.answerAsPayments(request);
  #snapshotToken = '';
  #server: Server | undefined;
  #port = 0;
  #version = 0;

  /** Gives the version of the snapshot that the edge can pull from now on. `directoryKeys`: the keys that it names as those that may sign the next. */
  publish(
    snapshot: Omit<DirectorySnapshot, 'version' | 'issuedAt'>,
    signer: SigningPair = this.directoryKey,
    directoryKeys: readonly SigningPair[] = [],
  ): number {
    this.#version++;
    const named = directoryKeys.map(({ kid, publicJwk }) => ({ kid, publicJwk }));
    const payload = { version: this.#version, issuedAt: new Date().toISOString(), ...snapshot, directoryKeys: named };
    this.#snapshotToken = signEd25519Token(signer, JSON.stringify(payload));
    return this.#version;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts, or comes back on the port that it had. */
  async up(): Promise<void> {
    const server = createServer({ maxHeaderSize: 48 * 1024 }, (request, response) => void this.#serve(request, response));
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port; // A listening TCP server has one.
    this.#server = server;
  }

  /** Goes away with all its connections, as a killed process does. */
  async down(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  of(operation: string): Forwarded[] {
    return this.forwarded.filter((request) => request.envelope.operation === operation);
  }

  answerAsPayments(request: Forwarded): CoreReply {
    const { operation, paymentGuid, mode, bodySha256 } = request.envelope;
    if (operation !== 'payment-message' || paymentGuid === null) return { status: 200, body: JSON.stringify({ operation }) };
    const known = this.payments.get(paymentGuid);
    if (known === undefined) this.payments.set(paymentGuid, bodySha256);
    if (known === undefined || mode === 'promised') return { status: 200, body: JSON.stringify({ guid: paymentGuid }) };
    return { status: 409, body: JSON.stringify({ error: 'known', code: 'DUPLICATE_JTI', payment_message_guid: paymentGuid }) };
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer); // Node gives Buffers without an encoding.
    } catch {
      return; // The edge hung up.
    }
    if (url.pathname === DIRECTORY_PATH) return this.#serveDirectory(url, response);
    const body = Buffer.concat(chunks);
    const envelope = this.#readEnvelope(String(request.headers[ENVELOPE_HEADER]), body);
    if (!envelope) {
      response.writeHead(401).end('{}');
      return;
    }
    const forwarded: Forwarded = {
      method: request.method ?? '',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      envelope,
      body: body.toString('utf8'),
    };
    this.forwarded.push(forwarded);
    const reply = this.answer(forwarded);
    await reply.after;
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers }).end(reply.body ?? '{}');
  }

  async #serveDirectory(url: URL, response: ServerResponse): Promise<void> {
    this.directoryPulls++;
    await this.directoryAfter();
    if (Number(url.searchParams.get('after')) >= this.#version) response.writeHead(304).end();
    else response.writeHead(200, { 'content-type': 'application/jwt' }).end(this.#snapshotToken);
  }

  #readEnvelope(token: string, body: Buffer): Envelope | undefined {
    const read = createEd25519Verifier(this.envelopeKey.publicJwk)(token);
    const parsed = read.ok ? envelopeSchema.safeParse(read.value) : undefined;
    const digest = createHash('sha256').update(body).digest('base64url');
    if (parsed?.success && parsed.data.bodySha256 === digest) return parsed.data;
    this.badEnvelopes.push(token);
    return undefined;
  }
}
