import { z } from 'zod';

import { CURRENCIES, type Money, wireNumberFromMinor } from '../../kernel/core/money.ts';
import { fail, ok, type Result } from '../../kernel/core/result.ts';
import type { ErrorCode } from '../errors.ts';
import { isUkrainianIban } from '../iban.ts';
import { normalizePhone } from '../phone.ts';
import { isJsonObject, type JsonObject } from '../strict-json.ts';
import type { ReadToken } from '../token.ts';
import { readPayeeCheck, type SealedPayeeName } from './payee-check.ts';
import { EXTERNAL_ID_LENGTH_MAX, isText, JTI_LENGTH_MAX, PURPOSE_LENGTH_MAX, readMoney } from '../wire-fields.ts';

/** Where banks make and read orders between people. */
export const P2P_ORDERS_PATH = '/api/v1/p2p/orders';

/** How long an order lives whose bank did not say, and how far ahead it may say. Milliseconds. */
export const P2P_ORDER_LIFETIME_MS = 900_000;
export const P2P_ORDER_LIFETIME_MAX_MS = 2_592_000_000;

/** What a bank asks for with `POST /api/v1/p2p/orders` (guide 8.1.1 and 8.2.1). */
export interface P2pOrderRequest {
  readonly jti: string;
  readonly externalId: string;
  /** Null where the payer enters the amount. */
  readonly amountMinor: bigint | null;
  readonly currency: Money['currency'];
  readonly purpose: string;
  readonly expiresAt: Date;
  readonly target:
    | {
        readonly type: 'phone';
        readonly phone: string;
        readonly debtorAccount: string;
        /** The name that the payer believes to pay, sealed for the banks that may be asked. */
        readonly payeeCheck?: SealedPayeeName;
      }
    | { readonly type: 'link'; readonly creditorAccount: string };
}

export type P2pOrderRequestFailure = {
  readonly code: Extract<
    ErrorCode,
    | 'INVALID_REQUEST'
    | 'INVALID_JTI'
    | 'INVALID_TYPE'
    | 'INVALID_CREDITOR_PHONE'
    | 'INVALID_DEBTOR_ACCOUNT'
    | 'INVALID_CREDITOR_ACCOUNT'
    | 'INVALID_AMOUNT'
    | 'INVALID_CURRENCY'
    | 'UNSUPPORTED_CURRENCY'
    | 'INVALID_EXTERNAL_ID'
    | 'INVALID_PURPOSE'
    | 'INVALID_EXPIRES_AT'
    | 'INVALID_PAYEE_CHECK'
    | 'EXPIRES_AT_IS_NOT-FUTURE_DATE'
  >;
};

/** Reads the claims of the request. `now` is business time, against which the order's end is judged. */
export function readP2pOrderRequest(token: ReadToken, now: Date): Result<P2pOrderRequest, P2pOrderRequestFailure> {
  const { jti, type, external_id: externalId, purpose, currency, expires_at: expires } = token.claims;
  if (!isText(jti, JTI_LENGTH_MAX)) return fail({ code: 'INVALID_JTI' });
  if (type !== 'phone' && type !== 'link') return fail({ code: 'INVALID_TYPE' });
  const target = type === 'phone' ? readPhoneTarget(token.claims, jti) : readLinkTarget(token.claims);
  if (!target.ok) return target;
  const money = readOptionalMoney(token, currency);
  if (!money.ok) return money;
  if (!isText(externalId, EXTERNAL_ID_LENGTH_MAX)) return fail({ code: 'INVALID_EXTERNAL_ID' });
  if (!isText(purpose, PURPOSE_LENGTH_MAX)) return fail({ code: 'INVALID_PURPOSE' });
  const expiresAt = readExpiry(expires, now);
  if (!expiresAt.ok) return expiresAt;
  return ok({ jti, externalId, purpose, ...money.value, expiresAt: expiresAt.value, target: target.value });
}

function readPhoneTarget(claims: JsonObject, jti: string): Result<P2pOrderRequest['target'], P2pOrderRequestFailure> {
  const { creditor, debtor } = claims;
  if (!isJsonObject(creditor) || !isJsonObject(debtor)) return fail({ code: 'INVALID_REQUEST' });
  const phone = typeof creditor['phone'] === 'string' ? normalizePhone(creditor['phone']) : undefined;
  if (phone === undefined) return fail({ code: 'INVALID_CREDITOR_PHONE' });
  const debtorAccount = debtor['account'];
  if (typeof debtorAccount !== 'string' || !isUkrainianIban(debtorAccount)) return fail({ code: 'INVALID_DEBTOR_ACCOUNT' });
  const payeeCheck = readPayeeCheck(claims, jti);
  if (!payeeCheck.ok) return payeeCheck;
  return ok({ type: 'phone', phone, debtorAccount, ...(payeeCheck.value ? { payeeCheck: payeeCheck.value } : {}) });
}

