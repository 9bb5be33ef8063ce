import type { ErrorCode } from '../../../protocol/errors.ts';
import type { World } from '../../flows/bad-input/support/world.ts';
import type { Original } from './mutation.ts';

/** What must come of a message whose one claim has this value: a code, or acceptance; null where that depends on the day. */
export type ClaimAnswer = ErrorCode | 'accepted' | null;

/** The rule for one claim, written from the guide and not from the code that it judges. */
export interface ClaimModel {
  /** Names from the payload down to the claim. */
  readonly at: readonly [string] | readonly [string, string];
  answer(value: unknown, original: Original, world: World): ClaimAnswer;
}

type Check = (value: unknown) => boolean;

const CONTROL = /[\u0000-\u001f\u007f-\u009f]/; // oxlint-disable-line no-control-regex -- control characters are what it looks for
const isText =
  (lengthMax: number): Check =>
  (value) =>
    typeof value === 'string' && value.length <= lengthMax && value.trim() !== '' && !CONTROL.test(value);
const matches =
  (form: RegExp): Check =>
  (value) =>
    typeof value === 'string' && form.test(value);
const isBase64 =
  (bytesMin: number, bytesMax: number): Check =>
  (value) => {
    if (typeof value !== 'string') return false;
    const bytes = Buffer.from(value, 'base64');
    return bytes.toString('base64') === value && bytes.length >= bytesMin && bytes.length <= bytesMax;
  };
const isObject: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isCurrency = matches(/^[A-Z]{3}$/);
const isBankCode = matches(/^\d{6}$/);
const isUuid = matches(/^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/);

function isIban(value: unknown): boolean {
  if (typeof value !== 'string' || !/^UA\d{8}[A-Z\d]{19}$/.test(value)) return false;
  const digits = Array.from(value.slice(4) + value.slice(0, 4), (character) => Number.parseInt(character, 36)).join('');
  return BigInt(digits) % 97n === 1n;
}

/** A claim that only has a form. */
const form = (at: ClaimModel['at'], code: ErrorCode, isRight: Check): ClaimModel => ({
  at,
  answer: (value) => (isRight(value) ? 'accepted' : code),
});
/** A claim that has a form, and must say what the order, the sender or the directory says. */
const fact = (
  at: ClaimModel['at'],
  code: ErrorCode,
  isRight: Check,
  otherwise: (value: string, world: World) => ClaimAnswer,
): ClaimModel => ({
  at,
  answer: (value, original, world) => {
    if (!isRight(value)) return code;
    return value === valueAt(original.claims, at) ? 'accepted' : otherwise(String(value), world);
  },
});
/** An object whose members come next: without them the first one that is missing is named. */
const group = (name: string, first: ErrorCode): ClaimModel => ({
  at: [name],
  answer: (value) => (isObject(value) ? first : 'INVALID_REQUEST'),
});

const AMOUNT = /^(0|[1-9]\d*)(\.\d{1,2})?$/;
const AMOUNT_MAX = 90_071_992_547_409.91;

