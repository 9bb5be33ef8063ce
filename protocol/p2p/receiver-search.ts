import { z } from 'zod';

import { isUuid } from '../../kernel/core/ids.ts';
import { fail, ok, type Result } from '../../kernel/core/result.ts';
import { callbackHead, callbackHeadSchema, type CallbackIdentity } from '../callbacks.ts';
import type { ErrorCode } from '../errors.ts';
import { isUkrainianIban } from '../iban.ts';
import { normalizePhone } from '../phone.ts';
import type { JsonObject } from '../strict-json.ts';
import { isText, JTI_LENGTH_MAX } from '../wire-fields.ts';

/** Where banks tell the hub what their customers decided. */
export const P2P_CALLBACKS_PATH = '/api/v1/p2p/callbacks';

/** What a bank answers to `link-creditor` when the number is no customer's (guide 8.1.2): HTTP 400 with this code. */
export const USER_NOT_FOUND = 'USER_NOT_FOUND';

/** Payload of `link-creditor`: is this number your customer's, and do they consent to be found? `expires_at` is the last moment for an answer. */
export function linkCreditorPayload(
  identity: CallbackIdentity,
  search: { readonly orderGuid: string; readonly phone: string; readonly deadline: Date },
): string {
  return JSON.stringify({
    ...callbackHead('link-creditor', identity),
    jti: identity.callbackGuid,
    order_guid: search.orderGuid,
    phone: search.phone,
    expires_at: search.deadline.toISOString(),
  });
}

export const linkCreditorSchema = z.looseObject({
  ...callbackHeadSchema('link-creditor'),
  order_guid: z.uuid(),
  phone: z.string(),
  expires_at: z.iso.datetime(),
});

/** "Creditor linked": what became of the question. */
export interface CreditorLinked {
  readonly jti: string;
  readonly orderGuid: string;
  readonly phone: string;
  readonly outcome: { readonly status: 'completed'; readonly account: string } | { readonly status: 'failed' };
}

export type CreditorLinkedFailure = {
  readonly code: Extract<
    ErrorCode,
    'INVALID_JTI' | 'INVALID_TYPE' | 'INVALID_ORDER_GUID' | 'INVALID_CREDITOR_PHONE' | 'INVALID_ACCOUNT' | 'INVALID_STATUS'
  >;
};

/** Reads the claims of `POST /api/v1/p2p/callbacks`. */
export function readCreditorLinked(claims: JsonObject): Result<CreditorLinked, CreditorLinkedFailure> {
  const { jti, type, order_guid: orderGuid, phone: given, account, status } = claims;
  if (!isText(jti, JTI_LENGTH_MAX)) return fail({ code: 'INVALID_JTI' });
  if (type !== 'creditor_linked') return fail({ code: 'INVALID_TYPE' });
  if (typeof orderGuid !== 'string' || !isUuid(orderGuid)) return fail({ code: 'INVALID_ORDER_GUID' });
  const phone = typeof given === 'string' ? normalizePhone(given) : undefined;
  if (phone === undefined) return fail({ code: 'INVALID_CREDITOR_PHONE' });
  if (status === 'failed') return ok({ jti, orderGuid, phone, outcome: { status } });
  if (status !== 'completed') return fail({ code: 'INVALID_STATUS' });
  if (typeof account !== 'string' || !isUkrainianIban(account)) return fail({ code: 'INVALID_ACCOUNT' });
  return ok({ jti, orderGuid, phone, outcome: { status, account } });
}

/** What stands in place of a payload `jti` in the guid of such a callback: nobody's payment message. `jti` is that of the request's header token. */
export function creditorLinkedKey(jti: string): string {
  return `creditor-linked|${jti}`;
}
