import { z } from 'zod';

import { importJwkSet, JWK_SET_PATH, jwkSetSchema } from '../protocol/jwk-set.ts';
import type { HubKeys } from '../protocol/client/hub-signature.ts';
import { readReceipt, type ReceiptFailure } from '../protocol/client/read-receipt.ts';
import { signedRequest, type SignedRequest } from '../protocol/client/signed-request.ts';
import { RECEIPT_HEADER } from '../protocol/receipt.ts';
import { readToken } from '../protocol/token.ts';
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
  /** The value of Cx-Receipt beside the answer to an accepted message, and what reading it came to. Null where there was none. */
  readonly receipt: { readonly text: string; readonly code: ReceiptCode } | null;
}

/** VALID: the hub has signed for this request and this answer. KEYS_MISSING: nobody can say, because the hub's keys could not be read. */
export type ReceiptCode = 'VALID' | 'KEYS_MISSING' | ReceiptFailure['code'];

/** One actor's way to the hub's edge: signed requests out, the hub's public keys in. Every call is in the actor's history. */
export interface HubConnection {
  sign(o: { method: string; path: string; body?: string; contentType?: string }): Promise<SignedRequest>;
  /** Sends a request as it is; sending the same one again is a retry. */
  send(request: SignedRequest): Promise<HubAnswer>;
  /** Keys of the hub by kid. Read again when a kid is asked for that is not among them, at most once a second. */
  keys(kid?: string): Promise<HubKeys>;
}

const CALL_TIMEOUT_MS = 15_000;
const KEYS_REFRESH_MS = 1_000;

/** `participantId` is the guid or uid that receipts for this actor are made out to. */
export function connectToHub(o: {
  edgeUrl: string;
  participantId: string;
  signing: SigningKey;
  history: Pick<History, 'record'>;
  now: () => Date;
}): HubConnection {
  let keys: { readonly at: number; readonly byKid: HubKeys } | null = null;

  async function readKeys(kid: string | undefined): Promise<HubKeys> {
    const at = o.now().getTime();
    if (keys && ((kid !== undefined && keys.byKid.has(kid)) || at - keys.at < KEYS_REFRESH_MS)) return keys.byKid;
    const response = await fetch(o.edgeUrl + JWK_SET_PATH, { signal: AbortSignal.timeout(CALL_TIMEOUT_MS) });
    if (!response.ok) throw new Error(`the hub's keys cannot be read: ${response.status}`);
    keys = { at, byKid: await importJwkSet(jwkSetSchema.parse(await response.json())) };
    return keys.byKid;
  }

  async function receiptCode(text: string, path: string, request: SignedRequest, { status, body }: FetchedAnswer): Promise<ReceiptCode> {
    const token = readToken(text);
    const hubKeys = await readKeys(token.ok ? token.value.header.kid : undefined).catch(() => null); // The hub may be away just now.
    if (!hubKeys) return 'KEYS_MISSING';
    const guid = guidSchema.safeParse(membersOf(body)).data?.guid ?? '';
    const answered = { method: request.method, path, body: request.body ?? '', status: status ?? 0, guid };
    const read = await readReceipt(text, answered, { hubKeys, audience: o.participantId });
    return read.ok ? 'VALID' : read.failure.code;
  }

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
      const text = answered.receipt;
      const receipt = text === null ? null : { text, code: await receiptCode(text, path, request, answered) };
      o.history.record({
        direction: 'out',
        method: request.method,
        path,
        callbackGuid: null,
        status: answered.status,
        answered: answered.status === null ? 'never' : 'yes',
        body: answered.body,
        sent: request.body ?? null,
        ...(receipt ? { receipt } : {}),
      });
      return { ...answered, receipt };
    },

    keys: readKeys,
  };
}
const guidSchema = z.object({ guid: z.string() });

/** The members of an answer: JSON, or at the p2p endpoints the claims of a JWT as plain text. */
function membersOf(body: unknown): unknown {
  const token = typeof body === 'string' ? readToken(body) : null;
  return token?.ok ? token.value.claims : body;
}

type FetchedAnswer = Omit<HubAnswer, 'receipt'> & { readonly receipt: string | null };

async function fetchAnswer(request: SignedRequest): Promise<FetchedAnswer> {
  try {
    const { method, headers, body } = request;
    const response = await fetch(request.url, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    });
    const text = await response.text();
    return { status: response.status, body: parsed(text), receipt: response.headers.get(RECEIPT_HEADER) };
  } catch (error) {
    // Nobody knows whether the hub got it: the caller decides whether to send the same bytes again.
    return { status: null, body: { error: error instanceof Error ? error.message : String(error) }, receipt: null };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
