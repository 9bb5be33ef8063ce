import { encodeBase64 } from '../base64.ts';
import type { PaymentMessageEndpoint, PaymentMessageFailureCode } from '../payment-message.ts';
import { rawToken } from './raw-token.ts';

export interface PaymentMessageVector {
  readonly name: string;
  readonly endpoint: PaymentMessageEndpoint;
  readonly now: string;
  readonly token: string;
  readonly expect: 'OK' | PaymentMessageFailureCode;
}

const NOW = '2026-11-22T10:00:00.000Z';

/** Bytes that look like a ciphertext of a length: this file is about form only. */
function opaque(length: number): string {
  return encodeBase64(Uint8Array.from({ length }, (_, at) => (at * 31 + length) % 256));
}

const MESSAGE = {
  jti: '5f0c1f34-8a43-4e0b-8c9d-0a8f1c2b3d4e',
  payment_message_external_id: 'PAY-2026-000017',
  amount: 1500.75,
  currency: 'UAH',
  debtor_agent_bic: '305299',
  debtor: {
    debtor_name: opaque(47),
    debtor_id: opaque(26),
    debtor_account: 'UA743052990000026007233566001',
    debtor_phone: '+380991234567',
  },
  creditor_agent_bic: '380634',
  creditor: { creditor_name: opaque(40), creditor_id: opaque(24), creditor_account: 'UA113806340000026001234567890' },
  order_id: '0193c2a4-7b1e-7c3d-9f00-1a2b3c4d5e6f',
  purpose: 'Оплата замовлення № 42',
  msg_creation_date: '2026-11-22',
  msg_creation_time: '11:59:30',
  pm_type: 'trade',
  sender_account_type: 'limit-related',
  encryption: { nonce: opaque(12), encrypted_key: opaque(256) },
};
type Change = Readonly<Record<string, unknown>>;

const debtor = (change: Change) => ({ debtor: { ...MESSAGE.debtor, ...change } });
const creditor = (change: Change) => ({ creditor: { ...MESSAGE.creditor, ...change } });
const encryption = (change: Change) => ({ encryption: { ...MESSAGE.encryption, ...change } });
/** The good message with the number of its amount written in another way. */
const amountText = (text: string) => JSON.stringify(MESSAGE).replace('1500.75', text);

const RETURN = {
  pm_type: 'return',
  original_payment_message_guid: '5f0b9f5e-0a0e-8d3c-9a56-3f1f6f1b2c11',
  return_request_guid: '0193c2a4-7b1e-7c3d-9f00-1a2b3c4d5e70',
};

const OK_CASES: readonly [name: string, change: Change | string][] = [
  ['a message in the form of the guide', {}],
  ['no debtor_phone', debtor({ debtor_phone: undefined })],
  ['unknown members everywhere', { ...debtor({ more: 1 }), extra: { a: [] } }],
  ['a whole amount', amountText('5')],
  ['one decimal', amountText('0.5')],
  ['a trailing zero', amountText('1500.70')],
  ['the largest amount that a double carries exactly', amountText('90071992547409.91')],
  ['dcm-1 by name', encryption({ profile: 'dcm-1' })],
  ['dcm-2', encryption({ profile: 'dcm-2', alg: 'RSA-OAEP-256' })],
  ['a key wrapped with RSA-4096', encryption({ encrypted_key: opaque(512) })],
  ['a return', RETURN],
  ['created five minutes ahead', { msg_creation_time: '12:05:00' }],
  ['created almost 24 hours ago', { msg_creation_date: '2026-11-21', msg_creation_time: '12:00:00' }],
];

