import { createHash } from 'node:crypto';
import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';

import { AddressRefusedError, callOnce, type HttpCallResult } from './http-call.ts';
import { createPublicAddressCheck, createSandboxAddressCheck } from './public-address.ts';
import { traceHeaders } from './tracing.ts';

/** `answered` with any status, redirects included; `failed` when there is no answer that can be used. */
export type OutboundAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: Record<string, string>;
      readonly body: string;
      /** SHA-256 of the body as it came, base64url: what is kept of an answer that may have to be proven. */
      readonly bodySha256: string;
      readonly durationMs: number;
    }
  | Extract<HttpCallResult, { kind: 'failed' }>;

/**
 * The one client for addresses that others gave us: callbacks, key sets, receiver data. It speaks https only and connects only to
 * public addresses; in the sandbox also http, and loopback. A name is looked up for every new connection, and the address that was
 * checked is the address that is connected to, so a name that changes its answer in between gains nothing. No redirects, no proxy
 * from the environment, answers up to OUTBOUND_ANSWER_BYTES_MAX with headers up to OUTBOUND_HEADER_BYTES_MAX.
 */
export interface OutboundClient {
  post(o: { url: string; headers: Record<string, string>; body: string; timeoutMs: number }): Promise<OutboundAnswer>;
  get(o: { url: string; headers: Record<string, string>; timeoutMs: number }): Promise<OutboundAnswer>;
  /** Ends what is under way or comes later as CONNECTION, and frees the connections. */
  close(): Promise<void>;
}

export const OUTBOUND_ANSWER_BYTES_MAX = 64 * 1024;
const OUTBOUND_HEADER_BYTES_MAX = 16 * 1024;
/** Connections to one receiver; as many deliveries as may be in flight to it. */
const PER_RECEIVER_MAX = 16;
/** Shorter than the 5 s after which common servers drop a quiet connection, so that a callback seldom meets a closing one. */
const IDLE_MS = 4_000;

/** Name resolution in the form of node:dns `lookup`. */
export type ResolveAddresses = (
  hostname: string,
  options: { all: true },
  done: (error: NodeJS.ErrnoException | null, addresses?: readonly LookupAddress[]) => void,
) => void;

export function createOutboundClient(o: {
  /** Set in the sandbox only, with the address that this hub listens on. */
  sandbox: { readonly host: string } | null;
  perReceiverMax?: number;
  /** Replaces the system's name resolution, for tests. */
  resolve?: ResolveAddresses;
}): OutboundClient {
  const mayConnect = o.sandbox ? createSandboxAddressCheck(o.sandbox) : createPublicAddressCheck();
  const options = {
    keepAlive: true,
    maxSockets: o.perReceiverMax ?? PER_RECEIVER_MAX, // An agent counts per origin, so one slow receiver holds up no other.
    timeout: IDLE_MS,
    lookup: checkedLookup(o.resolve ?? systemLookup, mayConnect),
  };
  const plain = new http.Agent(options);
  const secure = new https.Agent(options);
  const underWay = new Set<() => void>();
  let closed = false;

  async function call(
    method: 'GET' | 'POST',
    url: string,
    headers: Record<string, string>,
    timeoutMs: number,
    body?: string,
  ): Promise<OutboundAnswer> {
    const parsed = usableUrl(url, { plainHttp: o.sandbox !== null });
    const host = parsed?.hostname.replace(/^\[|\]$/g, '') ?? '';
    // A literal address is connected to without a lookup, so it is checked here.
    if (!parsed || (isIP(host) !== 0 && !mayConnect(host))) return { kind: 'failed', reason: 'ADDRESS_REFUSED', durationMs: 0 };
    if (closed) return { kind: 'failed', reason: 'CONNECTION', durationMs: 0 };
    const result = await callOnce({
      method,
      url: parsed,
      agent: parsed.protocol === 'https:' ? secure : plain,
      // Whoever is called may find its own work and ours together; ids say nothing else.
      headers: { ...headers, ...traceHeaders() },
      timeoutMs,
      answerBytesMax: OUTBOUND_ANSWER_BYTES_MAX,
      // The receiver of a callback has answered with its status, however much it talks; of what is asked for, half is nothing.
      longAnswer: method === 'POST' ? 'cut' : 'fail',
      headerBytesMax: OUTBOUND_HEADER_BYTES_MAX,
      underWay,
      ...(body === undefined ? {} : { body }),
    });
    if (result.kind === 'failed') return result;
    const { bytes, ...answered } = result;
    return { ...answered, bodySha256: createHash('sha256').update(bytes).digest('base64url') };
  }

  return {
    post: ({ url, headers, body, timeoutMs }) => call('POST', url, headers, timeoutMs, body),
    get: ({ url, headers, timeoutMs }) => call('GET', url, headers, timeoutMs),
    async close() {
      closed = true;
      for (const abandon of underWay) abandon();
      plain.destroy();
      secure.destroy();
    },
  };
}

function usableUrl(text: string, { plainHttp }: { plainHttp: boolean }): URL | undefined {
  const url = URL.parse(text);
  if (!url || url.username !== '' || url.password !== '') return undefined;
  return url.protocol === 'https:' || (plainHttp && url.protocol === 'http:') ? url : undefined;
}

/** A lookup for sockets that gives only checked addresses. One bad address among good ones refuses the name: nobody honest has both. */
function checkedLookup(resolve: ResolveAddresses, mayConnect: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error) callback(error, '', 0);
      else if (!first || !addresses?.every(({ address }) => mayConnect(address))) {
        callback(new AddressRefusedError(`${hostname} does not lead to a public address`), '', 0);
      } else if (options.all) callback(null, [...addresses]);
      else callback(null, first.address, first.family);
    });
  };
}
