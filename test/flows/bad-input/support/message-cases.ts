import { randomUUID } from 'node:crypto';

import type { ErrorCode } from '../../../../protocol/errors.ts';
import { ibanOf } from '../../../../sandbox/world.ts';
import { messageWith, saying, sayingIn, type RefusalCase, type RequestMaker } from './refusal-case.ts';
import type { TokenPart } from './participant.ts';
import type { World } from './world.ts';

/** The header token's claims, as they are said instead. `aud`, `method`, `path` and `body_sha256` are in the right one. */
const headerSaying = (over: Record<string, unknown>): RequestMaker =>
  messageWith({ header: { claims: (claims) => ({ ...claims, ...over }) } });
const issued = (minutesAgo: number): RequestMaker => {
  const iat = (): number => Math.floor(Date.now() / 1000) - minutesAgo * 60;
  return messageWith({ header: { claims: (claims) => ({ ...claims, iat: iat(), exp: undefined }) } });
};

export const HEADER_CLAIM_CASES: readonly RefusalCase[] = [
  [401, 'TOKEN_STALE', 'issued six minutes ago', issued(6)],
  [401, 'TOKEN_STALE', 'issued yesterday', issued(1440)],
  [401, 'TOKEN_FUTURE', 'issued six minutes ahead', issued(-6)],
  [401, 'TOKEN_FUTURE', 'issued in milliseconds', headerSaying({ iat: Date.now() })],
  [401, 'TOKEN_EXPIRED', 'past its exp', headerSaying({ exp: Math.floor(Date.now() / 1000) - 1 })],
  [401, 'TOKEN_CLAIMS', 'no iat', headerSaying({ iat: undefined })],
  [401, 'TOKEN_CLAIMS', 'iat as text', headerSaying({ iat: String(Math.floor(Date.now() / 1000)) })],
  [401, 'TOKEN_CLAIMS', 'a negative iat', headerSaying({ iat: -1 })],
  [401, 'TOKEN_CLAIMS', 'exp as text', headerSaying({ exp: 'soon' })],
  [401, 'TOKEN_CLAIMS', 'no jti', headerSaying({ jti: undefined })],
  [401, 'TOKEN_CLAIMS', 'an empty jti', headerSaying({ jti: '' })],
  [401, 'TOKEN_CLAIMS', 'a jti that is a number', headerSaying({ jti: 7 })],
  [401, 'TOKEN_CLAIMS', 'a jti of 129 characters', headerSaying({ jti: 'j'.repeat(129) })],
  [401, 'TOKEN_AUDIENCE', 'another audience', headerSaying({ aud: 'https://another-hub.example' })],
  [401, 'TOKEN_AUDIENCE', 'no audience among its audiences', headerSaying({ aud: [] })],
  [401, 'TOKEN_AUDIENCE', 'a null audience', headerSaying({ aud: null })],
  [401, 'TOKEN_METHOD', 'another method', headerSaying({ method: 'PUT' })],
  [401, 'TOKEN_METHOD', 'a method in lower case', headerSaying({ method: 'post' })],
  [401, 'TOKEN_PATH', 'another path', headerSaying({ path: '/api/v1/p2p/alias' })],
  [401, 'TOKEN_BODY', 'another body', headerSaying({ body_sha256: '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU' })],
  [401, 'TOKEN_BODY', 'a body hash in hexadecimal', headerSaying({ body_sha256: '0'.repeat(64) })],
  [401, 'TOKEN_PATH', 'a query that was not signed', messageAtOtherAddress('?again=1')],
  [401, 'FOREIGN_PATH', 'the path of another bank', messageWith(({ bystander }) => ({ path: pathOf(bystander.id) }))],
  [401, 'FOREIGN_PATH', 'the path of nobody', messageWith({ path: pathOf(randomUUID()) })],
  [401, 'FOREIGN_PATH', 'its own guid in capital letters', messageWith(({ payer }) => ({ path: pathOf(payer.id.toUpperCase()) }))],
  [404, 'NOT_FOUND', 'a slash at the end', messageWith(({ payer }) => ({ path: `${pathOf(payer.id)}/` }))],
  [
    404,
    'NOT_FOUND',
    'a letter of the path in percent form',
    messageWith(({ payer }) => ({ path: pathOf(payer.id).replace('-m', '-%6d') })),
  ],
  ...['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].map((method): RefusalCase => [405, 'METHOD_NOT_ALLOWED', method, messageBy(method)]),
  [401, 'FOREIGN_PATH', 'a path with no guid', messageWith({ path: pathOf('me') })],
];

export const BODY_CASES: readonly RefusalCase[] = [
  [401, 'TOKEN_MISSING', 'nothing', messageWith({ body: () => '', contentType: null })],
  [401, 'TOKEN_MISSING', 'no jwt member', messageWith({ body: () => '{}' })],
  [401, 'TOKEN_MISSING', 'a jwt that is a number', messageWith({ body: () => '{"jwt":5}' })],
  [401, 'TOKEN_MISSING', 'a list', messageWith({ body: (jwt) => JSON.stringify([jwt]) })],
  [401, 'TOKEN_MISSING', 'a text in quotes', messageWith({ body: (jwt) => JSON.stringify(jwt) })],
  [400, 'BODY_NOT_JSON', 'XML', messageWith({ body: () => '<xml/>' })],
  [400, 'BODY_NOT_JSON', 'a truncated document', messageWith({ body: (jwt) => `{"jwt":"${jwt}` })],
  [400, 'BODY_NOT_JSON', 'two documents', messageWith({ body: (jwt) => `{"jwt":"${jwt}"}{}` })],
  [400, 'BODY_NOT_JSON', 'invalid UTF-8', messageWith({ body: () => Buffer.from('{"jwt":"\u{ff}"}', 'latin1') })],
  [400, 'BODY_NOT_JSON', 'half a surrogate pair', messageWith({ body: () => '{"jwt":"\\ud800"}' })],
  [400, 'BODY_NOT_JSON', 'UTF-16', messageWith({ body: (jwt) => Buffer.from(`{"jwt":"${jwt}"}`, 'utf16le') })],
  [400, 'BODY_NOT_JSON', 'a form', messageWith({ body: (jwt) => `jwt=${jwt}` })],
  [400, 'JSON_DUPLICATE_MEMBER', 'jwt twice', messageWith({ body: (jwt) => `{"jwt":"${jwt}","jwt":"${jwt}"}` })],
  [400, 'JSON_DUPLICATE_MEMBER', 'jwt twice, once escaped', messageWith({ body: (jwt) => `{"jwt":"${jwt}","\\u006awt":"x"}` })],
  [400, 'JSON_FORBIDDEN_MEMBER', '__proto__', messageWith({ body: (jwt) => `{"jwt":"${jwt}","__proto__":{"admin":true}}` })],
  [400, 'JSON_FORBIDDEN_MEMBER', 'prototype', messageWith({ body: (jwt) => `{"jwt":"${jwt}","a":{"prototype":1}}` })],
  [400, 'JSON_TOO_DEEP', '40 levels', messageWith({ body: (jwt) => `{"jwt":"${jwt}","a":${'['.repeat(40)}${']'.repeat(40)}}` })],
  [401, 'TOKEN_MALFORMED', 'the token and a line feed', messageWith({ body: (jwt) => `${jwt}\n`, contentType: 'text/plain' })],
  [413, 'BODY_TOO_LARGE', '64 KiB and a byte', messageWith({ body: (jwt) => `{"jwt":"${jwt}"}`.padEnd(65_537) })],
  [413, 'BODY_TOO_LARGE', '5 MB', messageWith({ body: () => JSON.stringify({ jwt: 'a'.repeat(5_000_000) }) })],
  [413, 'BODY_TOO_LARGE', 'an address of 17 KB', messageAtOtherAddress(`?x=${'a'.repeat(17_000)}`)],
  [415, 'MEDIA_TYPE', 'XML by its type', messageWith({ contentType: 'application/xml' })],
  [415, 'MEDIA_TYPE', 'a form by its type', messageWith({ contentType: 'application/x-www-form-urlencoded' })],
  [415, 'MEDIA_TYPE', 'a body that says it is compressed', messageUnder({ 'content-encoding': 'gzip' })],
  [400, 'HTTP_MALFORMED', 'a host that is none', messageUnder({ host: 'a b/c' })],
  [415, 'MEDIA_TYPE', 'no type', messageWith({ contentType: null })],
  [415, 'MEDIA_TYPE', 'a type that only begins like JSON', messageWith({ contentType: 'application/json-seq' })],
];

/** Values of every wrong type, and nothing. */
const NO_TEXTS: readonly unknown[] = [undefined, null, 17, true, {}, ['UAH'], ''];
const NO_OBJECTS: readonly unknown[] = [undefined, null, 17, 'me', []];
const NO_NUMBERS: readonly unknown[] = [undefined, null, '100.50', true, {}, [100.5]];

const each = (field: string, code: ErrorCode, values: readonly unknown[], make: (value: unknown) => RequestMaker): RefusalCase[] =>
  values.map((value) => [400, code, `${field} ${titleOf(value)}`, make(value)]);
const titleOf = (value: unknown): string => {
  const text = value === undefined ? 'missing' : JSON.stringify(value);
  return text.length <= 40 ? text : `${text.slice(0, 20)}… of ${text.length - 2} characters`;
};
const claim = (name: string, code: ErrorCode, values: readonly unknown[]): RefusalCase[] =>
  each(name, code, values, (value) => saying({ [name]: value }));
const member = (object: string, name: string, code: ErrorCode, values: readonly unknown[]): RefusalCase[] =>
  each(`${object}.${name}`, code, values, (value) => sayingIn(object, { [name]: value }));

const sealed = (bytes: number): string => Buffer.alloc(bytes, 7).toString('base64');
/** Texts that are no ciphertext: in the clear, base64url, unpadded, too short to hold a tag, far too long. */
const NO_CIPHERTEXTS = [...NO_TEXTS, 'Taras', '-_-_'.repeat(9), sealed(40).replaceAll('=', ''), sealed(16), sealed(1025)];
const WRONG_CHECKSUM = 'UA009801010000026200000000011';
const NO_IBANS = [...NO_TEXTS, WRONG_CHECKSUM, 'DE89370400440532013000', 'UA11 9801 0100 0002 6200 0000 0001 1'];
const NO_BANK_CODES = [...NO_TEXTS, '98010', '9801011', 'KALYNA', '980101\n'];

/** The good message with the digits of its amount written in another way. */
const amountText = (text: string): RefusalCase => [
  400,
  'INVALID_AMOUNT',
  `amount ${text.slice(0, 30)}`,
  messageWith({ payload: { text: amountWritten(text) } }),
];
const amountWritten =
  (text: string): TokenPart['text'] & object =>
  (payload) =>
    payload.replace(/"amount":[\d.]+/, `"amount":${text}`);

const daysFromNow = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

export const CLAIM_CASES: readonly RefusalCase[] = [
  ...claim('jti', 'INVALID_JTI', [...NO_TEXTS, '  ', 'a\nb', 'j'.repeat(129)]),
  ...claim('payment_message_external_id', 'INVALID_EXTERNAL_ID', [...NO_TEXTS, '\t', 'x'.repeat(129)]),
  ...claim('amount', 'INVALID_AMOUNT', NO_NUMBERS),
  ...['0', '0.00', '-100.50', '-0', '1.005e2', '1E2', '100.500', '100.501', '90071992547409.92', `1${'0'.repeat(40)}`].map(amountText),
  ...claim('currency', 'INVALID_CURRENCY', [...NO_TEXTS, 'uah', 'UA', 'UAHX', '₴']),
  ...claim('currency', 'UNSUPPORTED_CURRENCY', ['USD', 'EUR']),
  ...claim('debtor_agent_bic', 'INVALID_DEBTOR_AGENT', NO_BANK_CODES),
  ...claim('creditor_agent_bic', 'INVALID_CREDITOR_AGENT', NO_BANK_CODES),
  ...claim('debtor', 'INVALID_REQUEST', NO_OBJECTS),
  ...claim('creditor', 'INVALID_REQUEST', NO_OBJECTS),
  ...claim('encryption', 'INVALID_REQUEST', NO_OBJECTS),
  ...member('debtor', 'debtor_name', 'INVALID_DEBTOR_NAME', NO_CIPHERTEXTS),
  ...member('debtor', 'debtor_id', 'INVALID_DEBTOR_ID', [...NO_CIPHERTEXTS, sealed(129)]),
  ...member('debtor', 'debtor_account', 'INVALID_DEBTOR_ACCOUNT', NO_IBANS),
  ...member('debtor', 'debtor_phone', 'INVALID_DEBTOR_PHONE', [17, {}, '', '0670000001', '380670000001', '+0670000001', '+38067']),
  ...member('creditor', 'creditor_name', 'INVALID_CREDITOR_NAME', NO_CIPHERTEXTS),
  ...member('creditor', 'creditor_id', 'INVALID_CREDITOR_ID', [...NO_CIPHERTEXTS, sealed(129)]),
  ...member('creditor', 'creditor_account', 'INVALID_CREDITOR_ACCOUNT', NO_IBANS),
  ...claim('order_id', 'INVALID_ORDER_ID', [...NO_TEXTS, '42', randomUUID().toUpperCase(), `{${randomUUID()}}`]),
  ...claim('purpose', 'INVALID_PURPOSE', [...NO_TEXTS, '   ', 'a\u{7}b', 'п'.repeat(421)]),
  ...claim('msg_creation_date', 'INVALID_CREATION_DATE', [...NO_TEXTS, '2026-02-30', '22.11.2026', '2026-1-2', daysFromNow(-3)]),
  ...claim('msg_creation_date', 'CREATION_DATE_IS_NOT_PAST', [daysFromNow(3), '2999-01-01']),
  ...claim('msg_creation_time', 'INVALID_CREATION_TIME', [...NO_TEXTS, '11:59', '24:00:00', '11:59:60', '11:59:30Z']),
  ...claim('pm_type', 'INVALID_PM_TYPE', [...NO_TEXTS, 'gift', 'Trade', 'р2р']),
  ...claim('pm_type', 'PM_TYPE_NOT_ALLOWED', ['p2p', 'aid']),
  ...claim('sender_account_type', 'INVALID_SENDER_ACCOUNT_TYPE', [...NO_TEXTS, 'aid-related', 'Limit-Related']),
  ...member('encryption', 'nonce', 'INVALID_NONCE', [...NO_TEXTS, sealed(11), sealed(16), 'AAAA_AAAAAAAAAAA']),
  ...member('encryption', 'encrypted_key', 'INVALID_ENCRYPTED_KEY', [...NO_TEXTS, sealed(128), sealed(513), 'key']),
  ...member('encryption', 'profile', 'INVALID_ENCRYPTION_PROFILE', [null, 17, {}, '', 'dcm-3']),
  ...member('encryption', 'alg', 'INVALID_ENCRYPTION_PROFILE', [undefined, null, 17, '', 'RSA-OAEP', 'RSA1_5']),
  [400, 'BODY_NOT_JSON', 'a purpose with U+0000', saying({ purpose: 'a\u{0}b' })],
];

const ofSpent = (pick: (spent: World['spent']) => World['spent']['expired']): RequestMaker =>
  messageWith((world) => ({ order: pick(world.spent) }));

/** What only the directory and the order can say. */
export const CONTEXT_CASES: readonly RefusalCase[] = [
  [400, 'DEBTOR_AGENT_MISMATCH', 'the payer’s bank is another', messageWith(({ hub }) => claims({ debtor_agent_bic: hub.bystander.bic }))],
  [400, 'DEBTOR_AGENT_MISMATCH', 'the payer’s bank is nobody', saying({ debtor_agent_bic: '999999' })],
  [
    400,
    'DEBTOR_ACCOUNT_NOT_OF_SENDER',
    'an account of another bank’s customer',
    (world, order) => sayingIn('debtor', { debtor_account: world.hub.bystander.accounts[0]?.iban })(world, order),
  ],
  [
    400,
    'DEBTOR_ACCOUNT_NOT_OF_SENDER',
    'an account of no bank',
    sayingIn('debtor', { debtor_account: ibanOf('999999', '0000026200000000011') }),
  ],
  [400, 'RECEIVER_COUNTERPARTY_NOT_FOUND', 'the receiver’s bank is nobody', saying({ creditor_agent_bic: '999999' })],
  [
    400,
    'CREDITOR_AGENT_MISMATCH',
    'the receiver’s bank is another than the order’s',
    messageWith(({ hub }) => claims({ creditor_agent_bic: hub.bystander.bic })),
  ],
  [
    400,
    'CREDITOR_ACCOUNT_MISMATCH',
    'another account of the receiver’s bank',
    (world, order) => sayingIn('creditor', { creditor_account: world.hub.receiver.accounts[0]?.iban })(world, order),
  ],
  [
    400,
    'CREDITOR_ACCOUNT_MISMATCH',
    'the payer’s own account',
    (world, order) => sayingIn('creditor', { creditor_account: world.hub.payer.accounts[0]?.iban })(world, order),
  ],
  [400, 'AMOUNT_MISMATCH', 'a kopiyka too little', saying({ amount: 100.49 })],
  [400, 'AMOUNT_MISMATCH', 'a kopiyka too much', saying({ amount: 100.51 })],
  [400, 'AMOUNT_MISMATCH', 'a hundred times as much', saying({ amount: 10050 })],
  [400, 'AMOUNT_MISMATCH', 'the largest amount there is', messageWith({ payload: { text: amountWritten('90071992547409.91') } })],
  [400, 'ORDER_NOT_FOUND', 'an order that nobody made', saying({ order_id: randomUUID() })],
  [400, 'ORDER_NOT_FOUND', 'the zero order', saying({ order_id: '00000000-0000-0000-0000-000000000000' })],
  [400, 'ORDER_IS_EXPIRED', 'an expired order', ofSpent(({ expired }) => expired)],
  [400, 'ORDER_CANCELED', 'a canceled order', ofSpent(({ canceled }) => canceled)],
  [400, 'ORDER_ATTEMPTS_EXHAUSTED', 'an order that was rejected five times', ofSpent(({ exhausted }) => exhausted)],
  [409, 'DUPLICATE_ORDER', 'a paid order', ofSpent(({ paid }) => paid.order)],
];

function claims(over: Record<string, unknown>): { payload: TokenPart } {
  return { payload: { claims: (right) => ({ ...right, ...over }) } };
}

function pathOf(bankGuid: string): string {
  return `/api/v1/counterparty/${bankGuid}/payment-message`;
}

function messageBy(method: string): RequestMaker {
  return async (world, order) => {
    const { body: _, ...request } = await world.message({ order });
    return { ...request, method };
  };
}

/** A message whose header token is bound to the path without this query. */
function messageAtOtherAddress(query: string): RequestMaker {
  return async (world, order) => {
    const request = await world.message({ order });
    return { ...request, path: request.path + query };
  };
}

/** A right message with more headers. */
function messageUnder(headers: Readonly<Record<string, string>>): RequestMaker {
  return async (world, order) => {
    const request = await world.message({ order });
    return { ...request, headers: { ...request.headers, ...headers } };
  };
}
