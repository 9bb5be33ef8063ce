import type { OrderClaimsFailureCode } from '../order.ts';
import { rawToken } from './raw-token.ts';

export interface OrderVector {
  readonly name: string;
  readonly now: string;
  readonly token: string;
  /** What reading it as an order that the hub has not seen before ends in. */
  readonly expect: 'OK' | OrderClaimsFailureCode;
}

const NOW = new Date('2026-11-22T10:00:00Z');
const SECONDS = NOW.getTime() / 1000;
const DAY = 86_400;

const CLAIMS = {
  sub: '623e460b-9ffd-41df',
  exp: SECONDS + 900,
  iat: SECONDS,
  amt: 249.9,
  cur: 'UAH',
  ref: 'INV-2026-17',
  prp: 'Оплата замовлення № 17',
  url: 'https://shop.example/thanks?order=17',
};
const FRI = { frn: 'ТОВ «Отримувач»', frc: '12345678', fra: 'UA113806340000026001234567890', frb: '380634', frm: 5732 };
const fri = (change: Readonly<Record<string, unknown>>) => ({ fri: { ...FRI, ...change } });

const CASES: readonly [name: string, change: Readonly<Record<string, unknown>>, expect: OrderVector['expect']][] = [
  ['an order in the form of the guide', {}, 'OK'],
  ['an order for an ultimate beneficiary', { fri: FRI }, 'OK'],
  ['a category code as text', fri({ frm: '0742' }), 'OK'],
  ['a beneficiary with a passport number', fri({ frc: 'АЕ123456' }), 'OK'],
  ['unknown claims', { more: true }, 'OK'],
  ['one minute to live', { exp: SECONDS + 60 }, 'OK'],
  ['30 days to live', { exp: SECONDS + 30 * DAY }, 'OK'],
  ['issued five minutes ago', { iat: SECONDS - 300 }, 'OK'],
  ['no sub', { sub: undefined }, 'INVALID_SUB'],
  ['a sub that is a number', { sub: 623 }, 'INVALID_SUB'],
  ['exp as text', { exp: '900' }, 'INVALID_EXPIRY'],
  ['59 seconds to live', { exp: SECONDS + 59 }, 'INVALID_EXPIRY'],
  ['more than 30 days to live', { exp: SECONDS + 30 * DAY + 1 }, 'INVALID_EXPIRY'],
  ['exp beyond what a date can say', { exp: Number.MAX_SAFE_INTEGER }, 'INVALID_EXPIRY'],
  ['no iat', { iat: undefined }, 'INVALID_IAT'],
  ['iat with a fraction', { iat: SECONDS + 0.5 }, 'INVALID_IAT'],
  ['issued 301 seconds ago', { iat: SECONDS - 301 }, 'ORDER_IAT_STALE'],
  ['issued 301 seconds ahead', { iat: SECONDS + 301 }, 'ORDER_IAT_FUTURE'],
  ['an amount as text', { amt: '249.90' }, 'INVALID_AMOUNT'],
  ['three decimals', { amt: 249.905 }, 'INVALID_AMOUNT'],
  ['nothing to pay', { amt: 0 }, 'INVALID_AMOUNT'],
  ['a currency with a sign', { cur: '₴' }, 'INVALID_CURRENCY'],
  ['dollars', { cur: 'USD' }, 'UNSUPPORTED_CURRENCY'],
  ['an empty ref', { ref: '' }, 'INVALID_REF'],
  ['a ref that is too long', { ref: 'r'.repeat(65) }, 'INVALID_REF'],
  ['no purpose', { prp: undefined }, 'INVALID_PURPOSE'],
  ['no url', { url: undefined }, 'INVALID_URL'],
  ['a script for a url', { url: 'javascript:alert(1)' }, 'INVALID_URL'],
  ['a url with credentials', { url: 'https://user:secret@shop.example/' }, 'INVALID_URL'],
  ['a relative url', { url: '/thanks' }, 'INVALID_URL'],
  ['a beneficiary that is a text', { fri: 'me' }, 'INVALID_BENEFICIARY'],
  ['a beneficiary without a name', fri({ frn: undefined }), 'INVALID_BENEFICIARY'],
  ['a beneficiary with a short tax number', fri({ frc: '1234567' }), 'INVALID_BENEFICIARY'],
  ['a beneficiary with a wrong IBAN', fri({ fra: 'UA000000000000000000000000000' }), 'INVALID_BENEFICIARY'],
  ['a beneficiary with a wrong bank code', fri({ frb: '38063' }), 'INVALID_BENEFICIARY'],
  ['a beneficiary with a wrong category code', fri({ frm: 57_320 }), 'INVALID_BENEFICIARY'],
];

/** Orders signed by the merchant, all well-formed tokens. */
export function orderVectors(): Promise<OrderVector[]> {
  return Promise.all(
    CASES.map(async ([name, change, expect]) => ({
      name,
      now: NOW.toISOString(),
      token: await rawToken({ signer: 'merchant', payload: { ...CLAIMS, ...change } }),
      expect,
    })),
  );
}
