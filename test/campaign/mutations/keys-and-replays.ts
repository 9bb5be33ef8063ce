import { createHash, randomUUID } from 'node:crypto';

import type { ErrorCode } from '../../../protocol/errors.ts';
import { HEADER_TOKEN_NAME, HUB_NAME } from '../../../protocol/header-token.ts';
import type { Participant, TokenPart } from '../../flows/bad-input/support/participant.ts';
import type { World } from '../../flows/bad-input/support/world.ts';
import { originalFor, refused, underHeaders, variantOf, type Mutation, type Original } from '../support/mutation.ts';
import type { Place } from '../support/token-model.ts';
import { inPlace } from './token-members.ts';

type SignedBy = readonly [title: string, part: (world: World) => TokenPart, code: ErrorCode];

const publicPart = ({ jwk }: Participant): object => ({ kty: jwk.kty, n: jwk.n, e: jwk.e, kid: jwk.kid });

/** Everybody who may not sign for the payer bank, and every way of using a key that is not an RS256 signature of its owner. */
const SIGNERS: readonly SignedBy[] = [
  ['another bank', ({ bystander }) => ({ signer: bystander }), 'FOREIGN_PATH'],
  ['the receiver bank', ({ receiver }) => ({ signer: receiver }), 'FOREIGN_PATH'],
  ['the merchant', ({ merchant }) => ({ signer: merchant }), 'FOREIGN_PATH'],
  ['another bank under the kid of the sender', (w) => ({ signer: w.bystander, header: { kid: w.payer.jwk.kid } }), 'TOKEN_SIGNATURE'],
  ['the merchant under the kid of the sender', (w) => ({ signer: w.merchant, header: { kid: w.payer.jwk.kid } }), 'TOKEN_SIGNATURE'],
  ['the sender under the kid of another bank', (w) => ({ header: { kid: w.bystander.jwk.kid } }), 'TOKEN_SIGNATURE'],
  ['its key for encryption', ({ encrypting }) => ({ signer: encrypting }), 'TOKEN_KEY_PURPOSE'],
  [
    'its key for encryption under the kid of the other',
    (w) => ({ signer: w.encrypting, header: { kid: w.payer.jwk.kid } }),
    'TOKEN_SIGNATURE',
  ],
  ['its signing key under the kid for encryption', (w) => ({ header: { kid: w.encrypting.jwk.kid } }), 'TOKEN_KEY_PURPOSE'],
  ['a retired key', ({ retired }) => ({ signer: retired }), 'TOKEN_KEY_RETIRED'],
  ['a retired key under the kid of the present one', (w) => ({ signer: w.retired, header: { kid: w.payer.jwk.kid } }), 'TOKEN_SIGNATURE'],
  ['a key that is not valid yet', ({ early }) => ({ signer: early }), 'TOKEN_KEY_RETIRED'],
  ['a stranger', ({ stranger }) => ({ signer: stranger }), 'TOKEN_KEY_UNKNOWN'],
  ['a stranger under the kid of the sender', (w) => ({ signer: w.stranger, header: { kid: w.payer.jwk.kid } }), 'TOKEN_SIGNATURE'],
  [
    'a stranger who brings the key',
    ({ stranger }) => ({ signer: stranger, header: { jwk: publicPart(stranger) } }),
    'TOKEN_HEADER_FORBIDDEN',
  ],
  [
    'a stranger who brings the key under the kid of the sender',
    (w) => ({ signer: w.stranger, header: { kid: w.payer.jwk.kid, jwk: publicPart(w.stranger) } }),
    'TOKEN_HEADER_FORBIDDEN',
  ],
  ['the sender who brings its own key', ({ payer }) => ({ header: { jwk: publicPart(payer) } }), 'TOKEN_HEADER_FORBIDDEN'],
  ['nobody', () => ({ algorithm: 'none' }), 'TOKEN_ALGORITHM'],
  ['nobody, said to be RS256', () => ({ algorithm: 'none', header: { alg: 'RS256' } }), 'TOKEN_SIGNATURE'],
  ['HMAC with the public key', () => ({ algorithm: 'HS256' }), 'TOKEN_ALGORITHM'],
  ['HMAC with the public key, said to be RS256', () => ({ algorithm: 'HS256', header: { alg: 'RS256' } }), 'TOKEN_SIGNATURE'],
  ['PS256', () => ({ algorithm: 'PS256' }), 'TOKEN_ALGORITHM'],
  ['PS256, said to be RS256', () => ({ algorithm: 'PS256', header: { alg: 'RS256' } }), 'TOKEN_SIGNATURE'],
  ['an unencoded payload', () => ({ header: { b64: false, crit: ['b64'] } }), 'TOKEN_HEADER_FORBIDDEN'],
];

export const KEY_MUTATIONS: readonly Mutation[] = (['header token', 'payload token'] as const satisfies Place[]).flatMap((place) =>
  SIGNERS.map(([title, part, code]): Mutation => ({
    title: `${place}: signed by ${title}`,
    make: async (original, world) => ({ expected: refused(code), request: await variantOf(original, world, inPlace(place, part(world))) }),
  })),
);

const ORDER_JSON = '/api/v1/merchants/order/nbu/json';

/** A header token without binding, as the guide has it. */
const bare = ({ iat, jti }: Record<string, unknown>): Record<string, unknown> => ({ iat, jti });

async function headerTokenFor(
  world: World,
  part: { method: string; path: string; body?: string; claims?: TokenPart['claims'] },
): Promise<string> {
  const header = part.claims ? { header: { claims: part.claims } } : {};
  const request = await world.request({
    method: part.method,
    path: part.path,
    ...(part.body === undefined ? {} : { body: part.body }),
    ...header,
  });
  return String(request.headers[HEADER_TOKEN_NAME]);
}

