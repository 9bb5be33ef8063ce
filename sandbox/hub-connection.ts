import { importJwkSet, JWK_SET_PATH, jwkSetSchema } from '../protocol/jwk-set.ts';
import { signedRequest, type SignedRequest } from '../protocol/client/signed-request.ts';
import type { WebCryptoKey } from '../protocol/web-crypto.ts';
import type { History } from './history.ts';

/** The key an actor signs with. */
export interface SigningKey {
  readonly kid: string;
  readonly key: WebCryptoKey;
}

/** `status` null: no answer came. */
export interface HubAnswer {
  readonly status: number | null;
  readonly body: unknown;
}

/** One actor's way to the hub's edge: signed requests out, the hub's public keys in. Every call is in the actor's history. */
export interface HubConnection {
  sign(o: { method: string; path: string; body?: string; contentType?: string }): Promise<SignedRequest>;
  /** Sends a request as it is; sending the same one again is a retry. */
  send(request: SignedRequest): Promise<HubAnswer>;
  /** Keys of the hub by kid. Read again when a kid is asked for that is not among them, at most once a second. */
  keys(kid?: string): Promise<ReadonlyMap<string, WebCryptoKey>>;
}

const CALL_TIMEOUT_MS = 15_000;
const KEYS_REFRESH_MS = 1_000;

export function connectToHub(o: { edgeUrl: string; signing: SigningKey; history: History; now: () => Date }): HubConnection {
  let keys: { readonly at: number; readonly byKid: ReadonlyMap<string, WebCryptoKey> } | null = null;

  return {
    sign: ({ method, path, body, contentType }) =>
      signedRequest({
        ...o.signing,
        method,
        url: o.edgeUrl + path,
        body,
        ...(contentType === undefined ? {} : { contentType }),
        now: o.now(),
      }),

    async send(request) {
      const path = request.url.slice(new URL(request.url).origin.length);
      const answered = await fetchAnswer(request);
      o.history.record({
        direction: 'out',
        method: request.method,
        path,
        callbackGuid: null,
        status: answered.status,
        answered: answered.status === null ? 'never' : 'yes',
        body: answered.body,
      });
      return answered;
    },

    async keys(kid) {
      const at = o.now().getTime();
      if (keys && ((kid !== undefined && keys.byKid.has(kid)) || at - keys.at < KEYS_REFRESH_MS)) return keys.byKid;
      const response = await fetch(o.edgeUrl + JWK_SET_PATH, { signal: AbortSignal.timeout(CALL_TIMEOUT_MS) });
      keys = { at, byKid: await importJwkSet(jwkSetSchema.parse(await response.json())) };
      return keys.byKid;
    },
  };
}

async function fetchAnswer(request: SignedRequest): Promise<HubAnswer> {
  try {
    const { method, headers, body } = request;
    const response = await fetch(request.url, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    });
    const text = await response.text();
    return { status: response.status, body: parsed(text) };
  } catch (error) {
    // Nobody knows whether the hub got it: the caller decides whether to send the same bytes again.
    return { status: null, body: { error: error instanceof Error ? error.message : String(error) } };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
