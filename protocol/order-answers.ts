import { z } from 'zod';

import { ZERO_UUID } from '../kernel/core/ids.ts';
import { type Money, wireNumberFromMinor } from '../kernel/core/money.ts';
import { wirePublicKeySchema } from './jwk-set.ts';
import { ENCRYPTION_PROFILES } from './participant-key.ts';

/** The statuses of an order as they are spelled on the wire. */
export const WIRE_ORDER_STATUS = { CREATED: 'Created', IN_PROGRESS: 'In Progress', SUCCESS: 'Success', CANCELED: 'Canceled' } as const;

/** Answer to `POST /api/v1/merchants/order`. `jwt` is there in the custom mode only: the signed order for the banks' deep links. */
export const orderCreatedSchema = z.looseObject({
  id: z.uuid(),
  link_deeplinks: z.url(),
  link_qr: z.url(),
  jwt: z.string().optional(),
});
export type OrderCreated = {
  readonly id: string;
  readonly link_deeplinks: string;
  readonly link_qr: string;
  readonly jwt?: string;
};

/** `GET /api/v1/merchants/order/nbu/json` (guide 6.1): what the payer's bank shows, and the key to encrypt for the receiver's bank. */
export const orderJsonSchema = z.looseObject({
  id: z.uuid(),
  /** Unix seconds. */
  exp: z.number().int(),
  amt: z.number(),
  cur: z.string(),
  ref: z.string(),
  prp: z.string(),
  uid: z.string(),
  recn: z.string(),
  recc: z.string(),
  acc: z.string(),
  mcc: z.number().int(),
  logo_url: z.string().optional(),
  bic: z.string(),
  fri: z.object({ frn: z.string(), frc: z.string(), fra: z.string(), frb: z.string(), frm: z.number().int() }).optional(),
  /** The key of the receiver's bank. */
  public_key: wirePublicKeySchema,
  encryption_profiles: z.array(z.enum(ENCRYPTION_PROFILES)),
});
export type OrderJson = z.infer<typeof orderJsonSchema>;

/** `GET /api/v1/merchants/order/status` (guide 12.4). IBANs and external id are empty for a caller who is not the merchant. */
export const orderStatusSchema = z.looseObject({
  amount: z.number(),
  amount_matched: z.boolean().nullable(),
  callback_guid: z.string().nullable(),
  code: z.number().int().nullable(),
  currency: z.string(),
  order_id: z.uuid(),
  payment_message_external_id: z.string(),
  /** The zero UUID while no payment holds the order. */
  payment_message_guid: z.uuid(),
  purpose: z.string(),
  reason: z.string(),
  receiver_account_iban: z.string(),
  ref_found: z.boolean().nullable(),
  ref_number: z.string(),
  sender_account_iban: z.string(),
  status: z.enum(WIRE_ORDER_STATUS),
  /** What was given back of a paid order, and what is asked to be; absent while nothing is. */
  returned_amount: z.number().optional(),
  requested_return_amount: z.number().optional(),
});
export type OrderStatus = z.infer<typeof orderStatusSchema>;

/** The `reason` of a paid order (guide 12.4) and of an expired one. */
export const ORDER_PAID_REASON = 'Order is paid';
export const ORDER_EXPIRED_REASON = 'Order is expired';

/** The code that the guide gives an expired order. */
export const ORDER_EXPIRED_CODE = 4001;

/** The guide prints the word where a value is absent. */
const ABSENT = 'null';

/** What a merchant gets when its order expires (guide 12.1): plain JSON beside a signed header token that binds it. */
export const expirationCallbackSchema = z.looseObject({
  amount: z.number(),
  amount_matched: z.literal(ABSENT),
  callback_guid: z.literal(ABSENT),
  code: z.literal(ORDER_EXPIRED_CODE),
  currency: z.string(),
  order_id: z.uuid(),
  payment_message_external_id: z.literal(ABSENT),
  payment_message_guid: z.literal(ZERO_UUID),
  purpose: z.string(),
  reason: z.string(),
  receiver_account_iban: z.string(),
  ref_found: z.literal(ABSENT),
  ref_number: z.string(),
  sender_account_iban: z.literal(ABSENT),
  status: z.literal(WIRE_ORDER_STATUS.CANCELED),
});
export type ExpirationCallback = z.infer<typeof expirationCallbackSchema>;

/** The JSON text of an expiration callback; made once, so that every attempt sends the same bytes. */
export function expirationCallback(order: {
  readonly orderId: string;
  readonly money: Money;
  readonly reference: string;
  readonly purpose: string;
  readonly receiverAccount: string;
}): string {
  return JSON.stringify({
    amount: wireNumberFromMinor(order.money.minor),
    amount_matched: ABSENT,
    callback_guid: ABSENT,
    code: ORDER_EXPIRED_CODE,
    currency: order.money.currency,
    order_id: order.orderId,
    payment_message_external_id: ABSENT,
    payment_message_guid: ZERO_UUID,
    purpose: order.purpose,
    reason: ORDER_EXPIRED_REASON,
    receiver_account_iban: order.receiverAccount,
    ref_found: ABSENT,
    ref_number: order.reference,
    sender_account_iban: ABSENT,
    status: WIRE_ORDER_STATUS.CANCELED,
  } satisfies ExpirationCallback);
}
