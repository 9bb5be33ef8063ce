import http from 'node:http';
import https from 'node:https';

/** Why a call has no answer. A TIMEOUT or a lost CONNECTION says nothing about what the other side did. */
export type HttpCallFailure = 'TIMEOUT' | 'CONNECTION' | 'ADDRESS_REFUSED' | 'TOO_LARGE';

export type HttpCallResult =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: Record<string, string>;
      /** The body as it came. */
      readonly bytes: Uint8Array;
      /** The same as text in UTF-8. */
      readonly body: string;
      readonly durationMs: number;
    }
  | { readonly kind: 'failed'; readonly reason: HttpCallFailure; readonly durationMs: number };

export interface HttpCall {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly agent: http.Agent | https.Agent;
  readonly headers: Record<string, string>;
  readonly body?: string | Uint8Array;
  /** From the call to the last byte of the answer, waiting for a free connection included. */
  readonly timeoutMs: number;
  readonly answerBytesMax: number;
  /** What becomes of an answer above `answerBytesMax`: TOO_LARGE, or its status and headers with what was read of it by then. */
  readonly longAnswer: 'fail' | 'cut';
  /** Node's own limit when it is left out. */
  readonly headerBytesMax?: number;
  /** The call puts a function here while it runs; calling that ends it as CONNECTION. For an owner that closes. */
  readonly underWay?: Set<() => void>;
}

/** Thrown by an agent's address lookup; `callOnce` reports it as ADDRESS_REFUSED. */
export class AddressRefusedError extends Error {
  override readonly name = 'AddressRefusedError';
}

/**
 * One HTTP request with a deadline and a limit on the answer, over node:http because fetch costs a payment 0.7 ms more.
 * Redirects are answers like any other. It never repeats a request by itself, also not on a connection that the other side had
 * closed meanwhile: only the caller knows whether an unknown outcome may be tried again.
 */
export function callOnce(call: HttpCall): Promise<HttpCallResult> {
  const started = performance.now();
  const { promise, resolve } = Promise.withResolvers<HttpCallResult>();
  const request = (call.url.protocol === 'https:' ? https : http).request(call.url, {
    method: call.method,
    agent: call.agent,
    ...(call.headerBytesMax === undefined ? {} : { maxHeaderSize: call.headerBytesMax }),
    headers: call.body === undefined ? call.headers : { ...call.headers, 'content-length': Buffer.byteLength(call.body) },
  });
  // Whatever happens first decides; resolving again changes nothing.
  const settle = (result: HttpCallResult) => {
    clearTimeout(deadline);
    call.underWay?.delete(abandon);
    resolve(result);
  };
  const giveUp = (reason: HttpCallFailure) => {
    settle({ kind: 'failed', reason, durationMs: Math.round(performance.now() - started) });
    request.destroy();
  };
  const answered = (response: http.IncomingMessage, chunks: readonly Buffer[]) => {
    const bytes = Buffer.concat(chunks);
    const durationMs = Math.round(performance.now() - started);
    const headers = flat(response.headers);
    settle({ kind: 'answered', status: response.statusCode ?? 0, headers, bytes, body: bytes.toString('utf8'), durationMs });
  };
  const abandon = () => giveUp('CONNECTION');
  call.underWay?.add(abandon);
  const deadline = setTimeout(giveUp, call.timeoutMs, 'TIMEOUT');
  request.on('error', (error) => giveUp(error instanceof AddressRefusedError ? 'ADDRESS_REFUSED' : 'CONNECTION'));
  // Nobody asked for another protocol (101), and Node would leave it at that until the deadline.
  request.on('upgrade', (_response, socket) => {
    socket.destroy();
    giveUp('CONNECTION');
  });
  request.on('response', (response) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= call.answerBytesMax) chunks.push(chunk);
      else if (call.longAnswer === 'fail') giveUp('TOO_LARGE');
      else {
        answered(response, chunks);
        request.destroy();
      }
    });
    response.on('error', () => giveUp('CONNECTION'));
    response.on('end', () => answered(response, chunks));
  });
  request.end(call.body);
  return promise;
}

function flat(headers: http.IncomingHttpHeaders): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) result[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return result;
}
