import { encodeBase64url } from './base64.ts';
import { type Bytes, utf8 } from './web-crypto.ts';

export async function sha256(bytes: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Bytes)); // Bodies and texts never lie in shared memory.
}

/** The `body_sha256` claim of a header token: SHA-256 of the raw body, base64url without padding. An absent body is zero bytes. */
export async function bodySha256(body: Uint8Array | string): Promise<string> {
  return encodeBase64url(await sha256(typeof body === 'string' ? utf8(body) : body));
}

/**
 * What the replay guard compares under one token `jti`: SHA-256 over method, path with query, and the raw body, as base64url.
 * Method and path end with a line feed, which neither can contain, so two different requests never give the same input.
 */
export async function requestHash(request: { readonly method: string; readonly path: string; readonly body: Uint8Array }): Promise<string> {
  const head = utf8(`${request.method}\n${request.path}\n`);
  const input = new Uint8Array(head.length + request.body.length);
  input.set(head);
  input.set(request.body, head.length);
  return encodeBase64url(await sha256(input));
}
