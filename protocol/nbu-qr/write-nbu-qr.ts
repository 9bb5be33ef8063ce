import { decimalFromMinor } from '../../kernel/core/money.ts';
import { fail, ok, type Result } from '../../kernel/core/result.ts';
import { encodeBase64url } from '../base64.ts';
import { isIban } from '../iban.ts';
import { type Bytes, utf8 } from '../web-crypto.ts';
import { isText } from '../wire-fields.ts';
import {
  AMOUNT_MINOR_MAX,
  CATEGORY_PURPOSE,
  CODE_BYTES_MAX,
  type NbuQrEncoding,
  type NbuQrFailure,
  type NbuQrRequest,
  PREFIXES,
  RECEIVER_CODE,
  REFERENCE_LENGTH_MAX,
  SERVICE_MARK,
  WRITTEN_MAX,
} from './format.ts';
import { writeLockMask } from './lock-mask.ts';
import { writeLocalTime } from './local-time.ts';
import { encodeWindows1251 } from './windows-1251.ts';

/** The place that the app's start code has in version 001. */
const START_CODE_BLANKS = 23;

/**
 * The text of an NBU QR code, strict in every field: what a bank's app scans, and for 002 and 003 also a deep link. `encoding` is
 * chosen when left out: Windows-1251, half as long, if it has every character, else UTF-8. Fails with INVALID_FIELD and the field's
 * name, or TOO_LONG. Of a field that its version does not know nothing is dropped in silence: it fails.
 */
export function writeNbuQr(request: NbuQrRequest, o: { readonly encoding?: NbuQrEncoding } = {}): Result<string, NbuQrFailure> {
  const wrong = wrongField(request, o.encoding);
  if (wrong !== undefined) return fail({ code: 'INVALID_FIELD', field: wrong });
  const code = request.version === '001' ? plainText(request) : address(request, request.version, o.encoding);
  if (code === undefined) return fail({ code: 'INVALID_FIELD', field: 'encoding' });
  return utf8(code).length <= CODE_BYTES_MAX[request.version] ? ok(code) : fail({ code: 'TOO_LONG' });
}

function wrongField(request: NbuQrRequest, encoding: NbuQrEncoding | undefined): string | undefined {
  const limits = WRITTEN_MAX[request.version];
  const optionalText = (text: string, lengthMax: number): boolean => text === '' || isText(text, lengthMax);
  const right: Readonly<Record<string, boolean>> = {
    name: isText(request.name, limits.name),
    account: isIban(request.account),
    amount: request.amountMinor === null || (request.amountMinor > 0n && request.amountMinor <= AMOUNT_MINOR_MAX),
    receiverCode: RECEIVER_CODE.test(request.receiverCode),
    purpose: isText(request.purpose, limits.purpose),
    display: optionalText(request.display, limits.display),
    ...(request.version === '003' ? rightOf003(request) : rightBefore003(request)),
    encoding: request.version !== '001' || encoding !== 'windows-1251',
  };
  return Object.entries(right).find(([, isRight]) => !isRight)?.[0];
}

function rightOf003(request: NbuQrRequest): Readonly<Record<string, boolean>> {
  return {
    reference: request.reference === '' || isText(request.reference, REFERENCE_LENGTH_MAX),
    categoryPurpose: request.categoryPurpose === '' || CATEGORY_PURPOSE.test(request.categoryPurpose),
    // Both lines are kept for future use by the standard.
    uniqueRecipientId: request.uniqueRecipientId === '',
    signature: request.signature === '',
    validUntil: request.validUntil === null || writeLocalTime(request.validUntil) !== undefined,
    createdAt: request.createdAt === null || writeLocalTime(request.createdAt) !== undefined,
  };
}

function rightBefore003(request: NbuQrRequest): Readonly<Record<string, boolean>> {
  return {
    function: request.function === 'UCT',
    reference: request.reference === '',
    categoryPurpose: request.categoryPurpose === '',
    uniqueRecipientId: request.uniqueRecipientId === '',
    signature: request.signature === '',
    locked: request.locked === null,
    validUntil: request.validUntil === null,
    createdAt: request.createdAt === null,
  };
}

function plainText(request: NbuQrRequest): string {
  return [' '.repeat(START_CODE_BLANKS), ...linesBefore003(request, 'utf-8')].join('\r\n');
}

function address(request: NbuQrRequest, version: keyof typeof PREFIXES, wanted: NbuQrEncoding | undefined): string | undefined {
  const lines = version === '003' ? linesOf003 : linesBefore003;
  for (const encoding of wanted ? [wanted] : (['windows-1251', 'utf-8'] as const)) {
    const bytes = encode(lines(request, encoding).join('\n'), encoding);
    if (bytes) return PREFIXES[version] + encodeBase64url(bytes);
  }
  return undefined;
}

function encode(text: string, encoding: NbuQrEncoding): Bytes | undefined {
  return encoding === 'utf-8' ? utf8(text) : encodeWindows1251(text);
}

function linesBefore003(r: NbuQrRequest, encoding: NbuQrEncoding): string[] {
  return [...head(r, encoding), '', r.name, r.account, amountText(r), r.receiverCode, '', '', r.purpose, ''];
}

function linesOf003(r: NbuQrRequest, encoding: NbuQrEncoding): string[] {
  const time = (local: string | null): string => (local === null ? '' : (writeLocalTime(local) ?? ''));
  return [
    ...head(r, encoding),
    r.uniqueRecipientId,
    r.name,
    r.account,
    amountText(r),
    r.receiverCode,
    r.categoryPurpose,
    r.reference,
    r.purpose,
    r.display,
    r.locked ? writeLockMask(r.locked) : '',
    time(r.validUntil),
    time(r.createdAt),
    r.signature,
  ];
}

function head(request: NbuQrRequest, encoding: NbuQrEncoding): string[] {
  return [SERVICE_MARK, request.version, encoding === 'utf-8' ? '1' : '2', request.function];
}

function amountText({ amountMinor }: NbuQrRequest): string {
  return amountMinor === null ? '' : `UAH${decimalFromMinor(amountMinor)}`;
}
