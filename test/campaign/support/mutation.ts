import { HEADER_TOKEN_NAME } from '../../../protocol/header-token.ts';
import type { ErrorCode } from '../../../protocol/errors.ts';
import type { OrderJson } from '../../../protocol/order-answers.ts';
import { tokenOf, type TokenPart } from '../../flows/bad-input/support/participant.ts';
import type { WireRequest } from '../../flows/bad-input/support/wire.ts';
import type { World } from '../../flows/bad-input/support/world.ts';
import type { Random } from './random.ts';

/** A right payment message, and what it was made of. Its header token is bound to it. */
export interface Original {
  readonly order: OrderJson;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly jwt: string;
  readonly headerToken: string;
  readonly path: string;
  readonly request: WireRequest & { readonly body: string };
}

/** A request byte for byte, for what no client library sends. */
export interface RawRequest {
  readonly parts: readonly (string | Uint8Array)[];
  readonly hangUp?: boolean;
}

/**
 * What must come of a mutation.
 * refused: this code, and the original is accepted afterwards. turned away: HTTP itself refuses it before the Worker; 4xx, or 501 for a method that
 * does not exist, or the connection ends. same: another spelling of the same request, so the original afterwards gets the very same answer.
 * accepted: a right message in other words; the original afterwards is its duplicate.
 */
export type Expected =
  | { readonly kind: 'refused'; readonly code: ErrorCode }
  | { readonly kind: 'turned away' }
  | { readonly kind: 'same' }
  | { readonly kind: 'accepted' };

export interface Attempt {
  readonly expected: Expected;
  readonly request: WireRequest | RawRequest;
}

/** One way to change a message. Null when it would not change this one, or when nobody can say what must come of it. */
export interface Mutation {
  /** `header token: claim iat: as text`. */
  readonly title: string;
  make(original: Original, world: World, random: Random): Promise<Attempt | null> | Attempt | null;
}

export const refused = (code: ErrorCode): Expected => ({ kind: 'refused', code });
export const accepted: Expected = { kind: 'accepted' };
export const same: Expected = { kind: 'same' };
export const turnedAway: Expected = { kind: 'turned away' };

export async function originalFor(world: World, order: OrderJson): Promise<Original> {
  const claims = await world.messageClaims(order);
  const jwt = String(tokenOf(world.payer, claims));
  const path = `/api/v1/counterparty/${world.payer.id}/payment-message`;
  const body = JSON.stringify({ jwt });
  const request = { ...(await world.request({ method: 'POST', path, body })), body };
  return { order, claims, jwt, headerToken: String(request.headers[HEADER_TOKEN_NAME]), path, request };
}

/** The original with other parts, signed anew: a payload of the same `jti` under a header token of its own. */
export async function variantOf(
  original: Original,
  world: World,
  part: {
    readonly payload?: TokenPart;
    readonly header?: TokenPart;
    readonly body?: (jwt: string) => string | Uint8Array;
    readonly path?: string;
    readonly method?: string;
  },
): Promise<WireRequest> {
  const jwt = part.payload ? String(tokenOf(world.payer, original.claims, part.payload)) : original.jwt;
  return await world.request({
    method: part.method ?? 'POST',
    path: part.path ?? original.path,
    body: part.body ? part.body(jwt) : JSON.stringify({ jwt }),
    ...(part.header ? { header: part.header } : {}),
  });
}

/** The original's request with other headers; undefined takes one away. */
export function underHeaders(request: WireRequest, headers: Readonly<Record<string, string | readonly string[] | undefined>>): WireRequest {
  const entries = Object.entries({ ...request.headers, ...headers });
  return { ...request, headers: Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined)) };
}
