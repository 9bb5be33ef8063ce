import http from 'node:http';
import https from 'node:https';

import type { Caller } from '../../schema/caller.ts';
import { callOnce, type HttpCallResult } from './http-call.ts';
import type { RequestSigner } from './signed-request.ts';
import { traceHeaders } from './tracing.ts';

/** Signed HTTP to another process of the core, over kept connections. The addresses are our own configuration, never a stranger's. */
export interface SignedClient {
  /** `path` is path and query below the base URL. Default time limit SIGNED_CALL_MS. */
  call(o: { method: 'GET' | 'POST'; path: string; body?: string; caller?: Caller; timeoutMs?: number }): Promise<HttpCallResult>;
  /** Ends what is under way as CONNECTION, and frees the connections. */
  close(): void;
}

const SIGNED_CALL_MS = 10_000;
const ANSWER_BYTES_MAX = 32 * 1024 * 1024;
const CONNECTIONS_MAX = 64;
const IDLE_MS = 30_000;

/** `url` is the other process's base URL, with http or https. */
export function createSignedClient(o: { url: string; signer: RequestSigner }): SignedClient {
  const options = { keepAlive: true, maxSockets: CONNECTIONS_MAX, timeout: IDLE_MS };
  const agent = new URL(o.url).protocol === 'https:' ? new https.Agent(options) : new http.Agent(options);
  const underWay = new Set<() => void>();
  return {
    call({ method, path, body, caller, timeoutMs }) {
      const url = new URL(o.url.replace(/\/+$/, '') + path);
      const signed = { method, path: url.pathname + url.search, body: body ?? '' };
      const headers = { ...o.signer.headers(caller ? { ...signed, caller } : signed), ...traceHeaders() };
      return callOnce({
        method,
        url,
        agent,
        headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body }),
        timeoutMs: timeoutMs ?? SIGNED_CALL_MS,
        answerBytesMax: ANSWER_BYTES_MAX,
        longAnswer: 'fail',
        underWay,
      });
    },
    close() {
      for (const abandon of underWay) abandon();
      agent.destroy();
    },
  };
}