export const CLAIM_MODELS: readonly ClaimModel[] = [
  form(['jti'], 'INVALID_JTI', isText(128)),
  form(['payment_message_external_id'], 'INVALID_EXTERNAL_ID', isText(128)),
  {
    at: ['amount'],
    answer: (value, { order }) => {
      if (typeof value !== 'number' || !AMOUNT.test(String(value)) || value <= 0 || value > AMOUNT_MAX) return 'INVALID_AMOUNT';
      return value === order.amt ? 'accepted' : 'AMOUNT_MISMATCH';
    },
  },
  fact(['currency'], 'INVALID_CURRENCY', isCurrency, () => 'UNSUPPORTED_CURRENCY'),
  fact(['debtor_agent_bic'], 'INVALID_DEBTOR_AGENT', isBankCode, () => 'DEBTOR_AGENT_MISMATCH'),
  fact(['creditor_agent_bic'], 'INVALID_CREDITOR_AGENT', isBankCode, (bic, { hub }) =>
    hub.sandbox.banks.some((bank) => bank.bic === bic) ? 'CREDITOR_AGENT_MISMATCH' : 'RECEIVER_COUNTERPARTY_NOT_FOUND',
  ),
  group('debtor', 'INVALID_DEBTOR_NAME'),
  group('creditor', 'INVALID_CREDITOR_NAME'),
  group('encryption', 'INVALID_NONCE'),
  form(['debtor', 'debtor_name'], 'INVALID_DEBTOR_NAME', isBase64(17, 1024)),
  form(['debtor', 'debtor_id'], 'INVALID_DEBTOR_ID', isBase64(17, 128)),
  fact(['debtor', 'debtor_account'], 'INVALID_DEBTOR_ACCOUNT', isIban, (iban, { hub }) =>
    iban.slice(4, 10) === hub.payer.accounts[0]?.iban.slice(4, 10) ? 'accepted' : 'DEBTOR_ACCOUNT_NOT_OF_SENDER',
  ),
  form(['debtor', 'debtor_phone'], 'INVALID_DEBTOR_PHONE', (value) => value === undefined || value === null || isPhone(value)),
  form(['creditor', 'creditor_name'], 'INVALID_CREDITOR_NAME', isBase64(17, 1024)),
  form(['creditor', 'creditor_id'], 'INVALID_CREDITOR_ID', isBase64(17, 128)),
  fact(['creditor', 'creditor_account'], 'INVALID_CREDITOR_ACCOUNT', isIban, () => 'CREDITOR_ACCOUNT_MISMATCH'),
  fact(['order_id'], 'INVALID_ORDER_ID', isUuid, () => 'ORDER_NOT_FOUND'),
  form(['purpose'], 'INVALID_PURPOSE', isText(420)),
  {
    at: ['msg_creation_date'],
    // Other days that exist may be within 24 hours or not.
    answer: (value) => (typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) ? null : 'INVALID_CREATION_DATE'),
  },
  {
    at: ['msg_creation_time'],
    answer: (value) => (typeof value === 'string' && /^\d\d:\d\d:\d\d$/.test(value) ? null : 'INVALID_CREATION_TIME'),
  },
  {
    at: ['pm_type'],
    answer: (value) => {
      if (value === 'trade') return 'accepted';
      return value === 'p2p' || value === 'return' || value === 'aid' ? 'PM_TYPE_NOT_ALLOWED' : 'INVALID_PM_TYPE';
    },
  },
  form(['sender_account_type'], 'INVALID_SENDER_ACCOUNT_TYPE', (value) => value === 'limit-related'),
  {
    at: ['encryption', 'profile'],
    answer: (value) => (value === undefined || value === 'dcm-1' || value === 'dcm-2' ? 'accepted' : 'INVALID_ENCRYPTION_PROFILE'),
  },
  {
    at: ['encryption', 'alg'],
    answer: (value, { claims }) => {
      const absent = value === undefined && valueAt(claims, ['encryption', 'profile']) !== 'dcm-2';
      return absent || value === 'RSA-OAEP-256' ? 'accepted' : 'INVALID_ENCRYPTION_PROFILE';
    },
  },
  form(['encryption', 'nonce'], 'INVALID_NONCE', isBase64(12, 12)),
  form(['encryption', 'encrypted_key'], 'INVALID_ENCRYPTED_KEY', isBase64(256, 512)),
];

function isPhone(value: unknown): boolean {
  return matches(/^\+[1-9]\d{6,14}$/)(value);
}

export function valueAt(claims: Readonly<Record<string, unknown>>, [first, second]: ClaimModel['at']): unknown {
  const value = claims[first];
  return second === undefined ? value : (value as Record<string, unknown>)[second]; // Only objects have models below them.
}

/** The claims with another value in one place. */
export function claimsWith(
  claims: Readonly<Record<string, unknown>>,
  [first, second]: ClaimModel['at'],
  value: unknown,
): Record<string, unknown> {
  if (second === undefined) return { ...claims, [first]: value };
  return { ...claims, [first]: { ...(claims[first] as object), [second]: value } }; // See valueAt.
}