const under = (original: Original, token: string | readonly string[]) => underHeaders(original.request, { [HEADER_TOKEN_NAME]: token });

/** The right message under a header token that belongs to something else. */
export const MISPLACED_TOKEN_MUTATIONS: readonly Mutation[] = [
  {
    title: 'header token: of a GET',
    make: async (original, world) => {
      const token = await headerTokenFor(world, { method: 'GET', path: `${ORDER_JSON}?id=${original.order.id}` });
      return { expected: refused('TOKEN_METHOD'), request: under(original, token) };
    },
  },
  {
    title: 'header token: of a GET to the same path',
    make: async (original, world) => {
      const token = await headerTokenFor(world, { method: 'GET', path: original.path, body: original.request.body });
      return { expected: refused('TOKEN_METHOD'), request: under(original, token) };
    },
  },
  {
    title: 'header token: bare, used for a GET before',
    make: async (original, world) => {
      const path = `${ORDER_JSON}?id=${original.order.id}`;
      const token = await headerTokenFor(world, { method: 'GET', path, claims: bare });
      await world.send({ method: 'GET', path, headers: { [HEADER_TOKEN_NAME]: token } });
      return { expected: refused('TOKEN_REPLAYED'), request: under(original, token) };
    },
  },
  {
    title: 'header token: bare, used for a message that was refused',
    make: async (original, world) => {
      const body = JSON.stringify({ jwt: 'none' });
      const token = await headerTokenFor(world, { method: 'POST', path: original.path, body, claims: bare });
      await world.send({ ...under(original, token), body });
      return { expected: refused('TOKEN_REPLAYED'), request: under(original, token) };
    },
  },
  {
    title: 'header token: of the same message to another path',
    make: async (original, world) => {
      const path = `/api/v1/counterparty/${world.bystander.id}/payment-message`;
      const token = await headerTokenFor(world, { method: 'POST', path, body: original.request.body });
      return { expected: refused('TOKEN_PATH'), request: under(original, token) };
    },
  },
  {
    title: 'header token: of another message',
    make: async (original, world) => {
      const { headerToken } = await originalFor(world, original.order);
      return { expected: refused('TOKEN_BODY'), request: under(original, headerToken) };
    },
  },
  {
    title: 'header token: the payload token',
    make: (original) => ({ expected: refused('TOKEN_CLAIMS'), request: under(original, original.jwt) }),
  },
  {
    title: 'payload token: the header token',
    make: async (original, world) => ({
      expected: refused('INVALID_REQUEST'),
      request: await variantOf(original, world, { body: () => JSON.stringify({ jwt: original.headerToken }) }),
    }),
  },
  {
    title: 'header token: the right one twice',
    make: (original) => ({ expected: refused('TOKEN_MALFORMED'), request: under(original, [original.headerToken, original.headerToken]) }),
  },
  {
    title: 'header token: the right one, then another',
    make: async (original, world) => {
      const other = await headerTokenFor(world, { method: 'POST', path: original.path, body: original.request.body });
      return { expected: refused('TOKEN_MALFORMED'), request: under(original, [original.headerToken, other]) };
    },
  },
  {
    title: 'header token: none',
    make: (original) => ({
      expected: refused('TOKEN_MISSING'),
      request: underHeaders(original.request, { [HEADER_TOKEN_NAME]: undefined }),
    }),
  },
  {
    title: 'header token: in Authorization',
    make: (original) => ({
      expected: refused('TOKEN_MISSING'),
      request: underHeaders(original.request, { [HEADER_TOKEN_NAME]: undefined, authorization: `Bearer ${original.headerToken}` }),
    }),
  },
  {
    title: 'header token: of another bank to its own path, under the path of the sender',
    make: async (original, world) => {
      const request = await world.request({ method: 'POST', path: original.path, body: original.request.body, by: world.bystander });
      return { expected: refused('FOREIGN_PATH'), request };
    },
  },
  {
    title: 'the whole message brought by another bank to its own path',
    make: async (original, world) => {
      const path = `/api/v1/counterparty/${world.bystander.id}/payment-message`;
      const request = await world.request({ method: 'POST', path, body: original.request.body, by: world.bystander });
      return { expected: refused('FOREIGN_PATH'), request };
    },
  },
  {
    title: 'header token: bound to another hub, whose name stands in Host',
    make: async (original, world) => {
      const claims = (right: Record<string, unknown>) => ({ ...right, aud: 'http://another-hub.example' });
      const token = await headerTokenFor(world, { method: 'POST', path: original.path, body: original.request.body, claims });
      const request = underHeaders(original.request, { [HEADER_TOKEN_NAME]: token, host: 'another-hub.example' });
      return { expected: refused('TOKEN_AUDIENCE'), request };
    },
  },
  ...['md5', 'sha1', 'sha512'].map((algorithm): Mutation => ({
    title: `header token: body_sha256 by ${algorithm}`,
    make: async (original, world) => {
      const body_sha256 = createHash(algorithm).update(original.request.body).digest('base64url');
      const request = await variantOf(original, world, { header: { claims: (right) => ({ ...right, body_sha256 }) } });
      return { expected: refused('TOKEN_BODY'), request };
    },
  })),
  ...[`${HUB_NAME} `, HUB_NAME.toUpperCase(), 'https://', '*', '127.0.0.1'].map((aud): Mutation => ({
    title: `header token: aud “${aud}”`,
    make: async (original, world) => ({
      expected: refused('TOKEN_AUDIENCE'),
      request: await variantOf(original, world, { header: { claims: (right) => ({ ...right, aud, jti: randomUUID() }) } }),
    }),
  })),
];
