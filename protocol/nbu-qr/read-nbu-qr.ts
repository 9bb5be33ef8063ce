import { minorFromDecimal } from '../../kernel/core/money.ts';
import { fail, ok, type Result } from '../../kernel/core/result.ts';
import { decodeBase64url } from '../base64.ts';
import { isIban } from '../iban.ts';
import { isText } from '../wire-fields.ts';
import {
  AMOUNT_MINOR_MAX,
  CATEGORY_PURPOSE,
  FUNCTIONS,
  type NbuQrFailure,
  type NbuQrFunction,
  type NbuQrLockable,
  type NbuQrRequest,
  type NbuQrVersion,
  PREFIXES,
  READ_MAX,
  RECEIVER_CODE,
  REFERENCE_LENGTH_MAX,
  SERVICE_MARK,
} from './format.ts';
import { readLocalTime } from './local-time.ts';
import { readLockMask } from './lock-mask.ts';
import { decodeWindows1251 } from './windows-1251.ts';

/** UTF-8, Windows-1251. */
const ENCODINGS = ['1', '2'];
const CODE_LENGTH_MAX = 4_096;
/** Up to the purpose, the last line that must say something. */
const LINES_MIN = 12;
const LINES_MAX = { '001': 13, '002': 13, '003': 17 } as const;

/**
 * Reads what a camera saw. Tolerant in form: both prefixes, LF and CR LF, both encodings, an empty first line, an empty last line, and
 * last lines left out. Strict in what money depends on: account, amount and lengths. Fails with NOT_NBU_QR (another kind of
 * code), UNSUPPORTED_VERSION, or INVALID_FIELD with the field's name.
 */
export function readNbuQr(code: string): Result<NbuQrRequest, NbuQrFailure> {
  if (code.length > CODE_LENGTH_MAX) return fail({ code: 'NOT_NBU_QR' });
  const lines = linesOf(code);
  if (!lines) return fail({ code: 'NOT_NBU_QR' });
  const [, version = '', encoding = '', operation = '', ...fields] = lines;
  if (!isVersion(version)) return fail({ code: 'UNSUPPORTED_VERSION' });
  if (!ENCODINGS.includes(encoding)) return fail({ code: 'NOT_NBU_QR' });
  if (lines.length < LINES_MIN || lines.length > LINES_MAX[version]) return fail({ code: 'NOT_NBU_QR' });
  return readFields(version, operation, fields);
}

/** The lines from the service mark on, undefined when this is no NBU code. */
function linesOf(code: string): string[] | undefined {
  const prefix = Object.values(PREFIXES).find((known) => code.startsWith(known));
  const text = prefix === undefined ? code : decodeData(code.slice(prefix.length));
  const lines = text?.split(/\r?\n/);
  if (!lines) return undefined;
  if (lines[0]?.trim() === '') lines.shift(); // The place of the app's start code.
  if (lines[0] !== SERVICE_MARK) return undefined;
  if (lines.length > 1 && lines.at(-1) === '' && lines.length > (lines[1] === '003' ? LINES_MAX['003'] : LINES_MAX['002'])) lines.pop();
  return lines;
}

function decodeData(data: string): string | undefined {
  const bytes = decodeBase64url(data.replace(/=+$/, ''));
  if (!bytes) return undefined;
  // The first three lines are ASCII in both encodings, and the third says which one it is.
  const [, , encoding] = decodeWindows1251(bytes).trimStart().split(/\r?\n/, 3);
  if (encoding === '2') return decodeWindows1251(bytes);
  try {
    return encoding === '1' ? new TextDecoder('utf-8', { fatal: true }).decode(bytes) : undefined;
  } catch {
    return undefined; // No UTF-8.
  }
}

function isVersion(text: string): text is NbuQrVersion {
  return Object.hasOwn(LINES_MAX, text);
}

interface RawFields {
  readonly name: string;
  readonly account: string;
  readonly amount: string;
  readonly receiverCode: string;
  readonly purpose: string;
  readonly reference: string;
  readonly display: string;
  readonly categoryPurpose: string;
  readonly uniqueRecipientId: string;
  readonly lock: string;
  readonly validUntil: string;
  readonly createdAt: string;
  readonly signature: string;
}

function rawFields(version: NbuQrVersion, fields: readonly string[]): RawFields {
  const at = (index: number): string => (fields[index] ?? '').trim();
  const shared = { name: at(1), account: at(2), amount: at(3), receiverCode: at(4), reference: at(6), purpose: at(7), display: at(8) };
  if (version !== '003') {
    return { ...shared, categoryPurpose: '', uniqueRecipientId: '', lock: '', validUntil: '', createdAt: '', signature: '' };
  }
  return {
    ...shared,
    uniqueRecipientId: at(0),
    categoryPurpose: at(5),
    lock: at(9),
    validUntil: at(10),
    createdAt: at(11),
    signature: at(12),
  };
}

function readFields(version: NbuQrVersion, functionText: string, fields: readonly string[]): Result<NbuQrRequest, NbuQrFailure> {
  const raw = rawFields(version, fields);
  const wrong = (field: string): Result<never, NbuQrFailure> => fail({ code: 'INVALID_FIELD', field });
  const operation = FUNCTIONS.find((known): known is NbuQrFunction => known === functionText);
  if (!operation) return wrong('function');
  const account = raw.account.replaceAll(' ', '');
  if (!isText(raw.name, READ_MAX.name)) return wrong('name');
  if (!isIban(account)) return wrong('account');
  const amountMinor = readAmount(raw.amount);
  if (amountMinor === undefined) return wrong('amount');
  if (!RECEIVER_CODE.test(raw.receiverCode)) return wrong('receiverCode');
  if (!isText(raw.purpose, READ_MAX.purpose)) return wrong('purpose');
  if (raw.reference.length > REFERENCE_LENGTH_MAX) return wrong('reference');
  if (raw.display.length > READ_MAX.display) return wrong('display');
  if (raw.categoryPurpose !== '' && !CATEGORY_PURPOSE.test(raw.categoryPurpose)) return wrong('categoryPurpose');
  const locked = optional(raw.lock, readLockMask);
  if (locked === undefined) return wrong('locked');
  const validUntil = optional(raw.validUntil, readLocalTime);
  if (validUntil === undefined) return wrong('validUntil');
  const createdAt = optional(raw.createdAt, readLocalTime);
  if (createdAt === undefined) return wrong('createdAt');
  const { name, receiverCode, purpose, reference, display, categoryPurpose, uniqueRecipientId, signature } = raw;
  return ok({
    version,
    function: operation,
    name,
    account,
    amountMinor,
    receiverCode,
    purpose,
    reference,
    display,
    categoryPurpose,
    uniqueRecipientId,
    locked,
    validUntil,
    createdAt,
    signature,
  });
}

/** Null for an empty line, undefined for one that cannot be read. */
function optional<T extends string | readonly NbuQrLockable[]>(text: string, read: (text: string) => T | undefined): T | null | undefined {
  return text === '' ? null : read(text);
}

/** Null for an empty line: the payer says how much. Undefined when it is no amount in hryvnias. */
function readAmount(text: string): bigint | null | undefined {
  if (text === '') return null;
  if (!text.startsWith('UAH')) return undefined;
  const minor = minorFromDecimal(text.slice('UAH'.length));
  return minor.ok && minor.value > 0n && minor.value <= AMOUNT_MINOR_MAX ? minor.value : undefined;
}
