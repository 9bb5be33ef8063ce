import { bodySha256 } from '../digest.ts';
import { HEADER_TOKEN_NAME, headerTokenClaims, HUB_NAME } from '../header-token.ts';
import { signToken } from '../token.ts';
import type { WebCryptoKey } from '../web-crypto.ts';

export interface SignedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/**
 * A request to the hub with a header token that is bound to it: audience, method, path with query, body. `fetch(request.url, request)`
 * sends it. Send it again as it is to retry: the same token and bytes get the same answer.
 */
export async function signedRequest(o: {
  readonly key: WebCryptoKey;
  readonly kid: string;
  readonly method: string;
  readonly url: string;
  readonly body?: string | undefined;
  readonly contentType?: string;
  readonly audience?: string;
  readonly now?: Date;
  readonly jti?: string;
}): Promise<SignedRequest> {
  const url = new URL(o.url);
  const claims = headerTokenClaims({
    jti: o.jti ?? crypto.randomUUID(),
    now: o.now ?? new Date(),
    binding: {
      audience: o.audience ?? HUB_NAME,
      method: o.method,
      path: url.pathname + url.search,
      bodySha256: await bodySha256(o.body ?? ''),
    },
  });
  const headers: Record<string, string> = { [HEADER_TOKEN_NAME]: await signToken({ kid: o.kid, key: o.key, payload: claims }) };
  if (o.body !== undefined) headers['Content-Type'] = o.contentType ?? 'application/json';
  return { method: o.method, url: url.href, headers, body: o.body };
}

/** The body of a payment message, an order or a callback: `{"jwt": "..."}`. */
export function tokenBody(token: string): string {
  return JSON.stringify({ jwt: token });
}
