import { sha256 } from '../../protocol/digest.ts';
import { encodeBase64url } from '../../protocol/base64.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import { JSON_LIMITS } from '../../protocol/strict-json.ts';
import { fail, ok, type Result } from '../../kernel/core/result.ts';

/** Largest body that is read. Bytes. */
export const BODY_BYTES_MAX = JSON_LIMITS.sizeMax;
/** A JWT in the address, and whatever else stands there. Characters. */
const TARGET_LENGTH_MAX = 16_384;

const MEDIA_TYPES = ['application/json', 'text/plain', 'application/jwt'];
const XML_MEDIA_TYPES = ['application/xml', 'text/xml'];

/** A request as it came, read whole and within limits, before anything in it was believed. */
export interface Incoming {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: URL;
  /** Path and query as in the request line. */
  readonly target: string;
  readonly headers: Headers;
  /** The raw bytes; none for a GET. */
  readonly body: Uint8Array<ArrayBuffer>;
  readonly bodySha256: string;
  readonly contentType: string | null;
  readonly receivedAt: Date;
  /** Its trace, which the edge began: a stranger's own is not taken. */
  readonly traceparent: string;
}

export async function readIncoming(
  request: Request,
  method: Incoming['method'],
  { url, traceparent, takesXml }: Pick<Incoming, 'url' | 'traceparent'> & { readonly takesXml: boolean },
): Promise<Result<Incoming, { readonly code: Extract<ErrorCode, 'BODY_TOO_LARGE' | 'HTTP_MALFORMED' | 'MEDIA_TYPE'> }>> {
  const receivedAt = new Date();
  const target = url.pathname + url.search;
  if (target.length > TARGET_LENGTH_MAX) return fail({ code: 'BODY_TOO_LARGE' });
  if (method !== 'GET' && !isUncoded(request.headers)) return fail({ code: 'MEDIA_TYPE' });
  const read = method === 'GET' ? ok(new Uint8Array()) : await readBody(request).catch(() => BROKEN_BODY);
  if (!read.ok) return read;
  const body = read.value;
  const contentType = body.length === 0 ? null : (request.headers.get('content-type') ?? '');
  const known = takesXml ? [...MEDIA_TYPES, ...XML_MEDIA_TYPES] : MEDIA_TYPES;
  if (contentType !== null && !known.includes(mediaTypeOf(contentType))) return fail({ code: 'MEDIA_TYPE' });
  const bodySha256 = body.length === 0 ? EMPTY_SHA256 : encodeBase64url(await sha256(body));
  return ok({ method, url, target, headers: request.headers, body, bodySha256, contentType, receivedAt, traceparent });
}

/** SHA-256 of zero bytes, base64url. */
const EMPTY_SHA256 = '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU';

/** Whether the body says that it is XML. */
export function isXml({ contentType }: Pick<Incoming, 'contentType'>): boolean {
  return contentType !== null && XML_MEDIA_TYPES.includes(mediaTypeOf(contentType));
}

function mediaTypeOf(contentType: string): string {
  return (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
}

/** A coded body would be other bytes than those that were hashed and signed, so none is decoded (RFC 9110, 8.4: 415). */
function isUncoded(headers: Headers): boolean {
  const coding = headers.get('content-encoding');
  return coding === null || coding.trim().toLowerCase() === 'identity';
}

/** Reading a body fails when its sender broke off or framed it wrongly: not a fault of the hub. */
const BROKEN_BODY = fail({ code: 'HTTP_MALFORMED' as const });
const LARGE_BODY = fail({ code: 'BODY_TOO_LARGE' as const });

/** The rest of a body that is too large is not read. */
async function readBody(request: Request): Promise<Result<Uint8Array<ArrayBuffer>, { readonly code: 'BODY_TOO_LARGE' }>> {
  const announced = request.headers.get('content-length');
  if (announced !== null) return Number(announced) > BODY_BYTES_MAX ? LARGE_BODY : ok(new Uint8Array(await request.arrayBuffer()));
  if (request.body === null) return ok(new Uint8Array());
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of request.body) {
    length += chunk.length;
    if (length > BODY_BYTES_MAX) return LARGE_BODY; // Leaving the loop cancels the stream.
    chunks.push(chunk);
  }
  return ok(new Uint8Array(await new Blob(chunks).arrayBuffer()));
}