function readLinkTarget({ creditor }: JsonObject): Result<P2pOrderRequest['target'], P2pOrderRequestFailure> {
  if (!isJsonObject(creditor)) return fail({ code: 'INVALID_REQUEST' });
  const creditorAccount = creditor['account'];
  if (typeof creditorAccount !== 'string' || !isUkrainianIban(creditorAccount)) return fail({ code: 'INVALID_CREDITOR_ACCOUNT' });
  return ok({ type: 'link', creditorAccount });
}

function readOptionalMoney(
  token: ReadToken,
  currency: JsonObject[string] | undefined,
): Result<Pick<P2pOrderRequest, 'amountMinor' | 'currency'>, P2pOrderRequestFailure> {
  const given = token.claims['amount'];
  if (given !== undefined && given !== null) {
    const money = readMoney(token.payload, 'amount', currency);
    return money.ok ? ok({ amountMinor: money.value.minor, currency: money.value.currency }) : money;
  }
  if (typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency)) return fail({ code: 'INVALID_CURRENCY' });
  const supported = CURRENCIES.find((candidate) => candidate === currency);
  return supported ? ok({ amountMinor: null, currency: supported }) : fail({ code: 'UNSUPPORTED_CURRENCY' });
}

const dateTime = z.iso.datetime({ offset: true });

function readExpiry(expires: JsonObject[string] | undefined, now: Date): Result<Date, P2pOrderRequestFailure> {
  if (expires === undefined || expires === null) return ok(new Date(now.getTime() + P2P_ORDER_LIFETIME_MS));
  const read = dateTime.safeParse(expires);
  if (!read.success) return fail({ code: 'INVALID_EXPIRES_AT' });
  const at = new Date(read.data);
  if (at <= now) return fail({ code: 'EXPIRES_AT_IS_NOT-FUTURE_DATE' });
  return at.getTime() - now.getTime() > P2P_ORDER_LIFETIME_MAX_MS ? fail({ code: 'INVALID_EXPIRES_AT' }) : ok(at);
}

/** The statuses of the guide. */
export const P2P_ORDER_WIRE_STATUSES = ['created', 'pending', 'processing', 'rejected'] as const;

/** An order as its banks read it. The parts of the other type are absent. */
export interface P2pOrderAnswer {
  readonly guid: string;
  readonly status: (typeof P2P_ORDER_WIRE_STATUSES)[number];
  readonly request: Omit<P2pOrderRequest, 'jti'>;
  readonly createdAt: Date;
  /** By phone: the pay request that was made with it. */
  readonly payRequestGuid: string | null;
  /** By link: the page that a payer opens, and its QR code as a picture in base64. */
  readonly link: { readonly pageUrl: string; readonly qrCode: string } | null;
  readonly reason: string | null;
  /** The payment that holds it. */
  readonly paymentGuid: string | null;
}

/** The answer to `POST` and `GET /api/v1/p2p/orders`: the request's own fields, without `jti`, and what the hub made of it. */
export function p2pOrderAnswer(order: P2pOrderAnswer): Readonly<Record<string, unknown>> {
  const { target, amountMinor, currency, externalId, purpose, expiresAt } = order.request;
  return {
    guid: order.guid,
    type: target.type,
    ...(target.type === 'phone'
      ? { creditor: { phone: target.phone }, debtor: { account: target.debtorAccount } }
      : { creditor: { account: target.creditorAccount } }),
    ...(amountMinor === null ? {} : { amount: wireNumberFromMinor(amountMinor) }),
    currency,
    external_id: externalId,
    purpose,
    expires_at: expiresAt.toISOString(),
    ...(order.payRequestGuid === null ? {} : { pay_request_guid: order.payRequestGuid }),
    ...(order.link === null ? {} : { deeplinks_page_url: order.link.pageUrl, qr_code: order.link.qrCode }),
    ...(order.paymentGuid === null ? {} : { payment_message_guid: order.paymentGuid }),
    ...(order.reason === null ? {} : { reason: order.reason }),
    created_at: order.createdAt.toISOString(),
    status: order.status,
  };
}

/** The same, as a bank reads it. */
export const p2pOrderSchema = z.looseObject({
  guid: z.uuid(),
  type: z.enum(['phone', 'link']),
  creditor: z.looseObject({ phone: z.string().optional(), account: z.string().optional() }),
  debtor: z.looseObject({ account: z.string() }).optional(),
  amount: z.number().optional(),
  currency: z.string(),
  external_id: z.string(),
  purpose: z.string(),
  expires_at: z.string(),
  pay_request_guid: z.uuid().optional(),
  deeplinks_page_url: z.url().optional(),
  qr_code: z.string().optional(),
  payment_message_guid: z.uuid().optional(),
  reason: z.string().optional(),
  created_at: z.string(),
  status: z.enum(P2P_ORDER_WIRE_STATUSES),
});
export type P2pOrderJson = z.infer<typeof p2pOrderSchema>;
