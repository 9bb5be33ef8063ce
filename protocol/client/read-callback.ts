import type { z } from 'zod';

import type { Money } from '../../kernel/core/money.ts';
import { fail, ok, type Result } from '../../kernel/core/result.ts';
import { CALLBACK_TEST_TYPE, type CallbackTest, callbackTestSchema } from '../callback-test.ts';
import { type BankCallback, bankCallbackSchema, type MerchantCallback, merchantCallbackSchema } from '../callbacks.ts';
import { bodySha256 } from '../digest.ts';
import type { TokenFailure } from '../errors.ts';
import { checkHeaderToken, HUB_NAME, readHeaderToken } from '../header-token.ts';
import { type ExpirationCallback, expirationCallbackSchema } from '../order-answers.ts';
import { readStrictJson } from '../strict-json.ts';
import { readBodyToken, type ReadToken } from '../token.ts';
import { readMoney } from '../wire-fields.ts';
import { checkHubSignature, type HubKeys } from './hub-signature.ts';

/** A callback of the hub as it reached the receiver. */
export interface IncomingCallback {
  readonly method: string;
  /** Path and query as in the request line, before any rewriting by the receiver's own gateway. */
  readonly path: string;
  /** The value of `Cx-Authorization`. */
  readonly authorization: string | null | undefined;
  /** The raw bytes, as they came. */
  readonly body: Uint8Array;
}

/** What the receiver knows: the hub's keys, its own guid or uid, and the time. */
export interface CallbackReceiver {
  readonly hubKeys: HubKeys;
  readonly audience: string;
  readonly now: Date;
  /** What the hub calls itself in `iss`, when that is not HUB_NAME. */
  readonly issuer?: string;
}

/** A token failure is answered with 401 and no action. CALLBACK_SHAPE: believed, but not a callback this version knows; answer 500. */
export type CallbackFailure = TokenFailure | { readonly code: 'CALLBACK_SHAPE' };

/**
 * Reads a callback to a bank. It is believed only when header token and payload are both signed by a hub key, the header token belongs
 * to this very request, and both name this receiver. The amount is exact: it is read from the source text.
 */
export async function readBankCallback(
  request: IncomingCallback,
  receiver: CallbackReceiver,
): Promise<Result<{ readonly callback: BankCallback; readonly money: Money }, CallbackFailure>> {
  const authentic = await checkSender(request, receiver);
  if (!authentic.ok) return authentic;
  const payload = await readPayload(request.body, receiver);
  if (!payload.ok) return payload;
  return readShape(bankCallbackSchema, payload.value, 'payment_message.amount', (callback) => callback.payment_message.currency);
}

/**
 * Reads a callback to a bank that is about no payment, by the schema of its kind (`aliasUpdatedSchema`). It is believed under the same
 * conditions as `readBankCallback`; CALLBACK_SHAPE when it is of another kind.
 */
export async function readBankNotice<Schema extends z.ZodType>(
  request: IncomingCallback,
  receiver: CallbackReceiver,
  schema: Schema,
): Promise<Result<z.infer<Schema>, CallbackFailure>> {
  const authentic = await checkSender(request, receiver);
  if (!authentic.ok) return authentic;
  const payload = await readPayload(request.body, receiver);
  if (!payload.ok) return payload;
  const notice = schema.safeParse(payload.value.claims);
  return notice.success ? ok(notice.data) : fail({ code: 'CALLBACK_SHAPE' });
}

/**
 * Whether a request says of itself that it is a test callback. Nothing of it is believed yet: it says that `readCallbackTest` is to read it, whose
 * answer is 2xx, and 401 for each failure. A test comes to every address of a receiver.
 */
export function saysItIsATest(body: Uint8Array): boolean {
  const token = readBodyToken(body);
  return token.ok && token.value.claims['callback_type'] === CALLBACK_TEST_TYPE;
}

/** Reads a test callback to a bank or a merchant, which is believed under the same conditions as a real one. */
export function readCallbackTest(request: IncomingCallback, receiver: CallbackReceiver): Promise<Result<CallbackTest, CallbackFailure>> {
  return readBankNotice(request, receiver, callbackTestSchema);
}

export type MerchantNotice =
  | { readonly kind: 'payment'; readonly callback: MerchantCallback; readonly money: Money }
  | { readonly kind: 'order-expired'; readonly expiration: ExpirationCallback };

/**
 * Reads what reaches a merchant's callback address: a payment callback (a signed payload), or the expiration of an order (plain JSON,
 * believed because the header token is bound to its bytes).
 */
export async function readMerchantCallback(
  request: IncomingCallback,
  receiver: CallbackReceiver,
): Promise<Result<MerchantNotice, CallbackFailure>> {
  const authentic = await checkSender(request, receiver);
  if (!authentic.ok) return authentic;
  const payload = await readPayload(request.body, receiver);
  if (!payload.ok) return payload.failure.code === 'TOKEN_MISSING' ? readExpiration(request.body) : payload;
  const read = readShape(merchantCallbackSchema, payload.value, 'amount', (callback) => callback.currency);
  return read.ok ? ok({ kind: 'payment', ...read.value }) : read;
}

async function checkSender(request: IncomingCallback, receiver: CallbackReceiver): Promise<Result<unknown, TokenFailure>> {
  const header = readHeaderToken(request.authorization);
  if (!header.ok) return header;
  const signed = await checkHubSignature(header.value, receiver.hubKeys);
  if (!signed.ok) return signed;
  return checkHeaderToken(header.value, {
    now: receiver.now,
    method: request.method,
    path: request.path,
    bodySha256: await bodySha256(request.body),
    audience: receiver.audience,
    bindingRequired: true,
  });
}

async function readPayload(body: Uint8Array, receiver: CallbackReceiver): Promise<Result<ReadToken, TokenFailure>> {
  const token = readBodyToken(body);
  if (!token.ok) return token;
  const signed = await checkHubSignature(token.value, receiver.hubKeys);
  if (!signed.ok) return signed;
  const { iss, aud } = token.value.claims;
  return iss === (receiver.issuer ?? HUB_NAME) && aud === receiver.audience ? token : fail({ code: 'TOKEN_CLAIMS' });
}

function readShape<Schema extends z.ZodType>(
  schema: Schema,
  token: ReadToken,
  amountPath: string,
  currencyOf: (callback: z.infer<Schema>) => string,
): Result<{ readonly callback: z.infer<Schema>; readonly money: Money }, CallbackFailure> {
  const callback = schema.safeParse(token.claims);
  if (!callback.success) return fail({ code: 'CALLBACK_SHAPE' });
  const money = readMoney(token.payload, amountPath, currencyOf(callback.data));
  return money.ok ? ok({ callback: callback.data, money: money.value }) : fail({ code: 'CALLBACK_SHAPE' });
}

function readExpiration(body: Uint8Array): Result<MerchantNotice, CallbackFailure> {
  const json = readStrictJson(body);
  if (!json.ok) return json;
  const expiration = expirationCallbackSchema.safeParse(json.value.value);
  return expiration.success ? ok({ kind: 'order-expired', expiration: expiration.data }) : fail({ code: 'CALLBACK_SHAPE' });
}