const REFUSED_CASES: readonly [name: string, change: Change | string, expect: PaymentMessageFailureCode][] = [
  ['no debtor', { debtor: undefined }, 'INVALID_REQUEST'],
  ['a creditor that is a text', { creditor: 'me' }, 'INVALID_REQUEST'],
  ['encryption that is a list', { encryption: [] }, 'INVALID_REQUEST'],
  ['no jti', { jti: undefined }, 'INVALID_JTI'],
  ['a jti of blanks', { jti: '  ' }, 'INVALID_JTI'],
  ['a jti with a line feed', { jti: 'a\nb' }, 'INVALID_JTI'],
  ['a jti that is too long', { jti: 'j'.repeat(129) }, 'INVALID_JTI'],
  ['an external id that is a number', { payment_message_external_id: 17 }, 'INVALID_EXTERNAL_ID'],
  ['an amount as text', { amount: '1500.75' }, 'INVALID_AMOUNT'],
  ['no amount', { amount: undefined }, 'INVALID_AMOUNT'],
  ['three decimals', amountText('1500.750'), 'INVALID_AMOUNT'],
  ['an exponent', amountText('15e2'), 'INVALID_AMOUNT'],
  ['a negative amount', amountText('-1'), 'INVALID_AMOUNT'],
  ['nothing', amountText('0.00'), 'INVALID_AMOUNT'],
  ['more than a double carries exactly', amountText('90071992547409.92'), 'INVALID_AMOUNT'],
  ['a currency in lower case', { currency: 'uah' }, 'INVALID_CURRENCY'],
  ['no currency', { currency: undefined }, 'INVALID_CURRENCY'],
  ['euros', { currency: 'EUR' }, 'UNSUPPORTED_CURRENCY'],
  ["a payer's bank of five digits", { debtor_agent_bic: '30529' }, 'INVALID_DEBTOR_AGENT'],
  ["a receiver's bank that is a number", { creditor_agent_bic: 380634 }, 'INVALID_CREDITOR_AGENT'],
  ['a debtor name in the clear', debtor({ debtor_name: 'Тарас Шевченко' }), 'INVALID_DEBTOR_NAME'],
  ['a debtor name shorter than a tag', debtor({ debtor_name: opaque(16) }), 'INVALID_DEBTOR_NAME'],
  ['a debtor name that is far too long', debtor({ debtor_name: opaque(1025) }), 'INVALID_DEBTOR_NAME'],
  ['a debtor id in base64url', debtor({ debtor_id: '-_-_'.repeat(9) }), 'INVALID_DEBTOR_ID'],
  ['no debtor id', debtor({ debtor_id: undefined }), 'INVALID_DEBTOR_ID'],
  ['a debtor account with a wrong checksum', debtor({ debtor_account: 'UA223052990000026007233566001' }), 'INVALID_DEBTOR_ACCOUNT'],
  ['a debtor account abroad', debtor({ debtor_account: 'DE89370400440532013000' }), 'INVALID_DEBTOR_ACCOUNT'],
  ['a phone without plus', debtor({ debtor_phone: '380991234567' }), 'INVALID_DEBTOR_PHONE'],
  ['a creditor name without padding', creditor({ creditor_name: opaque(40).replaceAll('=', '') }), 'INVALID_CREDITOR_NAME'],
  ['a creditor id of no content', creditor({ creditor_id: '' }), 'INVALID_CREDITOR_ID'],
  ['a creditor account with spaces', creditor({ creditor_account: 'UA11 3806 3400 0002 6001 2345 6789 0' }), 'INVALID_CREDITOR_ACCOUNT'],
  ['a nonce of 16 bytes', encryption({ nonce: opaque(16) }), 'INVALID_NONCE'],
  ['no nonce', encryption({ nonce: undefined }), 'INVALID_NONCE'],
  ['a key wrapped with RSA-1024', encryption({ encrypted_key: opaque(128) }), 'INVALID_ENCRYPTED_KEY'],
  ['no wrapped key', encryption({ encrypted_key: null }), 'INVALID_ENCRYPTED_KEY'],
  ['an unknown profile', encryption({ profile: 'dcm-3', alg: 'RSA-OAEP-256' }), 'INVALID_ENCRYPTION_PROFILE'],
  ['dcm-2 without alg', encryption({ profile: 'dcm-2' }), 'INVALID_ENCRYPTION_PROFILE'],
  ['dcm-2 with another alg', encryption({ profile: 'dcm-2', alg: 'RSA-OAEP' }), 'INVALID_ENCRYPTION_PROFILE'],
  ['an order id that is no UUID', { order_id: '42' }, 'INVALID_ORDER_ID'],
  ['an order id in upper case', { order_id: '0193C2A4-7B1E-7C3D-9F00-1A2B3C4D5E6F' }, 'INVALID_ORDER_ID'],
  ['an empty purpose', { purpose: '' }, 'INVALID_PURPOSE'],
  ['a purpose that is too long', { purpose: 'п'.repeat(421) }, 'INVALID_PURPOSE'],
  ['a date that does not exist', { msg_creation_date: '2026-02-30' }, 'INVALID_CREATION_DATE'],
  ['a date in Ukrainian order', { msg_creation_date: '22.11.2026' }, 'INVALID_CREATION_DATE'],
  ['created more than 24 hours ago', { msg_creation_date: '2026-11-21', msg_creation_time: '11:59:59' }, 'INVALID_CREATION_DATE'],
  ['a time without seconds', { msg_creation_time: '11:59' }, 'INVALID_CREATION_TIME'],
  ['hour 24', { msg_creation_time: '24:00:00' }, 'INVALID_CREATION_TIME'],
  ['created six minutes ahead', { msg_creation_time: '12:06:00' }, 'CREATION_DATE_IS_NOT_PAST'],
  ['an unknown type', { pm_type: 'gift' }, 'INVALID_PM_TYPE'],
  ['p2p in Cyrillic letters', { pm_type: 'р2р' }, 'INVALID_PM_TYPE'],
  ['aid', { pm_type: 'aid', sender_account_type: 'aid-related' }, 'PM_TYPE_NOT_ALLOWED'],
  ['a return of nothing', { pm_type: 'return' }, 'INVALID_ORIGINAL_GUID'],
  ['a return whose original is a number', { ...RETURN, original_payment_message_guid: 17 }, 'INVALID_ORIGINAL_GUID'],
  ['a return without its request', { ...RETURN, return_request_guid: undefined }, 'INVALID_RETURN_REQUEST_GUID'],
  [
    'a return with its request in upper case',
    { ...RETURN, return_request_guid: '0193C2A4-7B1E-7C3D-9F00-1A2B3C4D5E70' },
    'INVALID_RETURN_REQUEST_GUID',
  ],
  ['p2p at the e-commerce endpoint', { pm_type: 'p2p' }, 'PM_TYPE_NOT_ALLOWED'],
  ['an aid account for trade', { sender_account_type: 'aid-related' }, 'INVALID_SENDER_ACCOUNT_TYPE'],
];

