import { randomUUID } from 'node:crypto';

import type { ErrorCode } from '../../../../protocol/errors.ts';
import { ibanOf } from '../../../../sandbox/world.ts';
import { tokenOf, type TokenPart } from './participant.ts';
import { ORDER_TOKEN_CASES } from './token-cases.ts';
import type { WireRequest } from './wire.ts';
import type { World } from './world.ts';

export type OrderCase = readonly [status: number, code: ErrorCode, title: string, part: (world: World) => TokenPart];

export const ORDERS_PATH = '/api/v1/merchants/order';
const DAY = 86_400;

/** The claims of a right order of the merchant. Its validity leaves room for a business clock that was moved. */
export function orderClaims(world: World): Record<string, unknown> {
  const iat = Math.floor(Date.now() / 1000);
  return {
    sub: world.merchant.id,
    iat,
    exp: iat + DAY,
    amt: 249.9,
    cur: 'UAH',
    ref: `order-${randomUUID()}`,
    prp: 'A book',
    url: `${world.hub.sandbox.sandbox}/thank-you`,
  };
}

/** An order of the merchant as the JWT alone, or what the part makes of it. */
export function orderToken(world: World, part: TokenPart = {}): string {
  const token = tokenOf(world.merchant, orderClaims(world), part);
  return typeof token === 'string' ? token : '';
}

export function orderInBody(jwt: string, query = ''): WireRequest {
  return { method: 'POST', path: ORDERS_PATH + query, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ jwt }) };
}

export function orderInAddress(jwt: string): WireRequest {
  return { method: 'POST', path: `${ORDERS_PATH}?jwt=${encodeURIComponent(jwt)}`, headers: {} };
}

const saying =
  (over: Record<string, unknown>): OrderCase[3] =>
  () => ({ claims: (claims) => ({ ...claims, ...over }) });
const each = (name: string, code: ErrorCode, values: readonly unknown[]): OrderCase[] =>
  values.map((value) => {
    const text = value === undefined ? 'missing' : JSON.stringify(value);
    return [400, code, `${name} ${text.slice(0, 60)}`, saying({ [name]: value })];
  });
const amountText = (text: string): OrderCase => [
  400,
  'INVALID_AMOUNT',
  `amt ${text}`,
  () => ({ text: (payload) => payload.replace(/"amt":[\d.]+/, `"amt":${text}`) }),
];

const NO_TEXTS: readonly unknown[] = [undefined, null, 17, true, {}, ['a'], ''];
const NO_SECONDS: readonly unknown[] = [undefined, null, '1795340000', true, {}, 1.5, 0, -5];
const now = (): number => Math.floor(Date.now() / 1000);
const BENEFICIARY = { frn: 'Publisher', frc: '12345678', fra: ibanOf('980202', '0000026000000000077'), frb: '980202', frm: 2741 };
const beneficiary = (name: keyof typeof BENEFICIARY, values: readonly unknown[]): OrderCase[] =>
  values.map((value) => [
    400,
    'INVALID_BENEFICIARY',
    `fri.${name} ${JSON.stringify(value) ?? 'missing'}`,
    saying({ fri: { ...BENEFICIARY, [name]: value } }),
  ]);

export const ORDER_CASES: readonly OrderCase[] = [
  ...ORDER_TOKEN_CASES,
  [401, 'FOREIGN_PATH', 'an order that a bank signed', ({ payer }) => ({ signer: payer })],
  ...each('sub', 'INVALID_SUB', [...NO_TEXTS, 'another-merchant']),
  [400, 'INVALID_SUB', 'sub of a bank', ({ payer }) => ({ claims: (claims) => ({ ...claims, sub: payer.id }) })],
  ...each('exp', 'INVALID_EXPIRY', [...NO_SECONDS, Number.MAX_SAFE_INTEGER, now() - 60, now() + 59, now() + 31 * DAY]),
  ...each('iat', 'INVALID_IAT', NO_SECONDS),
  [401, 'ORDER_IAT_STALE', 'issued six minutes ago', () => ({ claims: (claims) => ({ ...claims, iat: now() - 360 }) })],
  [401, 'ORDER_IAT_FUTURE', 'issued six minutes ahead', () => ({ claims: (claims) => ({ ...claims, iat: now() + 360 }) })],
  ...each('amt', 'INVALID_AMOUNT', [undefined, null, '249.90', true, {}, [1]]),
  ...['0', '0.00', '-1', '1e2', '249.905', '249.900', '90071992547409.92'].map(amountText),
  ...each('cur', 'INVALID_CURRENCY', [...NO_TEXTS, 'uah', '₴']),
  ...each('cur', 'UNSUPPORTED_CURRENCY', ['USD']),
  ...each('ref', 'INVALID_REF', [...NO_TEXTS, ' ', 'a\nb', 'r'.repeat(65)]),
  ...each('prp', 'INVALID_PURPOSE', [...NO_TEXTS, ' ', 'p'.repeat(421)]),
  ...each('url', 'INVALID_URL', [
    ...NO_TEXTS,
    '/thanks',
    'javascript:alert(1)',
    'https://user:secret@shop.example/',
    'ftp://shop.example/',
  ]),
  // The sandbox's merchant registered no origin, so any may be named: test/orders refuses one of others.
  ...each('url', 'INVALID_URL', [`https://shop.example/${'a'.repeat(2048)}`]),
  ...each('fri', 'INVALID_BENEFICIARY', ['me', 17, [], {}]),
  ...beneficiary('frn', [undefined, 17, '', 'n'.repeat(141)]),
  ...beneficiary('frc', [undefined, 12_345_678, '1234567', '12345678901']),
  ...beneficiary('fra', [undefined, 17, 'UA000000000000000000000000000']),
  ...beneficiary('frb', [undefined, 980_202, '98020']),
  ...beneficiary('frm', [undefined, 57_320, 'books', -1]),
];