/** Payment messages signed by the bank, all well-formed tokens. */
export async function paymentMessageVectors(): Promise<PaymentMessageVector[]> {
  const trade = [...OK_CASES.map(([name, change]) => [name, change, 'OK'] as const), ...REFUSED_CASES].map(([name, change, expect]) => ({
    name,
    endpoint: 'e-commerce' as const,
    payload: typeof change === 'string' ? change : { ...MESSAGE, ...change },
    expect,
  }));
  const p2p = [
    { name: 'p2p at its own endpoint', endpoint: 'p2p' as const, payload: { ...MESSAGE, pm_type: 'p2p' }, expect: 'OK' as const },
    {
      name: 'a return at the p2p endpoint',
      endpoint: 'p2p' as const,
      payload: { ...MESSAGE, ...RETURN },
      expect: 'PM_TYPE_NOT_ALLOWED' as const,
    },
    { name: 'trade at the p2p endpoint', endpoint: 'p2p' as const, payload: MESSAGE, expect: 'PM_TYPE_NOT_ALLOWED' as const },
  ];
  return Promise.all(
    [...trade, ...p2p].map(async ({ name, endpoint, payload, expect }) => ({
      name,
      endpoint,
      now: NOW,
      token: await rawToken({ payload }),
      expect,
    })),
  );
}
